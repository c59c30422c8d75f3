"""What a Kubernetes cluster has right now, as far as the mesh cares; field names follow the Kubernetes API."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshrig.model.kubernetes import (
    INGRESS_CLASS_ANNOTATION,
    VIRTUAL_NODE_ANNOTATION,
    ContainerPort,
    Ingress,
    Service,
)
from meshrig.names import INJECTION_LABEL, SYSTEM_NAMESPACE

UNTOUCHED_NAMESPACES = frozenset({"kube-system", SYSTEM_NAMESPACE})


@dataclass(frozen=True)
class Pod:
    """``finished``: it succeeded or failed, its containers don't run any more."""

    namespace: str
    name: str
    uid: str
    ip: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[ContainerPort, ...] = ()
    finished: bool = False

    @property
    def virtual_node(self) -> str:
        """What the webhook wrote; empty for a pod outside the mesh."""
        return self.annotations.get(VIRTUAL_NODE_ANNOTATION, "")

    @property
    def ingress_class(self) -> str:
        return self.annotations.get(INGRESS_CLASS_ANNOTATION, "")


@dataclass(frozen=True)
class SliceEndpoint:
    """One member of an EndpointSlice; ``ready`` and not ``terminating`` ones get new connections."""

    addresses: tuple[str, ...]
    ready: bool = True
    terminating: bool = False


@dataclass(frozen=True)
class EndpointSlice:
    """``ports``: a Service port's name (empty for an only port) -> the port its endpoints answer on."""

    namespace: str
    name: str
    service: str
    ports: Mapping[str, int] = field(default_factory=dict)
    endpoints: tuple[SliceEndpoint, ...] = ()


@dataclass(frozen=True)
class LoadBalancer:
    """A thing that wants an address from outside: a Service of type LoadBalancer, or an Ingress (without ports).

    ``kind`` is Service or Ingress; ``class_name`` a load balancer class or an ingress class; ``created`` sorts by age.
    """

    kind: str
    namespace: str
    name: str
    uid: str
    created: str
    ports: tuple[int, ...] = ()
    class_name: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Namespace:
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_mesh(self) -> bool:
        return self.labels.get(INJECTION_LABEL) == "enabled" and self.name not in UNTOUCHED_NAMESPACES


@dataclass(frozen=True)
class ClusterNode:
    """A machine of the cluster."""

    name: str
    internal_ip: str = ""


@dataclass(frozen=True)
class ClusterState:
    """Everything at one moment; pods, namespaces and so on in name order."""

    pods: tuple[Pod, ...] = ()
    services: tuple[Service, ...] = ()
    endpoint_slices: tuple[EndpointSlice, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    nodes: tuple[ClusterNode, ...] = ()

    def mesh_pods(self) -> tuple[Pod, ...]:
        """The running pods that have a virtual node, in namespaces where only the webhook lets pods in."""
        meshed = {name for name, namespace in self.namespaces.items() if namespace.in_mesh}
        return tuple(p for p in self.pods if p.virtual_node and p.namespace in meshed and not p.finished)
