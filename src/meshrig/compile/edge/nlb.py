"""Network load balancers: a TCP listener per listener, in front of the target group's targets."""

from collections.abc import Mapping

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.listener.v3 import listener_pb2

from meshrig.compile.endpoint import build_load_assignment
from meshrig.compile.parts import Parts
from meshrig.compile.tcp_proxy import build_tcp_proxy
from meshrig.compile.wire import from_ads, milliseconds, socket_address
from meshrig.model.apigateway import GatewayModel, LoadBalancer, NlbListener, TargetGroup
from meshrig.model.plan import Endpoint, Topology

_CONNECT_MS = 5_000


def build_load_balancers(
    gateway: GatewayModel, placed: Mapping[tuple[str, int], Endpoint], topology: Topology
) -> list[Parts]:
    """A part per listener; what can't be served is a warning and no listener."""
    return [
        _build_nlb_listener(gateway, balancer, listener, placed.get((arn, listener.port)), topology)
        for arn, balancer in sorted(gateway.load_balancers.items())
        for listener in sorted(balancer.listeners, key=lambda each: each.port)
    ]


def _build_nlb_listener(
    gateway: GatewayModel, balancer: LoadBalancer, listener: NlbListener, place: Endpoint | None, topology: Topology
) -> Parts:
    where = f"load balancer {balancer.name}, listener {listener.port}"
    group = gateway.target_groups.get(listener.target_group_arn)
    if listener.protocol != "TCP":
        return Parts(warnings=(f"{where}: protocol {listener.protocol} is not supported, it is not served",))
    if group is None:
        return Parts(warnings=(f"{where}: its target group does not exist, it is not served",))
    if place is None:
        return Parts(warnings=(f"{where}: no local port was given to it, it is not served",))
    if group.target_type not in ("instance", "ip"):
        return Parts(warnings=(f"{where}: target type {group.target_type} is not supported, it is not served",))
    cluster = f"nlb_{group.name}"
    name = f"nlb_{balancer.name}_{listener.port}"
    return Parts(
        listeners=(
            listener_pb2.Listener(
                name=name,
                address=socket_address(place),
                filter_chains=[{"filters": [build_tcp_proxy(name, cluster)]}],
            ),
        ),
        clusters=(_build_cluster(cluster),),
        endpoints=(build_load_assignment(cluster, _targets_of(group, topology)),),
    )


def _build_cluster(name: str) -> cluster_pb2.Cluster:
    return cluster_pb2.Cluster(
        name=name,
        type="EDS",
        eds_cluster_config={"eds_config": from_ads()},
        connect_timeout=milliseconds(_CONNECT_MS),
    )


def _targets_of(group: TargetGroup, topology: Topology) -> list[Endpoint]:
    """Instances are EKS nodes, whose ports are NodePorts; a local run registers none, so the group's port stands."""
    if group.target_type == "ip":
        return [Endpoint(target.target_id, target.port or group.port) for target in group.targets]
    ports = {target.port or group.port for target in group.targets} or {group.port}
    return [endpoint for port in sorted(ports) for endpoint in topology.node_ports.get(port, ())]
