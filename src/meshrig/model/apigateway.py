"""A REST API as *deployed* to a stage, and the load balancers its VPC links reach."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Throttle:
    """A token bucket: ``rate`` tokens per second, at most ``burst`` saved up (specs/apigateway.md 2.1)."""

    rate: float
    burst: int


@dataclass(frozen=True)
class MethodSettings:
    """``throttle`` is None where the stage sets none and only account limits act."""

    throttle: Throttle | None = None
    metrics_enabled: bool = False
    logging_level: str = "OFF"
    data_trace_enabled: bool = False


@dataclass(frozen=True)
class Integration:
    """``type`` is HTTP, HTTP_PROXY, AWS, AWS_PROXY or MOCK; ``timeout_ms`` is 50 to 29,000."""

    type: str
    uri: str = ""
    http_method: str = ""
    connection_type: str = "INTERNET"
    connection_id: str = ""
    timeout_ms: int = 29_000
    request_parameters: Mapping[str, str] = field(default_factory=dict)
    request_templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RequestValidator:
    validate_body: bool = False
    validate_parameters: bool = False


@dataclass(frozen=True)
class Method:
    """``http_method`` is a verb or ANY; ``resource_path`` is the template path, such as ``/orders/{id}``."""

    http_method: str
    resource_path: str
    resource_id: str
    integration: Integration | None
    authorization_type: str = "NONE"
    authorizer_id: str = ""
    api_key_required: bool = False
    request_parameters: Mapping[str, bool] = field(default_factory=dict)
    validator: RequestValidator | None = None


@dataclass(frozen=True)
class Stage:
    """``method_settings`` is keyed by ``(resource path, verb)``, ``("*", "*")`` being the stage's default."""

    name: str
    deployment_id: str
    variables: Mapping[str, str] = field(default_factory=dict)
    method_settings: Mapping[tuple[str, str], MethodSettings] = field(default_factory=dict)
    access_log_format: str = ""
    access_log_destination: str = ""
    tracing_enabled: bool = False

    def settings_of(self, method: Method) -> MethodSettings:
        """The settings that act on a method: its own entry, else the stage's default."""
        own = self.method_settings.get((method.resource_path, method.http_method))
        return own or self.method_settings.get(("*", "*")) or MethodSettings()


@dataclass(frozen=True)
class VpcLink:
    link_id: str
    name: str
    load_balancer_arn: str


@dataclass(frozen=True)
class DeployedApi:
    """One REST API on one stage: the snapshot of the stage's deployment plus the stage's live settings."""

    api_id: str
    name: str
    stage: Stage
    methods: tuple[Method, ...] = ()


@dataclass(frozen=True)
class Target:
    """A registered target: an instance id or an address, with the port that overrides the group's."""

    target_id: str
    port: int


@dataclass(frozen=True)
class TargetGroup:
    arn: str
    name: str
    protocol: str
    port: int
    target_type: str
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True)
class NlbListener:
    port: int
    protocol: str
    target_group_arn: str


@dataclass(frozen=True)
class LoadBalancer:
    """A network load balancer."""

    arn: str
    name: str
    dns_name: str
    listeners: tuple[NlbListener, ...] = ()


@dataclass(frozen=True)
class GatewayModel:
    """All that the edge Envoy serves."""

    apis: tuple[DeployedApi, ...] = ()
    vpc_links: Mapping[str, VpcLink] = field(default_factory=dict)
    load_balancers: Mapping[str, LoadBalancer] = field(default_factory=dict)
    target_groups: Mapping[str, TargetGroup] = field(default_factory=dict)

    def stages(self) -> Mapping[str, str]:
        """What a person calls a stage -> its name: the API's name where it has one stage, else ``api/stage``."""
        names = [api.name for api in self.apis]
        return {
            api.name if names.count(api.name) == 1 else f"{api.name}/{api.stage.name}": api.stage.name
            for api in self.apis
        }
