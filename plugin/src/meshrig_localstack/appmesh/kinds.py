"""The seven kinds of App Mesh resources and how the API names them.

Quotas are the defaults AWS published for the service ("AWS App Mesh endpoints and quotas", AWS General Reference).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    ``noun`` as in operation names (``VirtualNode``), ``plural`` as in ``ListVirtualNodes``; ``parent`` is the kind a
    resource lives in below its mesh (a route's router, a gateway route's gateway), None for all others; ``quota`` is
    how many may exist in one mesh, parent, or (for meshes) account and region.
    """

    noun: str
    plural: str
    quota: int
    parent: "Kind | None" = None

    @property
    def member(self) -> str:
        """The member of an answer that holds the resource, and its ARN segment: ``virtualNode``."""
        return self.noun[0].lower() + self.noun[1:]

    @property
    def list_member(self) -> str:
        """The member of a list answer: ``virtualNodes``."""
        return self.plural[0].lower() + self.plural[1:]

    @property
    def name_member(self) -> str:
        """The member that names the resource: ``virtualNodeName``."""
        return f"{self.member}Name"


MESH = Kind("Mesh", "Meshes", 15)
VIRTUAL_NODE = Kind("VirtualNode", "VirtualNodes", 200)
VIRTUAL_ROUTER = Kind("VirtualRouter", "VirtualRouters", 200)
VIRTUAL_SERVICE = Kind("VirtualService", "VirtualServices", 200)
VIRTUAL_GATEWAY = Kind("VirtualGateway", "VirtualGateways", 3)
ROUTE = Kind("Route", "Routes", 50, parent=VIRTUAL_ROUTER)
GATEWAY_ROUTE = Kind("GatewayRoute", "GatewayRoutes", 10, parent=VIRTUAL_GATEWAY)

KINDS = (MESH, VIRTUAL_NODE, VIRTUAL_ROUTER, VIRTUAL_SERVICE, VIRTUAL_GATEWAY, ROUTE, GATEWAY_ROUTE)

BACKENDS_PER_VIRTUAL_NODE = 50
"""A quota that AWS does not raise."""
