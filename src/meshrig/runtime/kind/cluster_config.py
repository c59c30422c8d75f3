"""kind's configuration for a project: the user's file with what meshrig needs of every node.

Sources: kind, "Configuration" (extraMounts, kubeadmConfigPatches) and "Local Registry" (containerd's config_path);
kube-apiserver's ``--authentication-token-webhook-config-file``; containerd, "Registry configuration" (hosts.toml).
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from meshrig.errors import InvalidInputError, Origin, Problem

Json = dict[str, Any]
_NODE_FOLDER = "/etc/meshrig"
_WEBHOOK_FILE = f"{_NODE_FOLDER}/token-webhook.yaml"
_HOSTS_FOLDER = "/etc/containerd/certs.d"
_CONTAINERD_PATCH = f"""[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "{_HOSTS_FOLDER}"
"""
# The API server runs in a pod of its own, so the folder is passed on to it. A map of arguments is what kubeadm's
# v1beta3 takes, which kind writes.
_KUBEADM_PATCH = f"""kind: ClusterConfiguration
apiServer:
  extraArgs:
    authentication-token-webhook-config-file: {_WEBHOOK_FILE}
    authentication-token-webhook-version: v1
    authentication-token-webhook-cache-ttl: 30s
  extraVolumes:
    - name: meshrig
      hostPath: {_NODE_FOLDER}
      mountPath: {_NODE_FOLDER}
      readOnly: true
"""


def read_cluster_file(file: Path, shown: str) -> Json:
    """The user's kind configuration. Raises InvalidInputError for anything but one ``kind: Cluster`` document."""
    try:
        content = yaml.safe_load(file.read_text())
    except OSError as error:
        raise InvalidInputError([Problem(str(error.strerror), Origin(shown))]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise InvalidInputError([Problem(str(getattr(error, "problem", error)), Origin(shown, line))]) from error
    if not isinstance(content, dict) or content.get("kind") != "Cluster":
        hint = "see https://kind.sigs.k8s.io/docs/user/configuration/"
        raise InvalidInputError([Problem("not a kind configuration (kind: Cluster)", Origin(shown), hint)])
    return content


def build_cluster_config(base: Json, name: str, node_folder: Path, moved_ports: Mapping[int, int]) -> Json:
    """``base`` with our mounts and patches. ``node_folder`` holds what ``write_node_files`` wrote; ``moved_ports``:
    host port in the user's file -> the one used instead."""
    nodes = [dict(node) for node in base.get("nodes") or [{"role": "control-plane"}]]
    mounts = [
        {"hostPath": str(node_folder), "containerPath": _NODE_FOLDER, "readOnly": True},
        {"hostPath": str(node_folder / "certs.d"), "containerPath": _HOSTS_FOLDER, "readOnly": True},
    ]
    for node in nodes:
        node["extraMounts"] = [*node.get("extraMounts", ()), *mounts]
        ports = [dict(port) for port in node.get("extraPortMappings", ())]
        for port in ports:
            port["hostPort"] = moved_ports.get(port.get("hostPort", 0), port.get("hostPort", 0))
        node["extraPortMappings"] = ports
    return {
        **base,
        "name": name,
        "nodes": nodes,
        "containerdConfigPatches": [*base.get("containerdConfigPatches", ()), _CONTAINERD_PATCH],
        "kubeadmConfigPatches": [*base.get("kubeadmConfigPatches", ()), _KUBEADM_PATCH],
    }


def host_ports(base: Json) -> tuple[int, ...]:
    """Ports of this machine that the user's file asks for."""
    return tuple(
        int(port["hostPort"])
        for node in base.get("nodes") or ()
        for port in node.get("extraPortMappings") or ()
        if port.get("hostPort")
    )


def write_node_files(folder: Path, webhook_url: str, ca_pem: str, mirrors: Mapping[str, str], password: str) -> None:
    """What a node needs to find the token webhook and the images.

    ``mirrors``: registry in image references -> http URL that answers for it, its API's root where it has a path.
    ``password`` is what lets the node, and nobody without it, pull there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    webhook = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "meshrig",
                "cluster": {"server": webhook_url, "certificate-authority-data": _base64(ca_pem)},
            }
        ],
        "users": [{"name": "apiserver"}],
        "contexts": [{"name": "meshrig", "context": {"cluster": "meshrig", "user": "apiserver"}}],
        "current-context": "meshrig",
    }
    (folder / "token-webhook.yaml").write_text(yaml.safe_dump(webhook, sort_keys=False))
    for registry, mirror in mirrors.items():
        hosts = folder / "certs.d" / registry
        hosts.mkdir(parents=True, exist_ok=True)
        (hosts / "hosts.toml").write_text(_hosts_toml(mirror, password))


def _hosts_toml(mirror: str, password: str) -> str:
    lines = [f'server = "{mirror}"', "", f'[host."{mirror}"]', '  capabilities = ["pull", "resolve"]']
    if urlsplit(mirror).path:
        lines.append("  override_path = true")
    lines += [f'  [host."{mirror}".header]', f'    Authorization = "Basic {_base64(f"AWS:{password}")}"', ""]
    return "\n".join(lines)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
