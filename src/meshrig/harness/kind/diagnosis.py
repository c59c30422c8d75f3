"""Why a Deployment does not become ready, as its pods and events tell it."""

from collections.abc import Iterator, Mapping
from typing import Any

from meshrig.runtime.kind.kubectl import Kubectl

Json = Mapping[str, Any]
_SHOWN = 5


def explain_rollout(kubectl: Kubectl, namespace: str, deployment: str) -> tuple[str, ...]:
    """One line for each thing that is wrong, the most telling first; nothing where all seems well.

    Raises CommandError where the API server doesn't answer.
    """
    found = kubectl.get("deployment", deployment, "--namespace", namespace)
    labels = found["spec"]["selector"].get("matchLabels") or {}
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = kubectl.get("pods", "--namespace", namespace, "--selector", selector)["items"]
    reasons = [line for pod in pods for line in _pod_reasons(pod)]
    # Pods that the admission webhook or a quota refused don't exist: only their ReplicaSet's events tell of them.
    events = kubectl.get("events", "--namespace", namespace, "--field-selector", "reason=FailedCreate")["items"]
    refused = [str(e["message"]) for e in events if str(e["involvedObject"]["name"]).startswith(f"{deployment}-")]
    return tuple(dict.fromkeys([*reasons, *refused]))[:_SHOWN]


def _pod_reasons(pod: Json) -> Iterator[str]:
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            yield f"pod {name} is not scheduled: {condition.get('message', condition.get('reason', ''))}"
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        if reason := _container_reason(container):
            yield f"pod {name}, container {container['name']}: {reason}"


def _container_reason(container: Json) -> str:
    state, last = container.get("state") or {}, (container.get("lastState") or {}).get("terminated")
    ended = f", ended before with exit code {last['exitCode']} ({last.get('reason', '')})" if last else ""
    if waiting := state.get("waiting"):
        quiet = waiting.get("reason") in ("PodInitializing", "ContainerCreating")
        return "" if quiet else f"{waiting.get('reason', 'waiting')}: {waiting.get('message', '')}{ended}".rstrip(": ")
    if (terminated := state.get("terminated")) and terminated.get("exitCode"):
        return f"ended with exit code {terminated['exitCode']} ({terminated.get('reason', '')})"
    if "running" in state and not container.get("ready"):
        return f"runs, but its probe does not succeed{ended}"
    return ""
