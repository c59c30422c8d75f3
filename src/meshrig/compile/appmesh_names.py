"""Resource names as App Mesh gave them; dashboards and alarms match on them (docs: appmesh-envoy specification, 1)."""

from meshrig.model.appmesh import Listener

INGRESS_LISTENER = "lds_ingress_0.0.0.0_15000"
EGRESS_LISTENER = "lds_egress_0.0.0.0_15001"
INGRESS_PORT = 15000
EGRESS_PORT = 15001


def listener_stat_prefix(port: int) -> str:
    """What Envoy derives from the address 0.0.0.0, said aloud so that another bind address keeps the stats' names."""
    return f"0.0.0.0_{port}"


def ingress_route_name(port: int) -> str:
    return f"rds_ingress_http_{port}"


def egress_route_name(port: int) -> str:
    return f"rds_egress_http_{port}"


def ingress_cluster_name(mesh: str, virtual_node: str, listener: Listener) -> str:
    return f"cds_ingress_{mesh}_{virtual_node}_{listener.port_mapping.protocol}_{listener.port_mapping.port}"


def egress_cluster_name(mesh: str, virtual_node: str, listener: Listener) -> str:
    return f"cds_egress_{mesh}_{virtual_node}_{listener.port_mapping.protocol}_{listener.port_mapping.port}"


def amazonaws_cluster_name(mesh: str) -> str:
    return f"cds_egress_{mesh}_amazonaws"


def allow_all_cluster_name(mesh: str) -> str:
    return f"cds_egress_{mesh}_mesh-allow-all"
