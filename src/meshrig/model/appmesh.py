"""AWS App Mesh resources, field for field as in the API model 2019-01-25 (botocore ``appmesh``), in snake case.

``read`` fills these from CloudFormation text, the App Mesh API or Kubernetes objects; ``compile`` turns them into Envoy
configuration. A union of the API (one member set) is a class whose members are all optional.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from meshrig.errors import Origin

Protocol = Literal["http", "http2", "grpc", "tcp"]


@dataclass(frozen=True)
class Duration:
    """``unit`` is ``s`` or ``ms``."""

    unit: str
    value: int

    @property
    def milliseconds(self) -> int:
        return self.value * 1000 if self.unit == "s" else self.value


@dataclass(frozen=True)
class PortMapping:
    port: int
    protocol: Protocol


# --- TLS ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileCertificate:
    certificate_chain: str
    private_key: str


@dataclass(frozen=True)
class SdsCertificate:
    secret_name: str


@dataclass(frozen=True)
class AcmCertificate:
    certificate_arn: str


@dataclass(frozen=True)
class TlsCertificate:
    """Union: a listener may use any, a client certificate is file or sds."""

    file: FileCertificate | None = None
    sds: SdsCertificate | None = None
    acm: AcmCertificate | None = None


@dataclass(frozen=True)
class FileTrust:
    certificate_chain: str


@dataclass(frozen=True)
class SdsTrust:
    secret_name: str


@dataclass(frozen=True)
class AcmTrust:
    certificate_authority_arns: tuple[str, ...]


@dataclass(frozen=True)
class TlsTrust:
    """Union: a listener's trust is file or sds only."""

    file: FileTrust | None = None
    sds: SdsTrust | None = None
    acm: AcmTrust | None = None


@dataclass(frozen=True)
class SubjectAlternativeNameMatchers:
    exact: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubjectAlternativeNames:
    match: SubjectAlternativeNameMatchers


@dataclass(frozen=True)
class TlsValidation:
    trust: TlsTrust
    subject_alternative_names: SubjectAlternativeNames | None = None


@dataclass(frozen=True)
class ListenerTls:
    mode: Literal["STRICT", "PERMISSIVE", "DISABLED"]
    certificate: TlsCertificate
    validation: TlsValidation | None = None


@dataclass(frozen=True)
class ClientPolicyTls:
    """``ports`` empty means every port of the server's listeners; ``enforce`` defaults to true (API reference)."""

    validation: TlsValidation
    enforce: bool = True
    ports: tuple[int, ...] = ()
    certificate: TlsCertificate | None = None


@dataclass(frozen=True)
class ClientPolicy:
    tls: ClientPolicyTls | None = None


# --- Listeners ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HttpTimeout:
    idle: Duration | None = None
    per_request: Duration | None = None


@dataclass(frozen=True)
class TcpTimeout:
    idle: Duration | None = None


@dataclass(frozen=True)
class ListenerTimeout:
    http: HttpTimeout | None = None
    http2: HttpTimeout | None = None
    grpc: HttpTimeout | None = None
    tcp: TcpTimeout | None = None


@dataclass(frozen=True)
class HealthCheck:
    healthy_threshold: int
    interval_millis: int
    protocol: Protocol
    timeout_millis: int
    unhealthy_threshold: int
    path: str | None = None
    port: int | None = None


@dataclass(frozen=True)
class OutlierDetection:
    base_ejection_duration: Duration
    interval: Duration
    max_ejection_percent: int
    max_server_errors: int


@dataclass(frozen=True)
class HttpConnectionPool:
    max_connections: int
    max_pending_requests: int | None = None


@dataclass(frozen=True)
class RequestConnectionPool:
    """Of http2 and grpc listeners."""

    max_requests: int


@dataclass(frozen=True)
class TcpConnectionPool:
    max_connections: int


@dataclass(frozen=True)
class ConnectionPool:
    http: HttpConnectionPool | None = None
    http2: RequestConnectionPool | None = None
    grpc: RequestConnectionPool | None = None
    tcp: TcpConnectionPool | None = None


