"""What the keeper holds the AWS side of a system to: everything it needs when LocalStack comes back empty."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ClusterBacking:
    """The Kubernetes cluster behind the stack's EKS cluster.

    ``endpoint`` and ``certificate_authority`` (base64 PEM) are what describe-cluster says; ``node`` is the host name
    that the keeper and the edge reach its node by, where NodePorts answer.
    """

    endpoint: str
    certificate_authority: str
    version: str
    node: str


@dataclass(frozen=True)
class DesiredState:
    """``template_name``: the file as the user names it. ``repositories``: ECR repositories besides the template's."""

    stack: str
    region: str
    template_name: str
    template_text: str
    parameters: Mapping[str, str]
    backing: ClusterBacking
    repositories: tuple[str, ...] = ()
    ca_certificate: str = ""
    ca_key: str = field(default="", repr=False)
