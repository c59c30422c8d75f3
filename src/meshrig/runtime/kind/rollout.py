"""Wait for a Deployment, and say why it doesn't get ready."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meshrig.errors import MeshrigError
from meshrig.runtime.kind.kubectl import Kubectl
from meshrig.shell import CommandError

Say = Callable[[str], None]
Json = Mapping[str, Any]
_LOOK_SECONDS = 20
# Reasons of a waiting container that only somebody's change ends (kubelet: pkg/kubelet/images/types.go).
_HOPELESS = ("ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError")
# Every new pod passes through these.
_USUAL = ("ContainerCreating", "PodInitializing")


@dataclass(frozen=True)
class Reason:
    """``hopeless``: waiting longer changes nothing."""

    text: str
    hopeless: bool = False


def wait_ready(kubectl: Kubectl, namespace: str, deployment: str, seconds: int, say: Say) -> None:
    """Raises MeshrigError with what its pods say: after ``seconds``, or as soon as waiting is no use."""
    deadline, told = time.monotonic() + seconds, ""
    while True:
        left = deadline - time.monotonic()
        try:
            kubectl.wait_rollout(namespace, deployment, max(1, min(_LOOK_SECONDS, round(left))))
            return
        except CommandError as error:
            reasons = find_reasons(kubectl, namespace, deployment)
            over = left <= _LOOK_SECONDS or "timed out" not in error.output
            why = "; ".join(reason.text for reason in reasons)
            if over or any(reason.hopeless for reason in reasons):
                log = f"kubectl --kubeconfig {kubectl.kubeconfig} logs deployment/{deployment} --namespace {namespace}"
                message = f"{namespace}/{deployment} does not get ready: {why}" if why else error.message
                raise MeshrigError(message, log=log) from error
        if why != told:
            say(f"waiting for {namespace}/{deployment}: {why}")
            told = why


def find_reasons(kubectl: Kubectl, namespace: str, deployment: str) -> tuple[Reason, ...]:
    """Empty where nothing is known, or the API server doesn't answer."""
    try:
        found = kubectl.get("deployment", deployment, "--namespace", namespace)
        labels = ",".join(f"{key}={value}" for key, value in found["spec"]["selector"].get("matchLabels", {}).items())
        pods = kubectl.get("pods", "--namespace", namespace, "--selector", labels)["items"]
        events = kubectl.get("events", "--namespace", namespace, "--field-selector", "type=Warning")["items"]
    except (CommandError, json.JSONDecodeError):
        return ()
    refused = [
        Reason(f"no pod can be made: {condition['message']}")
        for condition in found.get("status", {}).get("conditions", ())
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True"
    ]
    return (*refused, *(reason for pod in pods for reason in _of_pod(pod, events)))


def _of_pod(pod: Json, events: list[Json]) -> Iterator[Reason]:
    name, status = pod["metadata"]["name"], pod.get("status", {})
    if pod["metadata"].get("deletionTimestamp"):
        return
    conditions = {each["type"]: each for each in status.get("conditions", ())}
    if conditions.get("Ready", {}).get("status") == "True":
        return
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        yield Reason(f"pod {name} has no place: {scheduled.get('message', '')}")
    texts = [
        reason
        for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ()))
        for reason in _of_container(container)
    ]
    for reason in texts:
        yield Reason(f"pod {name}, {reason.text}", reason.hopeless)
    if warning := _last_warning(name, events):
        yield Reason(f"pod {name}: {warning}")


def _of_container(container: Json) -> Iterator[Reason]:
    name, state = container["name"], container.get("state", {})
    if waiting := state.get("waiting"):
        reason = waiting.get("reason", "")
        if reason and reason not in _USUAL:
            yield Reason(f"container {name}: {reason} {waiting.get('message', '')}".rstrip(), reason in _HOPELESS)
    elif "running" in state and not container.get("ready"):
        yield Reason(f"container {name} runs, but is not ready")
    ended = state.get("terminated") or container.get("lastState", {}).get("terminated") or {}
    if ended.get("exitCode"):
        yield Reason(f"container {name} ended with exit code {ended['exitCode']} ({ended.get('reason', 'Error')})")


def _last_warning(pod: str, events: list[Json]) -> str:
    """What Kubernetes said last of the pod, such as the answer to a probe."""
    mine = [event for event in events if event.get("involvedObject", {}).get("name") == pod]
    mine.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return " ".join(str(mine[-1].get("message", "")).split()) if mine else ""
