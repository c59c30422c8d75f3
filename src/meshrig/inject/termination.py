"""How a pod ends without losing a request.

The kubelet runs the preStop hooks of all containers at once, then ends the containers, and the native sidecar after
them (kubernetes/kubernetes#120620). Meanwhile the pod is taken out of endpoints, which takes a moment to reach every
client. So the application goes on serving for DRAIN_SECONDS, while Envoy tells its clients to close their connections;
it ends when the application has, and no request is open.
"""

from collections.abc import Iterable
from typing import Any

from meshrig.inject.objects import Document, Json, part
from meshrig.names import ENVOY_ADMIN_PORT

DRAIN_SECONDS = 5
_DEFAULT_GRACE_SECONDS = 30
_TIME_TO_FINISH_SECONDS = 10
# Kubernetes gives exec no way to POST; the image has bash, whose /dev/tcp does. Egress goes on: the application may
# need it to finish.
_DRAIN_SCRIPT = f"""\
admin() {{
  exec 3<>/dev/tcp/127.0.0.1/{ENVOY_ADMIN_PORT} || return 1
  printf '%s %s HTTP/1.1\\r\\nHost: admin\\r\\nConnection: close\\r\\n\\r\\n' "$1" "$2" >&3
  cat <&3
  exec 3>&-
}}
admin POST '/drain_listeners?inboundonly&graceful&skip_exit' >/dev/null
sleep {DRAIN_SECONDS}
while admin GET '/stats?filter=downstream_rq_active' | grep -q '^http\\.ingress.*: [1-9]'; do sleep 0.2; done
"""


def drain_hook() -> Document:
    """Envoy's preStop."""
    return {"exec": {"command": ["/bin/bash", "-c", _DRAIN_SCRIPT]}}


def drain_arguments(grace_seconds: int) -> list[str]:
    """Accept connections for as long as the pod may live, and ask every client to close at once."""
    return ["--drain-time-s", str(grace_seconds), "--drain-strategy", "immediate"]


def keep_serving(container: Json) -> Document:
    """The container, ended only when clients have learned of it; its own preStop stays."""
    lifecycle = part(container, "lifecycle")
    if lifecycle.get("preStop"):
        return dict(container)
    return {**container, "lifecycle": {**lifecycle, "preStop": {"sleep": {"seconds": DRAIN_SECONDS}}}}


def grace_period(spec: Json, containers: Iterable[Json]) -> int:
    """The pod's own terminationGracePeriodSeconds, or more where its hooks would leave no time to finish requests."""
    own: Any = spec.get("terminationGracePeriodSeconds")
    sleeps = [
        part(part(part(container, "lifecycle"), "preStop"), "sleep").get("seconds") or 0 for container in containers
    ]
    least = max([DRAIN_SECONDS, *sleeps]) + _TIME_TO_FINISH_SECONDS
    return max(_DEFAULT_GRACE_SECONDS if own is None else own, least)
