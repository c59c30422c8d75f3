"""Which command prints the log of a thing in a kind system."""

from pathlib import Path

from meshrig import shell
from meshrig.errors import MeshrigError
from meshrig.harness.kind.layout import Layout, find_existing
from meshrig.names import SIDECAR_CONTAINER
from meshrig.settings import places
from meshrig.shell import Run

_ENVOY_SUFFIX = "-envoy"


def log_command(project_file: Path, name: str, lines: int, *, follow: bool, run: Run = shell.run) -> list[str] | None:
    """``name``: a container of compose, a Deployment, a pod, or either of the latter with ``-envoy`` for its sidecar.

    ``lines`` below 0 means all. None where nothing of the project runs in kind; raises MeshrigError for a name that
    isn't there, with those that are.
    """
    layout = find_existing(places(project_file.parent.resolve()), run)
    if layout is None:
        return None
    flags = [f"--tail={lines if lines >= 0 else 'all'}", *(["--follow"] if follow else [])]
    containers = {service.name: service.container for service in layout.compose({}).services()}
    if name in containers:
        return ["docker", "logs", *flags, containers[name]]
    return _pod_command(layout, name, lines, follow, tuple(containers))


def _pod_command(layout: Layout, name: str, lines: int, follow: bool, containers: tuple[str, ...]) -> list[str]:
    objects = layout.kubectl.get("deployments,pods", "--all-namespaces")["items"]
    targets = {
        each["metadata"]["name"]: (each["kind"].lower(), each["metadata"]["namespace"])
        for each in sorted(objects, key=lambda each: str(each["kind"]), reverse=True)
    }
    wanted = name if name in targets else name.removesuffix(_ENVOY_SUFFIX)
    if wanted not in targets:
        deployments = [
            n for n, (kind, namespace) in targets.items() if kind == "deployment" and namespace[:5] != "kube-"
        ]
        known = ", ".join([*containers, *sorted(deployments)])
        raise MeshrigError(f"no log of {name}", hint=f"there are: {known}, any pod, and NAME-envoy for a sidecar")
    kind, namespace = targets[wanted]
    argv = ["kubectl", "--kubeconfig", str(layout.kubeconfig), "logs", f"{kind}/{wanted}", "--namespace", namespace]
    argv += ["--container", SIDECAR_CONTAINER] if wanted != name else []
    # Of a Deployment every pod; kubectl's own prefix says which line is whose.
    argv += ["--all-pods", "--prefix"] if kind == "deployment" else []
    return [*argv, f"--tail={lines}", *(["--follow"] if follow else [])]
