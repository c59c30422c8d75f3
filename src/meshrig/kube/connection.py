"""Where the API server is and how to speak to it: from inside a pod, or as a kubeconfig says.

Sources: Kubernetes documentation, "Accessing the Kubernetes API from a Pod" and "Organizing Cluster Access Using
kubeconfig Files".
"""

import base64
import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meshrig.errors import MeshrigError

_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True)
class Connection:
    """``token_file`` is read at each request, since the kubelet replaces it; ``token`` is for one that stays."""

    server: str
    tls: ssl.SSLContext | None = None
    token_file: Path | None = None
    static_token: str = ""

    def headers(self) -> dict[str, str]:
        """Who we are. Raises MeshrigError where the token can't be read."""
        token = self.static_token
        if self.token_file:
            try:
                token = self.token_file.read_text().strip()
            except OSError as error:
                raise MeshrigError(f"cannot read the service account's token: {error}") from error
        return {"Authorization": f"Bearer {token}"} if token else {}


def connect_in_cluster(env: Mapping[str, str] = os.environ, service_account: Path = _SERVICE_ACCOUNT) -> Connection:
    """As the service account of this pod. Raises MeshrigError outside of one."""
    host, port = env.get("KUBERNETES_SERVICE_HOST"), env.get("KUBERNETES_SERVICE_PORT", "443")
    if not host or not (service_account / "token").exists():
        raise MeshrigError("this is no pod with a service account", hint="the control plane runs in a cluster")
    address = f"[{host}]" if ":" in host else host
    tls = ssl.create_default_context(cafile=str(service_account / "ca.crt"))
    return Connection(f"https://{address}:{port}", tls, service_account / "token")


def connect_by_kubeconfig(file: Path, context: str = "") -> Connection:
    """As a context of that file says, the current one by default. Raises MeshrigError for what can't be used."""
    try:
        content = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise MeshrigError(f"cannot read {file}: {error}") from error
    chosen = _named(content, "contexts", context or content.get("current-context", ""), file)["context"]
    cluster = _named(content, "clusters", chosen["cluster"], file)["cluster"]
    user = _named(content, "users", chosen["user"], file)["user"]
    if "exec" in user:
        raise MeshrigError(f"{file}: user {chosen['user']} needs a command to log in, which isn't supported")
    authority = base64.b64decode(cluster.get("certificate-authority-data", "")).decode()
    tls = ssl.create_default_context(cadata=authority or None, cafile=cluster.get("certificate-authority"))
    if "client-certificate-data" in user:
        _load_client(tls, user)
    elif "client-certificate" in user:
        tls.load_cert_chain(user["client-certificate"], user.get("client-key"))
    return Connection(cluster["server"], tls, static_token=user.get("token", ""))


def _named(content: Any, section: str, name: str, file: Path) -> dict[str, Any]:
    for entry in content.get(section) or ():
        if entry.get("name") == name:
            found: dict[str, Any] = entry
            return found
    raise MeshrigError(f"{file}: no {name!r} among its {section}")


def _load_client(tls: ssl.SSLContext, user: Mapping[str, str]) -> None:
    """The ``ssl`` module takes a client's certificate from a file only."""
    with tempfile.NamedTemporaryFile(suffix=".pem") as both:
        for member in ("client-certificate-data", "client-key-data"):
            both.write(base64.b64decode(user[member]) + b"\n")
        both.flush()
        tls.load_cert_chain(both.name)
