"""What a mesh control plane inside a Kubernetes cluster is told: one JSON document, the same on kind and on EKS."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ControlPlaneSettings:
    """The key ``settings.json`` of the ConfigMap ``meshrig`` in the namespace ``meshrig-system``.

    ``endpoint_url``: where the AWS APIs answer from inside the cluster; empty on AWS.
    ``images``: image names as manifests spell them -> reference by digest; the webhook puts them into pods.
    ``pod_environment``: what application containers get besides their own environment (locally: endpoint and
    credentials, in place of Pod Identity). A container's own variables win.
    ``egress_ignored_ports`` and ``egress_ignored_ips`` (CIDR or address): destinations that sidecars never see.
    """

    stack: str
    region: str
    envoy_image: str
    endpoint_url: str = ""
    images: Mapping[str, str] = field(default_factory=dict)
    pod_environment: Mapping[str, str] = field(default_factory=dict)
    egress_ignored_ports: tuple[int, ...] = ()
    egress_ignored_ips: tuple[str, ...] = ()


@dataclass(frozen=True)
class SidecarSettings:
    """What every injected pod of one mesh has in common.

    ``control_plane``: ``host:port`` of xDS over TLS. ``ca_pem``: what its certificate is checked against.
    """

    mesh: str
    envoy_image: str
    control_plane: str
    ca_pem: str
    images: Mapping[str, str] = field(default_factory=dict)
    pod_environment: Mapping[str, str] = field(default_factory=dict)
    egress_ignored_ports: tuple[int, ...] = ()
    egress_ignored_ips: tuple[str, ...] = ()
