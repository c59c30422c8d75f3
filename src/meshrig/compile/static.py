"""A ``ProxyConfig`` as text: for reading, golden files, and Envoys that run without a control plane."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from google.protobuf import json_format
from google.protobuf.message import Message

from meshrig.model.plan import CertificateRequest, ProxyConfig

Document = dict[str, Any]


@dataclass(frozen=True)
class SecretPem:
    """What an SDS secret holds; ``trusted_ca`` alone for a trust bundle."""

    certificate_chain: str = ""
    private_key: str = ""
    trusted_ca: str = ""


def to_yaml(config: ProxyConfig) -> str:
    """Every resource of the configuration in Envoy's own field names, in name order."""
    document = {
        "node_id": config.node_id,
        "listeners": _documents(config.listeners),
        "routes": _documents(config.routes),
        "scopes": _documents(config.scopes),
        "clusters": _documents(config.clusters),
        "endpoints": _documents(config.endpoints),
        "secrets": [_request(secret) for secret in config.secrets],
        "warnings": list(config.warnings),
    }
    filled = {key: value for key, value in document.items() if value}
    return yaml.safe_dump(filled, sort_keys=False, width=120)


def to_static_bootstrap(config: ProxyConfig, secrets: Mapping[str, SecretPem], admin_socket: str = "") -> str:
    """A bootstrap (JSON) that holds everything: routes inline, endpoints in their clusters, secrets as text.

    JSON, because Envoy reads YAML 1.1, where a bare ``n`` or ``no`` is a boolean.
    ``secrets`` is keyed by secret name and must hold each of ``config.secrets``.
    """
    resources = {
        "listeners": [_inline(config, document) for document in _documents(config.listeners)],
        "clusters": [_inline(config, document) for document in _documents(config.clusters)],
        "secrets": [_secret(request, secrets[request.secret_name]) for request in config.secrets],
    }
    document = {
        "node": {"id": config.node_id, "cluster": config.node_id},
        "static_resources": resources,
    }
    if admin_socket:
        document["admin"] = {"address": {"pipe": {"path": admin_socket}}}
    return json.dumps(document, indent=2)


def _documents(messages: Mapping[str, Message]) -> list[Document]:
    return [_document(message) for message in messages.values()]


def _request(secret: CertificateRequest) -> Document:
    if secret.trust:
        return {"name": secret.secret_name, "identity": secret.identity, "trust": True}
    return {
        "name": secret.secret_name,
        "identity": secret.identity,
        "dns_sans": list(secret.dns_sans),
        "uri_sans": list(secret.uri_sans),
    }


def _inline(config: ProxyConfig, value: Any) -> Any:
    """The value with every reference to the control plane replaced by what it would have served."""
    if isinstance(value, list):
        return [_inline(config, item) for item in value]
    if not isinstance(value, dict):
        return value
    inlined = {key: _inline(config, item) for key, item in value.items() if key not in ("rds", "sds_config")}
    if "rds" in value:
        inlined["route_config"] = _document(config.routes[value["rds"]["route_config_name"]])
    if value.get("type") == "EDS":
        del inlined["eds_cluster_config"]
        inlined["type"] = "STATIC"
        inlined["load_assignment"] = _document(config.endpoints[value["name"]])
    if "scoped_rds" in value:
        del inlined["scoped_rds"]
        scopes = [_inline_scope(config, _document(scope)) for scope in config.scopes.values()]
        inlined["scoped_route_configurations_list"] = {"scoped_route_configurations": scopes}
        del inlined["rds_config_source"]
    return inlined


def _inline_scope(config: ProxyConfig, scope: Document) -> Document:
    route = scope.pop("route_configuration_name")
    return {**scope, "route_configuration": _document(config.routes[route])}


def _document(message: Message) -> Document:
    """Through JSON text, since ``Any`` otherwise comes out as an ordered mapping that YAML spells differently."""
    document: Document = json.loads(json_format.MessageToJson(message, preserving_proto_field_name=True))
    return document


def _secret(request: CertificateRequest, pem: SecretPem) -> Document:
    if request.trust:
        context = {"trusted_ca": {"inline_string": pem.trusted_ca}}
        return {"name": request.secret_name, "validation_context": context}
    certificate = {
        "certificate_chain": {"inline_string": pem.certificate_chain},
        "private_key": {"inline_string": pem.private_key},
    }
    return {"name": request.secret_name, "tls_certificate": certificate}
