"""What a pod's annotations ask of its sidecar."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Instance metadata (EC2, ECS tasks, EKS Pod Identity), https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html
METADATA_IPS = ("169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23")
DEFAULT_REQUESTS = {"cpu": "10m", "memory": "32Mi"}


@dataclass(frozen=True)
class Mount:
    """A volume, or the secret of that name, and where the sidecar sees it."""

    source: str
    path: str


@dataclass(frozen=True)
class SidecarOptions:
    """``inbound_ports``: the only ports that are redirected; None means all but the probe port.

    ``ignored_uid`` and ``ignored_gid``: a user and a group whose connections are not redirected, besides the sidecar's.
    """

    inbound_ports: tuple[int, ...] | None = None
    egress_ignored_ports: tuple[int, ...] = ()
    egress_ignored_ips: tuple[str, ...] = METADATA_IPS
    ignored_uid: int | None = None
    ignored_gid: int | None = None
    requests: Mapping[str, str] = field(default_factory=lambda: DEFAULT_REQUESTS)
    limits: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    secret_mounts: tuple[Mount, ...] = ()
    volume_mounts: tuple[Mount, ...] = ()
    log_level: str = "warning"
    stats_tags: bool = False
    keep_image: bool = False
