"""Starts a real LocalStack with the plugin, on loopback and free ports, and stops it."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.client import BaseClient
from botocore.config import Config

READY = "Ready."
START_SECONDS = 60
STOP_SECONDS = 20


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@dataclass
class RunningLocalStack:
    """One LocalStack process. ``endpoint`` is its gateway, ``dynamodb_endpoint`` the plugin's own listener."""

    directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    gateway_port: int = field(default_factory=free_port)
    dynamodb_port: int = field(default_factory=free_port)
    output: list[str] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def dynamodb_endpoint(self) -> str:
        return f"http://127.0.0.1:{self.dynamodb_port}"

    @property
    def log(self) -> str:
        """What the process has printed so far."""
        return "".join(self.output)

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        """Returns when LocalStack is ready; AssertionError with its output when it does not become so."""
        command = [sys.executable, "-m", "localstack.runtime.main"]
        self._process = subprocess.Popen(
            command, env=self._environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        reported = self._ready.wait(START_SECONDS)
        assert reported, f"not ready after {START_SECONDS} s:\n{self.log}"
        assert READY in self.log, f"ended at start:\n{self.log}"

    def stop(self) -> None:
        """Ends the process the way a user would; kills it when that takes too long."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(STOP_SECONDS)

    def client(self, service: str, endpoint: str | None = None, account: str = "000000000000") -> BaseClient:
        """A boto3 client of this LocalStack that never retries."""
        return boto3.client(
            service,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key="test",
            endpoint_url=endpoint or self.endpoint,
            config=Config(retries={"total_max_attempts": 1}, max_pool_connections=32),
        )

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line)
            if line.startswith(READY):
                self._ready.set()
        self._ready.set()

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "XDG_CACHE_HOME": str(self.directory / "cache"),
            "LOCALSTACK_VOLUME_DIR": str(self.directory / "volume"),
            "GATEWAY_LISTEN": f"127.0.0.1:{self.gateway_port}",
            "GATEWAY_SERVER": "loopback",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DISABLE_EVENTS": "1",
            "PROVIDER_OVERRIDE_DYNAMODB": "moto",
            "MESHRIG_DYNAMODB_LISTEN": f"127.0.0.1:{self.dynamodb_port}",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }
