"""The whole edge: API Gateway's stages, VPC links and the load balancers they end at."""

from collections.abc import Mapping

from meshrig.compile.edge.integration_target import IntegrationTarget
from meshrig.compile.edge.listener import build_edge_listener, build_scopes
from meshrig.compile.edge.method_route import build_stage_routes
from meshrig.compile.edge.nlb import build_load_balancers
from meshrig.compile.edge.upstream import PUBLIC_AUTHORITIES, build_integration_cluster, find_nlb_listener
from meshrig.compile.parts import Parts, assemble
from meshrig.model.apigateway import GatewayModel
from meshrig.model.plan import Endpoint, ProxyConfig, Topology


def compile_edge(
    gateway: GatewayModel,
    listen: Endpoint,
    nlb_listeners: Mapping[tuple[str, int], Endpoint],
    topology: Topology,
    node_id: str = "edge",
    authorities: str = PUBLIC_AUTHORITIES,
) -> ProxyConfig:
    """``nlb_listeners``: (load balancer ARN, port) -> where that listener binds here. ``authorities``: CA bundle for
    https integrations.

    What the edge can't check or map is in ``warnings``; a method that needs a check it doesn't make answers 500.
    """
    apis = sorted(gateway.apis, key=lambda api: (api.api_id, api.stage.name))
    stages = [build_stage_routes(api, frozenset(gateway.vpc_links)) for api in apis]
    targets = dict.fromkeys(target for stage in stages for target in stage.targets)
    clusters = {target.cluster: _build_cluster(gateway, target, nlb_listeners, authorities) for target in targets}
    http = Parts(
        listeners=(build_edge_listener(listen, apis),),
        routes=tuple(stage.configuration for stage in stages),
        scopes=tuple(build_scopes(apis)),
        warnings=tuple(warning for stage in stages for warning in stage.warnings),
    )
    return assemble(node_id, [http, *clusters.values(), *build_load_balancers(gateway, nlb_listeners, topology)])


def _build_cluster(
    gateway: GatewayModel,
    target: IntegrationTarget,
    placed: Mapping[tuple[str, int], Endpoint],
    authorities: str,
) -> Parts:
    listener = find_nlb_listener(gateway, target, placed) if target.link else None
    warnings: tuple[str, ...] = ()
    if target.link and listener is None:
        warnings = (
            f"VPC link {target.link}: its load balancer has no listener on port {target.port}, callers get 504",
        )
    return Parts(clusters=(build_integration_cluster(target, listener, authorities),), warnings=warnings)
