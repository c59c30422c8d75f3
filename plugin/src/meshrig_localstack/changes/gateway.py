"""Connects the change feed to LocalStack's gateway: records calls, answers readers."""

from datetime import UTC, datetime
from importlib.metadata import version

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.constants import VERSION as LOCALSTACK_VERSION
from localstack.http import Request, Response

from meshrig_localstack.changes.feed import ChangeFeed, TooManyWaitersError
from meshrig_localstack.changes.mutations import SERVICES, is_mutating

CHANGES_PATH = "/_meshrig/changes"
INFO_PATH = "/_meshrig/info"
DEFAULT_TIMEOUT_SECONDS = 30.0
MAX_TIMEOUT_SECONDS = 60.0
DISTRIBUTION = "meshrig-localstack"


class ChangeRecorder:
    """A LocalStack response handler that records every successful mutating call, CloudFormation's own included."""

    def __init__(self, feed: ChangeFeed) -> None:
        self._feed = feed

    def __call__(self, _chain: HandlerChain, context: RequestContext, response: Response) -> None:
        if context.operation is None or context.service_exception is not None or response.status_code >= 400:
            return
        service, operation = context.service, context.operation.name
        uses_rest = str(context.protocol or service.protocol).startswith("rest")
        if is_mutating(service.service_name, operation, context.request.method, uses_rest):
            time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self._feed.record(service.service_name, operation, context.region, context.account_id, time)


class FeedEndpoints:
    """The two HTTP endpoints of the plugin."""

    def __init__(self, feed: ChangeFeed) -> None:
        self._feed = feed

    def changes(self, request: Request) -> Response:
        """``GET /_meshrig/changes?since=&instance=&timeout=``: 400 for a bad parameter, 429 for too many waiters."""
        try:
            since = int(request.args.get("since", "0"))
            timeout = float(request.args.get("timeout", str(DEFAULT_TIMEOUT_SECONDS)))
        except ValueError as problem:
            return _json({"error": f"since must be an integer and timeout a number of seconds: {problem}"}, 400)
        if since < 0 or not 0 <= timeout <= MAX_TIMEOUT_SECONDS:
            limits = f"since must be at least 0, timeout 0 to {MAX_TIMEOUT_SECONDS:.0f} seconds"
            return _json({"error": f"{limits}; got since={since}, timeout={timeout}"}, 400)
        try:
            answer = self._feed.wait(since, request.args.get("instance"), timeout)
        except TooManyWaitersError as problem:
            return _json({"error": f"{problem}; poll again with timeout=0 or later"}, 429)
        return _json(answer.to_json(), 200)

    def info(self, _request: Request) -> Response:
        """``GET /_meshrig/info``: versions, this run's instance, and the services whose changes are recorded."""
        return _json(
            {
                "plugin_version": version(DISTRIBUTION),
                "localstack_version": LOCALSTACK_VERSION,
                "instance": self._feed.instance,
                "services": sorted(SERVICES),
            },
            200,
        )


def _json(body: dict[str, object], status: int) -> Response:
    response = Response(status=status)
    response.set_json(body)
    if status == 429:
        response.headers["Retry-After"] = "1"
    return response
