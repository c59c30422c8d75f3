"""Configuration, from environment variables only. All problems are reported at once, at start."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_THREADS = 16


class ConfigurationError(Exception):
    """Environment variables the service cannot start with; the message lists each one and what it should be."""


@dataclass(frozen=True)
class TableSettings:
    """Where the service's table is. Times in seconds; `connections` is the size of the client's pool."""

    name: str
    region: str
    connections: int = DEFAULT_THREADS
    connect_timeout_seconds: float = 1.0
    read_timeout_seconds: float = 3.0


class Environment:
    """Reads variables, collecting what is wrong with them until `finish`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._problems: list[str] = []

    def finish(self) -> None:
        """Raise ConfigurationError if any variable read so far was wrong."""
        if self._problems:
            raise ConfigurationError("cannot start: " + "; ".join(self._problems))

    def text(self, name: str, default: str) -> str:
        return self._variables.get(name) or default

    def flag(self, name: str) -> bool:
        """True for "true", False for "false" or nothing."""
        value = self._variables.get(name, "").lower()
        if value not in ("", "true", "false"):
            self._problems.append(f'{name} must be "true" or "false", not {value!r}')
        return value == "true"

    def positive(self, name: str, default: float) -> float:
        value = self._variables.get(name, "")
        try:
            number = float(value) if value else default
        except ValueError:
            number = 0.0
        if not 0 < number < float("inf"):
            self._problems.append(f"{name} must be a number above 0, not {value!r}")
        return number

    def http_url(self, name: str, default: str) -> str:
        """An absolute http(s) URL without its trailing slash."""
        value = self.text(name, default)
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            self._problems.append(f"{name} must be an http:// or https:// URL with a host, not {value!r}")
        return value.rstrip("/")

    def table(self, name_variable: str, default_name: str) -> TableSettings:
        """The table named by `name_variable`, in AWS_REGION or AWS_DEFAULT_REGION (botocore reads only the latter)."""
        region = self._variables.get("AWS_REGION") or self._variables.get("AWS_DEFAULT_REGION") or ""
        if not region:
            self._problems.append("AWS_REGION or AWS_DEFAULT_REGION must name the region of the table")
        threads = int(self.positive("THREADS", DEFAULT_THREADS))
        return TableSettings(self.text(name_variable, default_name), region, connections=threads)
