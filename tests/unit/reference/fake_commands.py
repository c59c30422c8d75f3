"""Stand-ins for aws, docker, kubectl and meshrig: shell scripts that note their calls and answer as the real ones."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.unit.reference.shop import ROOT

REGISTRY = "000000000000.dkr.ecr.us-east-1.amazonaws.com"
_RECORD = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $(printf '%s' "$*" | tr '\\n' ' ')" >> "$CALLS"
"""
_AWS = """
case "$*" in
  *"get-caller-identity"*) echo 000000000000 ;;
  *"get-account"*) echo "${FAKE_LOG_ROLE:-None}" ;;
  *"Stacks[0].StackStatus"*) [ -n "${FAKE_STACK:-}" ] || exit 254; echo "$FAKE_STACK" ;;
  *"update-stack"*) echo "$FAKE_UPDATE_ERROR" >&2; [ -z "$FAKE_UPDATE_ERROR" ] || exit 254 ;;
  *"cloudformation wait"*) exit "${FAKE_WAIT_STATUS:-0}" ;;
  *"OutputKey=='UsersRepositoryUri'"*) echo REGISTRY/shop/users-service ;;
  *"OutputKey=='ProductsRepositoryUri'"*) echo REGISTRY/shop/products-service ;;
  *"OutputKey=='OrdersRepositoryUri'"*) echo REGISTRY/shop/orders-service ;;
  *"OutputKey=='ClusterName'"*) echo shop ;;
  *"OutputKey=='NodeGroupName'"*) echo workers ;;
  *"OutputKey=='TargetGroupArn'"*) echo arn:target-group ;;
  *"OutputKey=='InvokeUrl'"*) echo https://api/prod ;;
  *"imageDetails[0].imageDigest"*) echo sha256:0123 ;;
  *"ecr describe-images"*) exit "${FAKE_IMAGE_STATUS:-254}" ;;
  *"get-login-password"*) echo password ;;
  *"describe-cluster"*) echo "${FAKE_CLUSTER_ENDPOINT:-https://127.0.0.1:6443}" ;;
  *"describe-nodegroup"*) printf 'group-a\\ngroup-b\\n' ;;
esac
""".replace("REGISTRY", f"${{FAKE_REGISTRY:-{REGISTRY}}}")
_DOCKER = """
case "$1" in login) cat > /dev/null ;; build) exit "${FAKE_BUILD_STATUS:-0}" ;; esac
"""
_KUBECTL = """
case "$*" in
  *"apply --kustomize"*) for last; do :; done; cp -R "$last" "$APPLIED" ;;
  *"config view"*) echo eks-user ;;
esac
"""
_MESHRIG = """
case "$*" in
  "status --json") [ -z "${FAKE_ENDPOINT:-}" ] || printf '{\n  "endpoint_url": "%s",\n}\n' "$FAKE_ENDPOINT" ;;
  status) echo "Invoke URL: http://127.0.0.1:8080/prod" ;;
esac
"""


@dataclass(frozen=True)
class Outcome:
    """``calls`` in order, one line each; ``stdout`` ends with ``alive`` if the sourcing shell went on."""

    status: int
    stdout: str
    stderr: str
    calls: tuple[str, ...]
    applied: Path

    def calls_of(self, beginning: str) -> list[str]:
        return [call for call in self.calls if call.startswith(beginning)]


def run_script(name: str, folder: Path, *, source: bool = False, **env: str) -> Outcome:
    """Run or source ``scripts/<name>`` with the stand-ins first on PATH and no setting but ``env``."""
    commands = folder / "bin"
    commands.mkdir()
    for command, answers in (("aws", _AWS), ("docker", _DOCKER), ("kubectl", _KUBECTL), ("meshrig", _MESHRIG)):
        file = commands / command
        file.write_text(_RECORD + answers)
        file.chmod(0o755)
    calls, applied = folder / "calls", folder / "applied"
    settings = {
        "MESHRIG": "meshrig",
        "PATH": f"{commands}:{os.environ['PATH']}",
        "CALLS": str(calls),
        "APPLIED": str(applied),
    }
    script = ROOT / "scripts" / name
    # Sourced from elsewhere, by a shell whose options a script could spoil.
    argv = ["bash", "-c", f"source {script}; echo status $?; set -o | grep errexit; echo alive"]
    done = subprocess.run(
        argv if source else [str(script)],
        cwd=folder,
        env=settings | env,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    recorded = tuple(calls.read_text().splitlines()) if calls.exists() else ()
    return Outcome(done.returncode, done.stdout, done.stderr, recorded, applied)
