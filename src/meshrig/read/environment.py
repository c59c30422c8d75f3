"""The environment of a container, resolved as a kubelet does."""

import re
from collections.abc import Mapping

from meshrig.model.kubernetes import Container, ManifestSet

_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


def resolve_env(
    container: Container, namespace: str, pod_fields: Mapping[str, str], manifests: ManifestSet
) -> dict[str, str]:
    """``envFrom`` first, then ``env``, whose values may name earlier ones as ``$(NAME)``.

    References were checked when the manifests were read; what is optional and absent is left out.
    """
    maps = {c.name: c.data for c in manifests.config_maps if c.namespace == namespace}
    secrets = {s.name: s.data for s in manifests.secrets if s.namespace == namespace}
    resolved: dict[str, str] = {}
    for source in container.env_from:
        data = maps.get(source.config_map) or secrets.get(source.secret) or {}
        resolved |= {f"{source.prefix}{key}": value for key, value in data.items()}
    for variable in container.env:
        if variable.field_path:
            # A label or annotation that the pod doesn't have is empty, as in a cluster.
            value = pod_fields.get(variable.field_path, "" if "[" in variable.field_path else None)
        elif variable.config_map or variable.secret:
            data = maps.get(variable.config_map) or secrets.get(variable.secret) or {}
            value = data.get(variable.key)
        else:
            value = _expand(variable.value, resolved)
        if value is not None:
            resolved[variable.name] = value
    return resolved


def _expand(text: str, known: Mapping[str, str]) -> str:
    """``$(NAME)`` of an unknown name stays as it is; ``$$`` is a dollar."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return known.get(match[1], match[0])

    return _REFERENCE.sub(value, text)
