"""Take every change of the AWS APIs as it comes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from botocore.exceptions import BotoCoreError

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.read.aws.changes import ChangeFeed

log = logging.getLogger("meshrig.follow")
_IDLE_SECONDS = 0.2
_RETRY_SECONDS = 2.0


async def follow_changes(
    endpoint: Callable[[], str | None], take: Callable[[], Awaitable[None]], retry_seconds: float = _RETRY_SECONDS
) -> None:
    """Call ``take`` whenever there may be something new, for as long as the task lives.

    ``endpoint`` gives the AWS endpoint, or None while there is nothing to follow. What ``take`` raises is reported,
    and the last good configuration stays.
    """
    feed: ChangeFeed | None = None
    missed, told = False, ""
    while True:
        url = endpoint()
        if url is None:
            await asyncio.sleep(_IDLE_SECONDS)
            continue
        if feed is None or feed.endpoint != url:
            feed = ChangeFeed(url)
        try:
            # What could not be taken is tried again at once: the feed has told of it and won't do so twice.
            if not missed:
                await feed.wait()
            missed = True
            await take()
            missed, told = False, ""
            continue
        except InvalidInputError as error:
            log.error("a change was not taken, the last good configuration stays: %s", error.message)
            missed = False
            continue
        except MeshrigError as error:
            if error.message != told:
                told = error.message
                log.error("a change could not be read, the last good configuration stays: %s", told)
        except (OSError, TimeoutError, BotoCoreError) as error:
            log.info("the change feed is away: %s", error)
        except Exception:
            log.exception("following changes failed")
        await asyncio.sleep(retry_seconds)
