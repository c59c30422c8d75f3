"""Call kubectl, for one cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from meshrig.shell import run

_TIMEOUT_SECONDS = 120.0


class Kubectl(Protocol):
    """Arguments and standard input -> standard output. Raises MeshrigError with what kubectl printed."""

    def __call__(self, arguments: Sequence[str], stdin: str = "") -> str: ...


@dataclass(frozen=True)
class KubectlCommand:
    """The command itself; neither the user's kubeconfig nor its current context matters."""

    kubeconfig: Path
    context: str

    def __call__(self, arguments: Sequence[str], stdin: str = "") -> str:
        argv = ["kubectl", "--kubeconfig", str(self.kubeconfig), "--context", self.context, *arguments]
        return run(argv, what=f"kubectl {' '.join(arguments)}", stdin=stdin, timeout=_TIMEOUT_SECONDS)
