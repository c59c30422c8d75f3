"""Small valid specs of every App Mesh kind, and an API to try them on without LocalStack."""

from dataclasses import dataclass, field
from typing import Any

from localstack.services.stores import AccountRegionBundle

from meshrig_localstack.appmesh.api import AppMeshApi, Caller
from meshrig_localstack.appmesh.resources import AppMeshStore

ACCOUNT = "000000000000"
REGION = "us-east-1"

Json = dict[str, Any]


def node_spec(*ports: int, protocol: str = "http") -> Json:
    """A virtual node that listens on the ports, or a client-only one."""
    if not ports:
        return {}
    listeners = [{"portMapping": {"port": port, "protocol": protocol}} for port in ports]
    return {"listeners": listeners, "serviceDiscovery": {"dns": {"hostname": "node.test"}}}


def listeners_spec(*ports: int, protocol: str = "http") -> Json:
    """A virtual router or gateway that listens on the ports."""
    return {"listeners": [{"portMapping": {"port": port, "protocol": protocol}} for port in ports]}


def route_spec(*nodes: str, member: str = "httpRoute", **match: object) -> Json:
    """A route to the nodes, by default for every path."""
    targets = [{"virtualNode": node, "weight": 1} for node in nodes]
    matched: Json = dict(match) if match or member in ("grpcRoute", "tcpRoute") else {"prefix": "/"}
    return {member: {"match": matched, "action": {"weightedTargets": targets}}}


def gateway_route_spec(service: str, member: str = "httpRoute", **match: object) -> Json:
    """A gateway route to a virtual service, by default for every path."""
    target = {"virtualService": {"virtualServiceName": service}}
    return {member: {"match": dict(match) or {"prefix": "/"}, "action": {"target": target}}}


@dataclass
class MeshUnderTest:
    """An App Mesh API with empty stores and one mesh ``m``."""

    api: AppMeshApi = field(
        default_factory=lambda: AppMeshApi(AccountRegionBundle("appmesh", AppMeshStore, validate=False))
    )
    account: str = ACCOUNT

    def call(self, operation: str, account: str = ACCOUNT, **request: object) -> Json:
        """One operation, in mesh ``m`` unless another is named."""
        return self.api.call(operation, Caller(account, REGION), {"meshName": "m", **request})

    def node(self, name: str, *ports: int, protocol: str = "http") -> Json:
        spec = node_spec(*ports, protocol=protocol)
        return self._made("virtualNode", "CreateVirtualNode", virtualNodeName=name, spec=spec)

    def router(self, name: str, *ports: int, protocol: str = "http") -> Json:
        spec = listeners_spec(*ports, protocol=protocol)
        return self._made("virtualRouter", "CreateVirtualRouter", virtualRouterName=name, spec=spec)

    def route(self, router: str, name: str, spec: Json) -> Json:
        return self._made("route", "CreateRoute", virtualRouterName=router, routeName=name, spec=spec)

    def service(self, name: str, **provider: str) -> Json:
        spec = {"provider": {kind: {f"{kind}Name": target} for kind, target in provider.items()}} if provider else {}
        return self._made("virtualService", "CreateVirtualService", virtualServiceName=name, spec=spec)

    def gateway(self, name: str, *ports: int, protocol: str = "http") -> Json:
        spec = listeners_spec(*ports, protocol=protocol)
        return self._made("virtualGateway", "CreateVirtualGateway", virtualGatewayName=name, spec=spec)

    def gateway_route(self, gateway: str, name: str, spec: Json) -> Json:
        return self._made(
            "gatewayRoute", "CreateGatewayRoute", virtualGatewayName=gateway, gatewayRouteName=name, spec=spec
        )

    def _made(self, member: str, operation: str, **request: object) -> Json:
        answer = self.api.call(operation, Caller(ACCOUNT, REGION), {"meshName": "m", **request})
        resource: Json = answer[member]
        return resource


def mesh_under_test() -> MeshUnderTest:
    """An API with mesh ``m``."""
    under_test = MeshUnderTest()
    under_test.call("CreateMesh")
    return under_test
