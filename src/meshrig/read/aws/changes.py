"""Learn that something changed in the AWS APIs: the plugin's change feed, or the clock where there is none."""

import asyncio
from typing import Any

import aiohttp

_POLL_SECONDS = 2.0
_WAIT_SECONDS = 30
_SETTLE_SECONDS = 0.05


class ChangeFeed:
    """Follows ``GET /_meshrig/changes`` of one endpoint."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._revision = 0
        self._instance = ""

    async def wait(self) -> None:
        """Return once there may be something new. Raises OSError or TimeoutError when the endpoint is away."""
        try:
            answer = await self._ask()
        except aiohttp.ClientResponseError as error:
            if error.status != 404:
                raise OSError(f"{self.endpoint} answered {error.status}") from error
            await asyncio.sleep(_POLL_SECONDS)
            return
        except aiohttp.ClientError as error:
            raise OSError(str(error)) from error
        self._revision, self._instance = int(answer["revision"]), str(answer["instance"])
        # Changes come in bursts (a stack update): one reading for the burst.
        await asyncio.sleep(_SETTLE_SECONDS)

    async def _ask(self) -> dict[str, Any]:
        parameters: dict[str, str | int] = {
            "since": self._revision,
            "instance": self._instance,
            "timeout": _WAIT_SECONDS,
        }
        timeout = aiohttp.ClientTimeout(total=_WAIT_SECONDS + 10)
        async with (
            aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session,
            session.get(f"{self.endpoint}/_meshrig/changes", params=parameters) as response,
        ):
            content: dict[str, Any] = await response.json()
            return content
