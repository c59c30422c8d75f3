"""kind's configuration for a project: the user's file with what meshrig needs of every node.

Sources: kind, "Configuration" (extraMounts, kubeadmConfigPatches) and "Local Registry" (containerd's config_path);
kube-apiserver's ``--authentication-token-webhook-config-file``; containerd, "Registry configuration" (hosts.toml);
kind's pull request 4173 (which of kubeadm's versions it writes, and that a patch with an apiVersion is for that one).
"""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from meshrig.errors import InvalidInputError, Origin, Problem

Json = dict[str, Any]
_HINT = "see https://kind.sigs.k8s.io/docs/user/configuration/"
_NODE_FOLDER = "/etc/meshrig"
WEBHOOK_FILE = "token-webhook.yaml"
_HOSTS_FOLDER = "/etc/containerd/certs.d"
# Nodes of kind 0.27 and later have this by default; there containerd 2 reads it, or does without it.
_CONTAINERD_PATCH = f"""[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "{_HOSTS_FOLDER}"
"""
_API_SERVER_ARGUMENTS = {
    "authentication-token-webhook-config-file": f"{_NODE_FOLDER}/{WEBHOOK_FILE}",
    "authentication-token-webhook-version": "v1",
    "authentication-token-webhook-cache-ttl": "30s",
}


def read_cluster_file(file: Path, shown: str) -> Json:
    """The user's kind configuration. Raises InvalidInputError for anything but one ``kind: Cluster`` document."""
    try:
        content = yaml.safe_load(file.read_text())
    except OSError as error:
        raise InvalidInputError([Problem(str(error.strerror), Origin(shown))]) from error
    except UnicodeDecodeError as error:
        raise InvalidInputError([Problem("not UTF-8 text", Origin(shown))]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise InvalidInputError([Problem(str(getattr(error, "problem", error)), Origin(shown, line))]) from error
    if not isinstance(content, dict) or content.get("kind") != "Cluster":
        raise InvalidInputError([Problem("not a kind configuration (kind: Cluster)", Origin(shown), _HINT)])
    if problems := [Problem(text, Origin(shown, subject=subject), _HINT) for subject, text in _wrong_shapes(content)]:
        raise InvalidInputError(problems)
    return content


def build_cluster_config(base: Json, name: str, node_folder: Path, moved_ports: Mapping[int, int]) -> Json:
    """``base`` with our mounts and patches. ``node_folder`` holds what ``write_node_files`` wrote; ``moved_ports``:
    host port in the user's file -> the one used instead."""
    mounts = [
        {"hostPath": str(node_folder), "containerPath": _NODE_FOLDER, "readOnly": True},
        {"hostPath": str(node_folder / "certs.d"), "containerPath": _HOSTS_FOLDER, "readOnly": True},
    ]
    return {
        **base,
        "name": name,
        "nodes": [_build_node(node, mounts, moved_ports) for node in base.get("nodes") or [{"role": "control-plane"}]],
        "containerdConfigPatches": [*(base.get("containerdConfigPatches") or ()), _CONTAINERD_PATCH],
        "kubeadmConfigPatches": [*(base.get("kubeadmConfigPatches") or ()), *_kubeadm_patches()],
    }


def host_ports(base: Json) -> tuple[int, ...]:
    """Ports of this machine that the user's file asks for."""
    return tuple(
        port["hostPort"]
        for node in base.get("nodes") or ()
        for port in node.get("extraPortMappings") or ()
        if port.get("hostPort")
    )


def _build_node(node: Json, mounts: list[Json], moved_ports: Mapping[int, int]) -> Json:
    ports = [dict(port) for port in node.get("extraPortMappings") or ()]
    for port in ports:
        if moved := moved_ports.get(port.get("hostPort", 0)):
            port["hostPort"] = moved
    return {**node, "extraMounts": [*(node.get("extraMounts") or ()), *mounts], "extraPortMappings": ports}


def _kubeadm_patches() -> Iterator[str]:
    """One for each version that kind may write: v1beta4, of Kubernetes 1.36 and later, has a list of arguments.

    The API server runs in a pod of its own, so the node's folder is passed on to it.
    """
    volume = {"name": "meshrig", "hostPath": _NODE_FOLDER, "mountPath": _NODE_FOLDER, "readOnly": True}
    listed = [{"name": name, "value": value} for name, value in _API_SERVER_ARGUMENTS.items()]
    for version, arguments in (("v1beta3", dict(_API_SERVER_ARGUMENTS)), ("v1beta4", listed)):
        patch = {
            "apiVersion": f"kubeadm.k8s.io/{version}",
            "kind": "ClusterConfiguration",
            "apiServer": {"extraArgs": arguments, "extraVolumes": [volume]},
        }
        yield yaml.safe_dump(patch, sort_keys=False)


def _wrong_shapes(content: Json) -> Iterator[tuple[str, str]]:
    """Subject and problem of what would keep us from reading and completing the file; kind itself checks the rest."""
    for key in ("containerdConfigPatches", "kubeadmConfigPatches", "nodes"):
        if not isinstance(content.get(key) or [], list):
            yield key, "must be a list"
    nodes = content.get("nodes")
    for index, node in enumerate(nodes if isinstance(nodes, list) else []):
        yield from _wrong_node(f"nodes[{index}]", node)


def _wrong_node(subject: str, node: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(node, dict):
        yield subject, "must be a mapping such as role: control-plane"
        return
    for key in ("extraMounts", "extraPortMappings"):
        entries = node.get(key) or []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            yield f"{subject}.{key}", "must be a list of mappings"
        elif not all(isinstance(entry.get("hostPort", 0), int) for entry in entries):
            yield f"{subject}.{key}", "hostPort must be a number"


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
    (folder / WEBHOOK_FILE).write_text(yaml.safe_dump(webhook, sort_keys=False))
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
