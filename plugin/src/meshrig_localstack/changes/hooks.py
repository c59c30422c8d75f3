"""LocalStack lifecycle hooks of the change feed."""

from functools import cache

from localstack.aws.handlers import run_custom_response_handlers
from localstack.runtime import hooks
from localstack.services.edge import ROUTER

from meshrig_localstack.changes.feed import ChangeFeed
from meshrig_localstack.changes.gateway import CHANGES_PATH, INFO_PATH, ChangeRecorder, FeedEndpoints


@cache
def change_feed() -> ChangeFeed:
    """The feed of this LocalStack run."""
    return ChangeFeed()


@hooks.on_infra_start()
def start_change_feed() -> None:
    """Records changes and serves them to readers."""
    feed = change_feed()
    endpoints = FeedEndpoints(feed)
    run_custom_response_handlers.append(ChangeRecorder(feed))
    ROUTER.add(CHANGES_PATH, endpoints.changes, methods=["GET"])
    ROUTER.add(INFO_PATH, endpoints.info, methods=["GET"])


@hooks.on_infra_shutdown()
def stop_change_feed() -> None:
    """Lets waiting readers go, so that they do not hold up the shutdown."""
    change_feed().close()
