"""Pods as processes: which pods a ManifestSet asks for, and the process of each of their containers."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import closest
from meshrig.model.kubernetes import INGRESS_CLASS_ANNOTATION, Container, Deployment, ManifestSet, Probe
from meshrig.model.plan import Check, CommandCheck, HttpCheck, ProbePlan, ProcessSpec, SocketHttpCheck, TcpCheck
from meshrig.runtime.process.ports import PortAllocator
from meshrig.runtime.recipe.prepare import PreparedImage

LOOPBACK = "127.0.0.1"
# What a process needs of our environment to run at all; nothing else of the user's shell reaches a service.
_INHERITED = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class Pod:
    """One replica of a Deployment. ``ports``: container port -> the loopback port that its application binds."""

    name: str
    deployment: str
    namespace: str
    service_account: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    containers: tuple[Container, ...]
    stop_grace: float
    ports: Mapping[int, int] = field(default_factory=dict)

    @property
    def ingress_class(self) -> str:
        """The IngressClass this pod serves; empty for an ordinary pod."""
        return self.annotations.get(INGRESS_CLASS_ANNOTATION, "")

    def fields(self) -> dict[str, str]:
        """Values of the downward API by field path."""
        values = {
            "metadata.name": self.name,
            "metadata.namespace": self.namespace,
            "metadata.uid": self.name,
            "spec.serviceAccountName": self.service_account,
            "spec.nodeName": "localhost",
            "status.podIP": LOOPBACK,
            "status.podIPs": LOOPBACK,
            "status.hostIP": LOOPBACK,
        }
        values |= {f"metadata.labels['{k}']": v for k, v in self.labels.items()}
        values |= {f"metadata.annotations['{k}']": v for k, v in self.annotations.items()}
        return values

    def port_number(self, target: int | str) -> int | None:
        """The container port that a number or a port's name means."""
        if isinstance(target, int):
            return target
        return next((p.container_port for c in self.containers for p in c.ports if p.name == target), None)


def plan_pods(manifests: ManifestSet, ports: PortAllocator) -> tuple[Pod, ...]:
    """The pods of every Deployment in order, each with its own loopback ports."""
    return tuple(_pod(d, index, ports) for d in manifests.deployments for index in range(d.replicas))


def _pod(deployment: Deployment, index: int, ports: PortAllocator) -> Pod:
    name = f"{deployment.name}-{index}"
    template = deployment.template
    numbers = [p.container_port for c in template.containers for p in c.ports]
    return Pod(
        name=name,
        deployment=deployment.name,
        namespace=deployment.namespace,
        service_account=template.service_account,
        labels=template.labels,
        annotations=template.annotations,
        containers=template.containers,
        stop_grace=float(template.termination_grace_period_seconds),
        ports={number: ports.port(f"{name}:{number}") for number in numbers},
    )


def check_images(manifests: ManifestSet, known: Mapping[str, object]) -> None:
    """Raises InvalidInputError for every container whose image ``meshrig.yaml`` doesn't say how to build."""
    problems = [
        Problem(
            f"image {container.image!r} is not among the images of meshrig.yaml",
            container.origin,
            f"known: {', '.join(sorted(known)) or 'none'}; the process runtime needs a Dockerfile for each image",
        )
        for deployment in manifests.deployments
        if not deployment.template.annotations.get(INGRESS_CLASS_ANNOTATION)
        for container in deployment.template.containers
        if container.image not in known
    ]
    if problems:
        raise InvalidInputError(problems)


def check_names(manifests: ManifestSet) -> None:
    """Raises InvalidInputError where processes would share a name: unlike a cluster, a machine has no namespaces."""
    first: dict[str, Deployment] = {}
    problems = []
    for deployment in manifests.deployments:
        other = first.setdefault(deployment.name, deployment)
        if other is not deployment:
            message = f"the process runtime needs another name: {other.namespace} has a Deployment {other.name} too"
            problems.append(Problem(message, deployment.origin))
    if problems:
        raise InvalidInputError(problems)


def check_programs(manifests: ManifestSet, images: Mapping[str, PreparedImage]) -> None:
    """Raises InvalidInputError for every container whose program isn't there, before anything is replaced by it."""
    problems = []
    for deployment in manifests.deployments:
        if deployment.template.annotations.get(INGRESS_CLASS_ANNOTATION):
            continue
        for container in deployment.template.containers:
            image = images[container.image]
            program = _argv(container, image, {})[0]
            if shutil.which(program, path=image.env["PATH"]) is None:
                own = [path.name for path in (image.venv / "bin").iterdir()]
                origin = container.origin if container.command else Origin(image.file)
                problem = Problem(f"image {image.name} has no program {program}", origin, _meant(program, own))
                problems.append(problem)
    if problems:
        raise InvalidInputError(problems)


