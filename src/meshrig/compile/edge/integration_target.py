"""Where an integration's requests go: host, port, path and the cluster behind them (specification, 6.1, 6.2, 6.8)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from meshrig.compile.edge.resource_path import ResourcePattern
from meshrig.model.apigateway import DeployedApi, Integration, Method

_DEFAULT_PORTS = {"http": 80, "https": 443}
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
_PATH_VARIABLE = re.compile(r"\{([A-Za-z0-9._$-]+)\+?\}")
_PATH_SOURCE = "method.request.path."
_PATH_TARGET = "integration.request.path."


class UnservableError(ValueError):
    """Why an integration can't be served; the method then answers 500, as API Gateway does when misconfigured."""


@dataclass(frozen=True)
class IntegrationTarget:
    """``substitution`` is the backend's path in Envoy's ``\\1`` notation; ``link`` is empty for INTERNET."""

    host: str
    port: int
    tls: bool
    substitution: str
    link: str

    @property
    def authority(self) -> str:
        usual = self.port == _DEFAULT_PORTS["https" if self.tls else "http"]
        return self.host if usual else f"{self.host}:{self.port}"

    @property
    def cluster(self) -> str:
        """One cluster per link and port; TLS adds the host, since its certificate is checked against it."""
        place = f"vpclink_{self.link}" if self.link else f"internet_{self.host}"
        secured = f"_tls_{self.host}" if self.tls else ""
        return f"apigateway_{place}_{self.port}{secured}"


def read_target(
    api: DeployedApi, method: Method, integration: Integration, pattern: ResourcePattern
) -> IntegrationTarget:
    """Raises ``UnservableError`` naming what stands in the way."""
    uri = _with_stage_variables(integration.uri, api.stage.variables)
    parts = urlsplit(uri)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise UnservableError(f"integration URI {integration.uri!r} is not an HTTP URL with a host")
    if parts.query:
        raise UnservableError("a query in the integration URI is not supported")
    if "{" in parts.netloc:
        raise UnservableError("a path variable in the host of the integration URI is not supported")
    link = _with_stage_variables(integration.connection_id, api.stage.variables)
    return IntegrationTarget(
        host=parts.hostname,
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        tls=parts.scheme == "https",
        substitution=_substitution(parts.path or "/", method, integration, pattern),
        link=link if integration.connection_type == "VPC_LINK" else "",
    )


def unmapped_parameters(integration: Integration) -> list[str]:
    """Mappings other than of path variables, which the edge doesn't apply."""
    return sorted(target for target in integration.request_parameters if not target.startswith(_PATH_TARGET))


def _with_stage_variables(text: str, variables: Mapping[str, str]) -> str:
    """An unset variable renders empty."""
    return _STAGE_VARIABLE.sub(lambda found: variables.get(found[1], ""), text)


def _substitution(path: str, method: Method, integration: Integration, pattern: ResourcePattern) -> str:
    pieces: list[str] = []
    end = 0
    for found in _PATH_VARIABLE.finditer(path):
        pieces += [_literal(path[end : found.start()]), _resolve(found[1], method, integration, pattern)]
        end = found.end()
    return "".join([*pieces, _literal(path[end:])])


def _resolve(name: str, method: Method, integration: Integration, pattern: ResourcePattern) -> str:
    source = integration.request_parameters.get(_PATH_TARGET + name)
    if source is None:
        raise UnservableError(f"nothing maps {{{name}}} of the integration URI (add {_PATH_TARGET}{name})")
    if source.startswith("'") and source.endswith("'"):
        return _literal(source[1:-1])
    parameter = source.removeprefix(_PATH_SOURCE)
    if parameter == source or parameter not in pattern.captures:
        raise UnservableError(f"{_PATH_TARGET}{name} from {source!r} is not supported for {method.resource_path}")
    return f"\\{pattern.captures[parameter]}"


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\")
