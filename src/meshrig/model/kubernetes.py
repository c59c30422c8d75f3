"""The Kubernetes objects meshrig runs, as written in manifests; field names follow the Kubernetes API in snake case."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshrig.errors import Origin

VIRTUAL_NODE_ANNOTATION = "meshrig.io/virtual-node"
INGRESS_CLASS_ANNOTATION = "meshrig.io/ingress-class"


@dataclass(frozen=True)
class EnvVar:
    """One variable: a literal, or a key of a ConfigMap or Secret, or a pod field such as ``metadata.name``."""

    name: str
    value: str = ""
    config_map: str = ""
    secret: str = ""
    key: str = ""
    field_path: str = ""
    optional: bool = False
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class EnvFrom:
    """All keys of one ConfigMap or Secret."""

    config_map: str = ""
    secret: str = ""
    prefix: str = ""
    optional: bool = False
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class ContainerPort:
    container_port: int
    name: str = ""
    protocol: str = "TCP"


@dataclass(frozen=True)
class Probe:
    """Exactly one of ``http_path`` with ``port``, ``tcp`` with ``port``, or ``command``; times in seconds."""

    http_path: str = ""
    port: int | str = 0
    tcp: bool = False
    command: tuple[str, ...] = ()
    initial_delay_seconds: int = 0
    period_seconds: int = 10
    timeout_seconds: int = 1
    success_threshold: int = 1
    failure_threshold: int = 3


@dataclass(frozen=True)
class Container:
    name: str
    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[EnvVar, ...] = ()
    env_from: tuple[EnvFrom, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    startup_probe: Probe | None = None
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class PodTemplate:
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    containers: tuple[Container, ...] = ()
    service_account: str = "default"
    termination_grace_period_seconds: int = 30


@dataclass(frozen=True)
class Deployment:
    namespace: str
    name: str
    replicas: int
    selector: Mapping[str, str]
    template: PodTemplate
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class ServicePort:
    """``target_port`` is a number or the name of a container port."""

    port: int
    target_port: int | str
    name: str = ""
    node_port: int = 0


@dataclass(frozen=True)
class Service:
    namespace: str
    name: str
    type: str
    selector: Mapping[str, str]
    ports: tuple[ServicePort, ...]
    origin: Origin = field(default=Origin(), compare=False)

    @property
    def hostname(self) -> str:
        """Its cluster DNS name."""
        return f"{self.name}.{self.namespace}.svc.cluster.local"

    def selects(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Whether a pod of that namespace with those labels is behind this Service."""
        return bool(self.selector) and namespace == self.namespace and self.selector.items() <= labels.items()


@dataclass(frozen=True)
class IngressPath:
    """``path_type`` is Prefix, Exact or ImplementationSpecific; ``service_port`` a number or a port's name."""

    path: str
    path_type: str
    service_name: str
    service_port: int | str
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class IngressRule:
    host: str
    paths: tuple[IngressPath, ...]


@dataclass(frozen=True)
class Ingress:
    namespace: str
    name: str
    class_name: str
    rules: tuple[IngressRule, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    default_backend: IngressPath | None = None
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class ConfigMap:
    namespace: str
    name: str
    data: Mapping[str, str]
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class Secret:
    """``data`` is decoded to text."""

    namespace: str
    name: str
    data: Mapping[str, str] = field(repr=False)
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class ServiceAccount:
    namespace: str
    name: str
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class ManifestSet:
    """All objects of a project; ``unsupported`` names what a runtime without a cluster can't honour, one line each."""

    deployments: tuple[Deployment, ...] = ()
    services: tuple[Service, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    secrets: tuple[Secret, ...] = ()
    service_accounts: tuple[ServiceAccount, ...] = ()
    unsupported: tuple[str, ...] = ()