@dataclass(frozen=True)
class Listener:
    """A listener of a virtual node or (without ``outlier_detection`` and ``timeout``) of a virtual gateway."""

    port_mapping: PortMapping
    connection_pool: ConnectionPool | None = None
    health_check: HealthCheck | None = None
    outlier_detection: OutlierDetection | None = None
    timeout: ListenerTimeout | None = None
    tls: ListenerTls | None = None


# --- Mesh, virtual node, virtual service ----------------------------------------------------------------------------


@dataclass(frozen=True)
class EgressFilter:
    type: Literal["ALLOW_ALL", "DROP_ALL"]


@dataclass(frozen=True)
class MeshServiceDiscovery:
    ip_preference: str | None = None


@dataclass(frozen=True)
class MeshSpec:
    egress_filter: EgressFilter = EgressFilter("DROP_ALL")
    service_discovery: MeshServiceDiscovery | None = None


@dataclass(frozen=True)
class DnsServiceDiscovery:
    hostname: str
    ip_preference: str | None = None
    response_type: Literal["LOADBALANCER", "ENDPOINTS"] = "LOADBALANCER"


@dataclass(frozen=True)
class CloudMapAttribute:
    key: str
    value: str


@dataclass(frozen=True)
class CloudMapServiceDiscovery:
    namespace_name: str
    service_name: str
    attributes: tuple[CloudMapAttribute, ...] = ()
    ip_preference: str | None = None


@dataclass(frozen=True)
class ServiceDiscovery:
    """Union."""

    dns: DnsServiceDiscovery | None = None
    aws_cloud_map: CloudMapServiceDiscovery | None = None


@dataclass(frozen=True)
class VirtualServiceBackend:
    virtual_service_name: str
    client_policy: ClientPolicy | None = None


@dataclass(frozen=True)
class Backend:
    virtual_service: VirtualServiceBackend


@dataclass(frozen=True)
class BackendDefaults:
    client_policy: ClientPolicy | None = None


@dataclass(frozen=True)
class JsonFormatField:
    key: str
    value: str


@dataclass(frozen=True)
class LoggingFormat:
    json: tuple[JsonFormatField, ...] = ()
    text: str | None = None


@dataclass(frozen=True)
class FileAccessLog:
    path: str
    format: LoggingFormat | None = None


@dataclass(frozen=True)
class AccessLog:
    file: FileAccessLog | None = None


@dataclass(frozen=True)
class Logging:
    access_log: AccessLog | None = None


@dataclass(frozen=True)
class VirtualNodeSpec:
    backend_defaults: BackendDefaults | None = None
    backends: tuple[Backend, ...] = ()
    listeners: tuple[Listener, ...] = ()
    logging: Logging | None = None
    service_discovery: ServiceDiscovery | None = None


@dataclass(frozen=True)
class VirtualNodeProvider:
    virtual_node_name: str


@dataclass(frozen=True)
class VirtualRouterProvider:
    virtual_router_name: str


@dataclass(frozen=True)
class VirtualServiceProvider:
    """Union."""

    virtual_node: VirtualNodeProvider | None = None
    virtual_router: VirtualRouterProvider | None = None


@dataclass(frozen=True)
class VirtualServiceSpec:
    provider: VirtualServiceProvider | None = None


# --- Resources ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mesh:
    name: str
    spec: MeshSpec = MeshSpec()
    owner: str = ""
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class VirtualNode:
    name: str
    spec: VirtualNodeSpec
    origin: Origin = field(default=Origin(), compare=False)

    @property
    def hostname(self) -> str | None:
        """The DNS name its service discovery gives, if it has one."""
        discovery = self.spec.service_discovery
        return discovery.dns.hostname if discovery and discovery.dns else None


@dataclass(frozen=True)
class VirtualService:
    name: str
    spec: VirtualServiceSpec
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class MeshModel:
    """One mesh and all in it, by name."""

    mesh: Mesh
    virtual_nodes: Mapping[str, VirtualNode] = field(default_factory=dict)
    virtual_services: Mapping[str, VirtualService] = field(default_factory=dict)
