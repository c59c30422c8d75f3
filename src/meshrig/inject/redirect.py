"""Redirect a pod's TCP connections to its Envoy: iptables rules, and the init container that applies them."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from meshrig.inject.identity import SIDECAR_UID
from meshrig.inject.objects import REDIRECT_CONTAINER, Document
from meshrig.inject.options import SidecarOptions
from meshrig.names import PROBE_PORT

INBOUND_PORT = 15000
OUTBOUND_PORT = 15001
_SSH = 22
_COMMAND = "/usr/local/bin/meshrig-redirect"
# App Mesh's chains were named APPMESH_*; these rules differ, so does the name.
_INBOUND, _OUTBOUND = "MESHRIG_INBOUND", "MESHRIG_OUTBOUND"


@dataclass(frozen=True)
class Redirection:
    """``inbound_ports`` None: every port but the probe port. Addresses may be CIDR blocks of either family."""

    inbound_ports: tuple[int, ...] | None
    egress_ignored_ports: tuple[int, ...]
    egress_ignored_ips: tuple[str, ...]
    ignored_uids: tuple[int, ...] = (SIDECAR_UID,)
    ignored_gids: tuple[int, ...] = ()


def plan_redirection(options: SidecarOptions, ports: Iterable[int], addresses: Iterable[str]) -> Redirection:
    """What the pod's annotations and the mesh's settings (``ports``, ``addresses`` not to redirect) come to.

    App Mesh redirected the ports of the application only, so that everything else in the pod was open to anyone;
    here every port goes to Envoy, which closes what is no listener of the virtual node.
    """
    uids = (SIDECAR_UID,) if options.ignored_uid is None else (SIDECAR_UID, options.ignored_uid)
    return Redirection(
        options.inbound_ports,
        tuple(sorted({_SSH, *options.egress_ignored_ports, *ports})),
        tuple(dict.fromkeys((*options.egress_ignored_ips, *addresses))),
        tuple(dict.fromkeys(uids)),
        () if options.ignored_gid is None else (options.ignored_gid,),
    )


def build_rules(redirection: Redirection, version: int) -> str:
    """The nat table of one IP version as iptables-restore reads it (iptables-extensions(8): owner, REDIRECT)."""
    lines = [
        "*nat",
        f":{_INBOUND} - [0:0]",
        f":{_OUTBOUND} - [0:0]",
        f"-A PREROUTING -p tcp -j {_INBOUND}",
        f"-A OUTPUT -p tcp -j {_OUTBOUND}",
        *(f"-A {_INBOUND} {rule}" for rule in _inbound_rules(redirection)),
        *(f"-A {_OUTBOUND} {rule}" for rule in _outbound_rules(redirection, version)),
        "COMMIT",
    ]
    return "\n".join(lines) + "\n"


def _inbound_rules(redirection: Redirection) -> Iterator[str]:
    if redirection.inbound_ports is None:
        yield f"-p tcp --dport {PROBE_PORT} -j RETURN"
        yield f"-p tcp -j REDIRECT --to-ports {INBOUND_PORT}"
        return
    # A connection straight to the egress port would have that port as its destination, for ever.
    for port in (OUTBOUND_PORT, *redirection.inbound_ports):
        yield f"-p tcp --dport {port} -j REDIRECT --to-ports {INBOUND_PORT}"


def _outbound_rules(redirection: Redirection, version: int) -> Iterator[str]:
    """In this order: what stays inside the pod, what is exempt, then everything else."""
    loopback = "127.0.0.0/8" if version == 4 else "::1/128"
    # Dialling the egress port itself would make Envoy dial itself, for ever; as ingress no filter chain has that port.
    yield f"-o lo -p tcp --dport {OUTBOUND_PORT} -j REDIRECT --to-ports {INBOUND_PORT}"
    # Envoy calling a backend whose endpoint is this very pod must arrive as from outside; the kernel keeps the packet
    # on the loopback interface, where PREROUTING doesn't see it as new.
    yield (f"-o lo ! -d {loopback} -p tcp -m owner --uid-owner {SIDECAR_UID} -j REDIRECT --to-ports {INBOUND_PORT}")
    # The application calling itself at its pod's address or at localhost, and Envoy calling the application.
    yield "-o lo -j RETURN"
    for uid in redirection.ignored_uids:
        yield f"-m owner --uid-owner {uid} -j RETURN"
    for gid in redirection.ignored_gids:
        yield f"-m owner --gid-owner {gid} -j RETURN"
    for port in redirection.egress_ignored_ports:
        yield f"-p tcp --dport {port} -j RETURN"
    for address in redirection.egress_ignored_ips:
        network = ipaddress.ip_network(address, strict=False)
        if network.version == version:
            yield f"-d {network} -j RETURN"
    yield f"-p tcp -j REDIRECT --to-ports {OUTBOUND_PORT}"


def build_redirect_container(redirection: Redirection, image: str) -> Document:
    """Runs before every other container; ``envoy/redirect.sh`` is what it executes."""
    return {
        "name": REDIRECT_CONTAINER,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": [_COMMAND],
        "env": [
            {"name": "MESHRIG_RULES_IPV4", "value": build_rules(redirection, 4)},
            {"name": "MESHRIG_RULES_IPV6", "value": build_rules(redirection, 6)},
        ],
        "resources": {"requests": {"cpu": "10m", "memory": "10Mi"}},
        "securityContext": {
            "runAsUser": 0,
            "runAsGroup": 0,
            "runAsNonRoot": False,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN", "NET_RAW"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
