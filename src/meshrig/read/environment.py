"""The environment of a container, resolved as a kubelet does."""

import re
from collections.abc import Mapping

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import did_you_mean
from meshrig.model.kubernetes import Container, EnvFrom, EnvVar, ManifestSet

_REFERENCE = re.compile(r"\$\$|\$\(([^()$]*)\)")


def resolve_env(
    container: Container, namespace: str, pod_fields: Mapping[str, str], manifests: ManifestSet
) -> dict[str, str]:
    """``envFrom`` first, then ``env``, whose values may name earlier ones as ``$(NAME)``.

    ``pod_fields``: values of the downward API by field path. What is optional and absent is left out. Raises
    InvalidInputError with everything absent that isn't optional.
    """
    objects = _Objects(
        {c.name: c.data for c in manifests.config_maps if c.namespace == namespace},
        {s.name: s.data for s in manifests.secrets if s.namespace == namespace},
    )
    problems: list[Problem] = []
    resolved: dict[str, str] = {}
    for source in container.env_from:
        data = objects.data(source, problems)
        resolved |= {f"{source.prefix}{key}": value for key, value in data.items()}
    for variable in container.env:
        value = _value(variable, objects, pod_fields, resolved, problems)
        if value is not None:
            resolved[variable.name] = value
    if problems:
        raise InvalidInputError(problems)
    return resolved


class _Objects:
    """The ConfigMaps and Secrets of one namespace, by name."""

    def __init__(self, config_maps: Mapping[str, Mapping[str, str]], secrets: Mapping[str, Mapping[str, str]]) -> None:
        self._config_maps = config_maps
        self._secrets = secrets

    def data(self, source: EnvFrom | EnvVar, problems: list[Problem]) -> Mapping[str, str]:
        """All that the named object holds; nothing where it is absent."""
        kind, name = ("ConfigMap", source.config_map) if source.config_map else ("Secret", source.secret)
        known = self._config_maps if source.config_map else self._secrets
        if name not in known and not source.optional:
            problems.append(Problem(f"{kind} {name} is not defined", source.origin, did_you_mean(name, known)))
        return known.get(name, {})


def _value(
    variable: EnvVar,
    objects: _Objects,
    pod_fields: Mapping[str, str],
    resolved: Mapping[str, str],
    problems: list[Problem],
) -> str | None:
    if variable.field_path:
        # A label or annotation the pod doesn't have is empty, as in a cluster.
        if variable.field_path not in pod_fields and "[" not in variable.field_path:
            problems.append(_absent(f"field {variable.field_path}", variable.origin, pod_fields))
        return pod_fields.get(variable.field_path, "")
    if not (variable.config_map or variable.secret):
        return _expand(variable.value, resolved)
    before = len(problems)
    data = objects.data(variable, problems)
    if variable.key not in data and not variable.optional and len(problems) == before:
        name = variable.config_map or variable.secret
        problems.append(_absent(f"key {variable.key} of {name}", variable.origin, data))
    return data.get(variable.key)


def _absent(what: str, origin: Origin, known: Mapping[str, str]) -> Problem:
    return Problem(f"{what} is not defined", origin, did_you_mean(what.split()[1], known))


def _expand(text: str, known: Mapping[str, str]) -> str:
    """``$(NAME)`` of an unknown name stays as it is; ``$$`` is a dollar."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return known.get(match[1], match[0])

    return _REFERENCE.sub(value, text)
