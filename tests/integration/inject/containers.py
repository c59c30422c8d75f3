"""An injected pod as plain Docker containers that share one network, as a kubelet would run it."""

import json
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.golden.injection.cases import bootstrap_of

IMAGE = "meshrig-inject-test"
PYTHON = "python:3.13-slim"
ROOT = Path(__file__).parents[3]
# Answers GET with its name and the path, on each of its ports.
_SERVER = """
import sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = f"{sys.argv[1]} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
for port in sys.argv[2:]:
    threading.Thread(target=ThreadingHTTPServer(("0.0.0.0", int(port)), Handler).serve_forever).start()
"""
_CLIENT = """
import http.client, sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[2])
connection = http.client.HTTPConnection(url.netloc, timeout=3)
try:
    connection.request(sys.argv[1], url.path + ("?" + url.query if url.query else ""))
    answer = connection.getresponse()
    print(answer.status, answer.getheader("Connection", "keep-alive"), answer.read().decode())
except OSError as error:
    print("no answer", type(error).__name__)
"""


def docker(*argv: str) -> str:
    done = subprocess.run(["docker", *argv], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(argv[:3])}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


class Containers:
    """What one test starts; ``remove`` takes all of it away."""

    def __init__(self) -> None:
        self.prefix = f"{IMAGE}-{uuid.uuid4().hex[:8]}"
        self.started: list[str] = []

    def start(self, name: str, *argv: str) -> str:
        full = f"{self.prefix}-{name}"
        self.started.append(full)
        docker("run", "--detach", "--name", full, *argv)
        return full

    def serve(self, name: str, ports: list[int], *options: str) -> str:
        return self.start(name, *options, PYTHON, "python", "-c", _SERVER, name, *map(str, ports))

    def get(self, container: str, url: str, user: int = 1000, method: str = "GET") -> str:
        """Status, Connection header and body as seen by that user in that container, or ``no answer``."""
        return docker("exec", "--user", str(user), container, "python", "-c", _CLIENT, method, url)

    def remove(self) -> None:
        if self.started:
            subprocess.run(["docker", "rm", "--force", "--volumes", *self.started], capture_output=True, check=False)


def address_of(container: str) -> str:
    return docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", container)


def run_options(container: Mapping[str, Any]) -> list[str]:
    """``docker run`` options for a container's securityContext and literal environment."""
    security = container["securityContext"]
    options = ["--user", f"{security['runAsUser']}:{security['runAsGroup']}"]
    options += ["--read-only"] if security["readOnlyRootFilesystem"] else []
    options += ["--security-opt", "no-new-privileges"] if not security["allowPrivilegeEscalation"] else []
    options += [f"--cap-drop={name}" for name in security["capabilities"].get("drop", ())]
    options += [f"--cap-add={name}" for name in security["capabilities"].get("add", ())]
    for variable in container.get("env", ()):
        if "value" in variable:
            options += ["--env", f"{variable['name']}={variable['value']}"]
    return options


def envoy_arguments(pod: Any, container: Mapping[str, Any], listeners: list[dict[str, Any]]) -> list[str]:
    """The sidecar's arguments, its bootstrap with these listeners in place of those of a control plane."""
    bootstrap = bootstrap_of(pod)
    assert bootstrap
    del bootstrap["dynamic_resources"]
    bootstrap["static_resources"]["listeners"] += listeners
    args = [text.replace("$(POD_NAME)", "app-0").replace("$(POD_NAMESPACE)", "shop") for text in container["args"]]
    args[args.index("--config-yaml") + 1] = json.dumps(bootstrap)
    return args


def answering_listener(direction: str, port: int, chain_match: dict[str, Any]) -> dict[str, Any]:
    """A listener as a mesh has it on a redirected port; it answers by itself, with its direction."""
    kind = "type.googleapis.com/envoy.extensions.filters"
    router = {"name": "router", "typed_config": {"@type": f"{kind}.http.router.v3.Router"}}
    route = {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": direction}}}
    manager = {
        "@type": f"{kind}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": direction,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [router],
    }
    original_dst = {"@type": f"{kind}.listener.original_dst.v3.OriginalDst"}
    return {
        "name": direction,
        "traffic_direction": "INBOUND" if direction == "ingress" else "OUTBOUND",
        "address": {"socket_address": {"address": "0.0.0.0", "port_value": port}},
        "listener_filters": [{"name": "original_dst", "typed_config": original_dst}],
        "filter_chains": [{"filter_chain_match": chain_match, "filters": [{"name": "http", "typed_config": manager}]}],
    }
