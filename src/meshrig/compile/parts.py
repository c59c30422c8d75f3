"""Pieces of a ``ProxyConfig`` as the parts of a compiler return them."""

from collections.abc import Iterable
from dataclasses import dataclass

from google.protobuf.message import Message

from meshrig.model.plan import CertificateRequest, ProxyConfig


@dataclass(frozen=True)
class Parts:
    """Envoy resources of one concern; each carries its own name."""

    listeners: tuple[Message, ...] = ()
    routes: tuple[Message, ...] = ()
    clusters: tuple[Message, ...] = ()
    endpoints: tuple[Message, ...] = ()
    scopes: tuple[Message, ...] = ()
    secrets: tuple[CertificateRequest, ...] = ()
    warnings: tuple[str, ...] = ()


def assemble(node_id: str, parts: Iterable[Parts]) -> ProxyConfig:
    """One configuration, every collection in name order and each secret once."""
    listed = list(parts)
    return ProxyConfig(
        node_id=node_id,
        listeners=_by_name(message for part in listed for message in part.listeners),
        routes=_by_name(message for part in listed for message in part.routes),
        clusters=_by_name(message for part in listed for message in part.clusters),
        endpoints=_by_name(message for part in listed for message in part.endpoints),
        scopes=_by_name(message for part in listed for message in part.scopes),
        secrets=tuple(sorted({request for part in listed for request in part.secrets}, key=_secret_order)),
        warnings=tuple(dict.fromkeys(warning for part in listed for warning in part.warnings)),
    )


def _by_name(messages: Iterable[Message]) -> dict[str, Message]:
    named = {str(getattr(message, "cluster_name", "") or getattr(message, "name", "")): message for message in messages}
    return dict(sorted(named.items()))


def _secret_order(request: CertificateRequest) -> tuple[str, bool]:
    return request.secret_name, request.trust
