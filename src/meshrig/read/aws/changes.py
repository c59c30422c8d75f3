"""Learn that something changed in the AWS APIs: the plugin's change feed, or the clock where there is none."""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

_POLL_SECONDS = 2.0
_WAIT_SECONDS = 30.0
_SETTLE_SECONDS = 0.05


@dataclass(frozen=True)
class Changes:
    """What happened since the last time.

    ``services`` whose state changed (botocore's names); None where that isn't known and all may have changed: the
    first answer, a restarted endpoint, a feed that dropped old changes, an endpoint without a feed.
    """

    services: frozenset[str] | None = None

    @property
    def any(self) -> bool:
        """Whether there may be something new."""
        return self.services is None or bool(self.services)


@dataclass(frozen=True)
class Pace:
    """Seconds: between polls of an endpoint without a feed, of one long poll, and for a burst to end."""

    poll: float = _POLL_SECONDS
    wait: float = _WAIT_SECONDS
    settle: float = _SETTLE_SECONDS


class ChangeFeed:
    """Follows ``GET /_meshrig/changes`` of one endpoint."""

    def __init__(self, endpoint: str, pace: Pace | None = None) -> None:
        self.endpoint = endpoint
        self._pace = pace or Pace()
        self._revision = 0
        self._instance = ""

    async def wait(self) -> Changes:
        """Return once there may be something new, or nothing came for a while (then ``any`` is false).

        Raises OSError or TimeoutError when the endpoint is away or answers what no feed would.
        """
        try:
            answer = await self._ask()
        except aiohttp.ClientResponseError as error:
            if error.status != 404:
                raise OSError(f"{self.endpoint} answered {error.status}") from error
            await asyncio.sleep(self._pace.poll)
            return Changes()
        except aiohttp.ClientError as error:
            raise OSError(str(error)) from error
        try:
            changes = self._take(answer)
        except (KeyError, TypeError, ValueError) as error:
            raise OSError(f"{self.endpoint} sent no changes that make sense: {error}") from error
        if changes.any:
            # Changes come in bursts (a stack update): one reading for the burst.
            await asyncio.sleep(self._pace.settle)
        return changes

    def _take(self, answer: dict[str, Any]) -> Changes:
        revision, instance = int(answer["revision"]), str(answer["instance"])
        known = instance == self._instance and revision >= self._revision and not answer.get("truncated")
        services = frozenset(str(change["service"]) for change in answer["changes"])
        self._revision, self._instance = revision, instance
        return Changes(services if known else None)

    async def _ask(self) -> dict[str, Any]:
        parameters = {"since": str(self._revision), "instance": self._instance, "timeout": f"{self._pace.wait:g}"}
        timeout = aiohttp.ClientTimeout(total=self._pace.wait + 10)
        async with (
            aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session,
            session.get(f"{self.endpoint}/_meshrig/changes", params=parameters) as response,
        ):
            content: dict[str, Any] = await response.json()
            return content
