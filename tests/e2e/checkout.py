"""A clean copy of the checkout, driven as a user would: by make and curl-like calls."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Checkout:
    folder: Path

    @classmethod
    def copy_to(cls, folder: Path) -> "Checkout":
        """The files git knows, as they are in the work tree."""
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, listed.split("\0")):
            source, target = ROOT / name, folder / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        return cls(folder)

    def make(self, target: str, *variables: str) -> subprocess.CompletedProcess[str]:
        """Run a make target in an environment without the tests' own virtual environment."""
        return self.run(["make", "--no-print-directory", target, *variables])

    def run(self, argv: list[str], **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder."""
        ours = {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "MAKEFLAGS", "KUBECONFIG"}
        kept = {k: v for k, v in os.environ.items() if k not in ours}
        return subprocess.run(argv, cwd=self.folder, env=kept | env, capture_output=True, text=True, check=False)

    def meshrig(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run([str(self.folder / ".venv/bin/meshrig"), *arguments])

    def status(self) -> dict[str, Any]:
        """What ``meshrig status --json`` prints."""
        content: dict[str, Any] = json.loads(self.meshrig("status", "--json").stdout)
        return content

    def pids(self) -> dict[str, int]:
        """Pid of every process by name, the daemon's too."""
        status = self.status()
        found = {process["name"]: process["pid"] for process in status["processes"]}
        return found | {"daemon": status["daemon"]["pid"]}

    def url(self) -> str:
        return str(next(iter(self.status()["invoke_urls"].values())))

    def processes(self) -> list[str]:
        """Command lines of whatever runs out of this folder."""
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            line = " ".join(process.info["cmdline"] or ())
            if str(self.folder) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(line)
        return found


def flow(url: str) -> tuple[int, int, int]:
    """The three calls of the README; their statuses, 0 for a call that got no answer."""
    statuses = [0, 0, 0]
    try:
        user = requests.post(f"{url}/users", json={"username": "ada", "password": "correct horse"}, timeout=10)
        statuses[0] = user.status_code
        products = requests.get(f"{url}/products", timeout=10)
        statuses[1] = products.status_code
        item = {"product_id": products.json()["products"][0]["id"], "quantity": 2}
        order = requests.post(f"{url}/orders", json={"user_id": user.json()["id"], "items": [item]}, timeout=10)
        statuses[2] = order.status_code
    except (requests.RequestException, ValueError, KeyError):
        pass
    return statuses[0], statuses[1], statuses[2]


def eventually(check: Callable[[], bool], seconds: float) -> bool:
    """Whether ``check`` becomes true in time."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
