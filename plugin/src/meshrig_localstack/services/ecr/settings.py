"""Where ECR's images are and where Docker finds them, read from the environment.

``MESHRIG_REGISTRY_URL``       the registry that holds the images, e.g. http://registry:5000
``MESHRIG_ECR_LISTEN``         where the endpoint for Docker listens, e.g. 0.0.0.0:4510
``MESHRIG_ECR_HOST``           the endpoint's name for Docker on the host; default localhost:<MESHRIG_ECR_LISTEN's port>
``MESHRIG_ECR_NODE_PASSWORD``  lets a cluster's nodes pull, user AWS; nodes cannot pull when unset

The first two go together. Without them ECR is moto's and no endpoint listens. The registry must delete what it is told
to (registry:2: REGISTRY_STORAGE_DELETE_ENABLED=true) and be reached by nobody else, as it asks for no password.
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from meshrig_localstack.settings import BadSettingError, ListenAddress, listen_address

REGISTRY_VARIABLE = "MESHRIG_REGISTRY_URL"
LISTEN_VARIABLE = "MESHRIG_ECR_LISTEN"
HOST_VARIABLE = "MESHRIG_ECR_HOST"
NODE_PASSWORD_VARIABLE = "MESHRIG_ECR_NODE_PASSWORD"

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class RegistryAddress:
    """Where the registry answers."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True)
class EcrSettings:
    """What the environment says."""

    registry: RegistryAddress
    listen: ListenAddress
    host: str
    node_password: str | None = field(default=None, repr=False)

    @property
    def proxy_endpoint(self) -> str:
        """The endpoint's URL: plain HTTP where Docker takes it, which is on loopback addresses only."""
        return f"{'http' if _is_loopback(self.host) else 'https'}://{self.host}"


@cache
def ecr_settings() -> EcrSettings | None:
    """The settings of this process."""
    return read_settings(os.environ)


def read_settings(environment: Mapping[str, str]) -> EcrSettings | None:
    """The settings, None when no registry is named; BadSettingError for some that cannot be used."""
    url = environment.get(REGISTRY_VARIABLE, "").strip()
    listen = listen_address(environment, LISTEN_VARIABLE, "0.0.0.0:4510")
    if bool(url) != (listen is not None):
        raise BadSettingError(f"{REGISTRY_VARIABLE} and {LISTEN_VARIABLE} go together: set both or neither")
    if listen is None:
        return None
    host = environment.get(HOST_VARIABLE, "").strip() or f"localhost:{listen.port}"
    return EcrSettings(_address(url), listen, host, environment.get(NODE_PASSWORD_VARIABLE) or None)


def _address(url: str) -> RegistryAddress:
    example = f"{REGISTRY_VARIABLE} must be http://<host>:<port> or https://..., e.g. http://registry:5000; got {url!r}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise BadSettingError(example) from problem
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise BadSettingError(example)
    return RegistryAddress(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme])


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
