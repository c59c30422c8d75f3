"""What the service demands of a route beyond the API model.

Sources: API reference and user guide (routes), the limits of RE2 that came with Envoy 1.17, and the checks that the
App Mesh controller for Kubernetes makes before it calls the service.
"""

import re
from collections.abc import Iterator

from meshrig_localstack.appmesh.route_specs import ROUTE_PROTOCOLS, RouteView, route_members, route_of
from meshrig_localstack.appmesh.service_model import JsonObject

HTTP_RETRY_EVENTS = ("server-error", "gateway-error", "client-error", "stream-error")
RETRY_EVENT_MEMBERS = ("httpRetryEvents", "tcpRetryEvents", "grpcRetryEvents")
NOT_IN_RE2 = re.compile(r"\(\?(?:[=!>]|<[=!])|\\[1-9]")
"""Look-around, atomic groups and back-references, which Envoy's RE2 refuses."""


def route_problems(spec: JsonObject) -> Iterator[str]:
    """Violations by a RouteSpec that the model accepts."""
    members = route_members(spec)
    if len(members) != 1:
        yield f"spec must have exactly one of {', '.join(ROUTE_PROTOCOLS)}, got: {', '.join(members) or 'none'}"
        return
    view = route_of(spec)
    match_path = f"spec.{view.member}.match"
    yield from _target_problems(view)
    if view.protocol in ("http", "http2"):
        yield from _http_match_problems(view.match, match_path)
    if view.match.get("methodName") and not view.match.get("serviceName"):
        yield f"{match_path}.methodName needs {match_path}.serviceName"
    yield from value_match_problems(view.match, match_path)
    if view.route.get("retryPolicy") is not None:
        yield from _retry_problems(view.route["retryPolicy"], f"spec.{view.member}.retryPolicy")


def _target_problems(view: RouteView) -> Iterator[str]:
    total = sum(target["weight"] for target in view.targets)
    if total > 100:
        yield f"spec.{view.member}.action.weightedTargets: the weights add up to {total}, more than 100"


def _http_match_problems(match: JsonObject, path: str) -> Iterator[str]:
    if (match.get("prefix") is None) == (match.get("path") is None):
        yield f"{path} must have exactly one of prefix, path"
    yield from path_match_problems(match, path)


def path_match_problems(match: JsonObject, path: str) -> Iterator[str]:
    """Violations by ``prefix`` and ``path`` of an HTTP match, of a route or of a gateway route."""
    prefix, path_match = match.get("prefix"), match.get("path")
    if prefix is not None and not prefix.startswith("/"):
        yield f"{path}.prefix must begin with /, got: {prefix!r}"
    if path_match is None:
        return
    given = [name for name in ("exact", "regex") if path_match.get(name) is not None]
    if len(given) != 1:
        yield f"{path}.path must have exactly one of exact, regex"
    if "exact" in given and not path_match["exact"].startswith("/"):
        yield f"{path}.path.exact must begin with /, got: {path_match['exact']!r}"
    if "regex" in given:
        yield from _regex_problems(path_match["regex"], f"{path}.path.regex")


def value_match_problems(match: JsonObject, path: str) -> Iterator[str]:
    """Violations by the header, metadata and regular expression matchers of any route or gateway route."""
    for member in ("headers", "metadata"):
        for index, matcher in enumerate(match.get(member) or [], start=1):
            method = matcher.get("match") or {}
            where = f"{path}.{member}.{index}.member.match"
            bounds = method.get("range")
            if bounds is not None and bounds["end"] <= bounds["start"]:
                yield f"{where}.range: end {bounds['end']} must be greater than start {bounds['start']}"
            if method.get("regex") is not None:
                yield from _regex_problems(method["regex"], f"{where}.regex")


def _regex_problems(pattern: str, path: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as problem:
        yield f"{path} is not a regular expression: {problem}"
        return
    if NOT_IN_RE2.search(pattern):
        yield f"{path} uses look-around or a back-reference, which RE2 does not have: {pattern!r}"


def _retry_problems(policy: JsonObject, path: str) -> Iterator[str]:
    if not any(policy.get(member) for member in RETRY_EVENT_MEMBERS):
        yield f"{path} must have at least one retry event"
    unknown = sorted(set(policy.get("httpRetryEvents") or []) - set(HTTP_RETRY_EVENTS))
    if unknown:
        yield f"{path}.httpRetryEvents must be of {', '.join(HTTP_RETRY_EVENTS)}, got: {', '.join(unknown)}"