def _meant(program: str, known: Iterable[str]) -> str:
    found = closest(program, known)
    return f"did you mean {found}?" if found else ""


def container_processes(
    pod: Pod,
    images: Mapping[str, PreparedImage],
    resolve_env: Callable[[Container, Pod], Mapping[str, str]],
    injected: Mapping[str, str],
) -> Iterator[ProcessSpec]:
    """The processes of a pod's containers; none for a pod that serves an IngressClass (meshrig runs that Envoy)."""
    if pod.ingress_class:
        return
    for index, container in enumerate(pod.containers):
        image = images[container.image]
        own = {p.container_port: pod.ports[p.container_port] for p in container.ports}
        env = {**_base_environment(), **image.env, **_addresses(own), **injected, **resolve_env(container, pod)}
        yield ProcessSpec(
            name=pod.name if index == 0 else f"{pod.name}-{container.name}",
            kind="container",
            argv=_argv(container, image, env),
            env=env,
            cwd=image.workdir,
            pod=pod.name,
            container=container.name,
            ports={p.name or str(p.container_port): own[p.container_port] for p in container.ports},
            readiness=_probe(container.readiness_probe, pod) or _first_port_open(own),
            liveness=_probe(container.liveness_probe, pod),
            startup=_probe(container.startup_probe, pod),
            stop_grace=pod.stop_grace,
        )


def envoy_process(
    name: str, binary: Path, bootstrap: Path, admin: Path, pod: str = "", ports: Mapping[str, int] | None = None
) -> ProcessSpec:
    """An Envoy that is ready when its admin says LIVE; it never restarts hot, so it needs no shared memory."""
    argv = (
        str(binary), "--config-path", str(bootstrap), "--concurrency", "1", "--disable-hot-restart",
        "--log-level", "warning", "--drain-time-s", "2", "--parent-shutdown-time-s", "3",
    )  # fmt: skip
    return ProcessSpec(
        name=name,
        kind="envoy",
        argv=argv,
        env=_base_environment(),
        cwd=bootstrap.parent,
        pod=pod,
        container="envoy",
        ports=ports or {},
        readiness=ProbePlan(SocketHttpCheck(admin, "/ready"), period=5.0),
        liveness=ProbePlan(SocketHttpCheck(admin, "/server_info"), period=5.0, timeout=2.0),
        stop_grace=5.0,
    )


def _argv(container: Container, image: PreparedImage, env: Mapping[str, str]) -> tuple[str, ...]:
    """Kubernetes' rule: ``command`` replaces ENTRYPOINT and drops CMD, ``args`` replaces CMD."""
    entrypoint = container.command or image.entrypoint
    arguments = container.args or (() if container.command else image.command)
    program, *rest = (*entrypoint, *arguments)
    found = image.venv / "bin" / program
    first = str(found) if "/" not in program and found.exists() else image.resolve(program)
    return (first, *(image.resolve(_expand(part, env)) for part in rest))


def _expand(text: str, env: Mapping[str, str]) -> str:
    for name, value in env.items():
        text = text.replace(f"$({name})", value)
    return text


def _base_environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {"PATH": os.defpath, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", **kept}


def _addresses(ports: Mapping[int, int]) -> dict[str, str]:
    """HOST and PORT, which an image of this runtime must bind: loopback and the pod's own port."""
    first = next(iter(ports.values()), None)
    return {"HOST": LOOPBACK} | ({"PORT": str(first)} if first else {})


def _first_port_open(ports: Mapping[int, int]) -> ProbePlan | None:
    first = next(iter(ports.values()), None)
    return ProbePlan(TcpCheck(first)) if first else None


def _probe(probe: Probe | None, pod: Pod) -> ProbePlan | None:
    if probe is None:
        return None
    return ProbePlan(
        _check(probe, pod),
        float(probe.initial_delay_seconds),
        float(probe.period_seconds),
        float(probe.timeout_seconds),
        probe.success_threshold,
        probe.failure_threshold,
    )


def _check(probe: Probe, pod: Pod) -> Check:
    if probe.command:
        return CommandCheck(probe.command)
    number = pod.port_number(probe.port) or 0
    port = pod.ports.get(number, number)
    return TcpCheck(port) if probe.tcp else HttpCheck(port, probe.http_path)
