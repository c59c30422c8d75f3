"""LocalStack as a process of ours, and clients of its APIs."""

import os
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from meshrig.model.plan import HttpCheck, ProbePlan, ProcessSpec
from meshrig.names import LOCALSTACK
from meshrig.settings import LOCAL_CREDENTIALS, LOOPBACK, Places


def localstack_process(places: Places, python: Path, port: int, dynamodb_port: int, region: str) -> ProcessSpec:
    """LocalStack with the plugin, on loopback only, with nothing that needs a download."""
    volume = places.state / "localstack-volume"
    volume.mkdir(exist_ok=True)
    env = {
        **{
            k: os.environ[k]
            for k in ("HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
            if k in os.environ
        },
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        # Ours: the stock servers bind every address, whatever is asked.
        "GATEWAY_SERVER": "loopback",
        "GATEWAY_LISTEN": f"{LOOPBACK}:{port}",
        "LOCALSTACK_HOST": f"localhost.localstack.cloud:{port}",
        "LOCALSTACK_VOLUME_DIR": str(volume),
        "XDG_CACHE_HOME": str(places.state / "localstack-cache"),
        "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "0",
        "PROVIDER_OVERRIDE_APIGATEWAY": "meshrig",
        "PROVIDER_OVERRIDE_DYNAMODB": "moto",
        "MESHRIG_DYNAMODB_LISTEN": f"{LOOPBACK}:{dynamodb_port}",
        "AWS_DEFAULT_REGION": region,
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
        "LS_LOG": "warning",
        "PYTHONUNBUFFERED": "1",
        # Two arenas: glibc's default of eight a core costs LocalStack's many threads some 100 MB.
        "MALLOC_ARENA_MAX": "2",
    }
    return ProcessSpec(
        name=LOCALSTACK,
        kind=LOCALSTACK,
        argv=(str(python), "-m", "localstack.runtime.main"),
        env=env,
        cwd=places.state,
        ports={"gateway": port, "dynamodb": dynamodb_port},
        readiness=ProbePlan(HttpCheck(port, "/_localstack/health"), period=5.0, timeout=5.0),
        liveness=ProbePlan(HttpCheck(port, "/_localstack/health"), period=5.0, timeout=5.0, failure_threshold=4),
        stop_grace=5.0,
    )


# Variables of a session -> (name in a profile, in the environment, default, conversion): none of the user's.
_NOBODYS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def _session(local: bool) -> boto3.Session:
    """For the local endpoint one that reads no AWS configuration: the user's profile has nothing to say there."""
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=_NOBODYS)) if local else boto3.Session()


class Clients:
    """boto3 clients of one endpoint, made when first asked for; without an endpoint those of AWS itself."""

    def __init__(self, endpoint: str, region: str) -> None:
        self.endpoint = endpoint
        self.region = region
        self._made: dict[str, Any] = {}

    def get(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = _session(local=bool(self.endpoint)).client(
                service,
                region_name=self.region,
                config=self._config(),
                **(self._local_arguments() if self.endpoint else {}),
            )
        return self._made[service]

    def _config(self) -> Config:
        shared: dict[str, Any] = {"retries": {"max_attempts": 2, "mode": "standard"}}
        # What is on this machine, or on the containers' own network, no proxy can reach.
        proxies: dict[str, Any] = {"proxies": {}} if self.endpoint else {}
        return Config(connect_timeout=5, read_timeout=60, **shared, **proxies)

    def _local_arguments(self) -> dict[str, str]:
        return {
            "endpoint_url": self.endpoint,
            "aws_access_key_id": LOCAL_CREDENTIALS["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": LOCAL_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        }
