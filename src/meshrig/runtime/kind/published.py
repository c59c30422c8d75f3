"""Which ports of this machine containers hold."""

import json
import re
from collections.abc import Iterable

from meshrig.shell import Run

# "127.0.0.1:8080->8080/tcp", and for neighbours "127.0.0.1:8080-8081->8080-8081/tcp".
_PUBLISHED = re.compile(r":(\d+)(?:-(\d+))?->")


def published_ports(run: Run, labels: Iterable[str]) -> frozenset[int]:
    """Ports that the running containers with any of these labels (``key=value``) publish."""
    found: set[int] = set()
    for label in labels:
        argv = ["docker", "ps", "--filter", f"label={label}", "--format", "{{json .}}"]
        for line in run(argv, what="looking for published ports").splitlines():
            for first, last in _PUBLISHED.findall(json.loads(line)["Ports"]):
                found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
