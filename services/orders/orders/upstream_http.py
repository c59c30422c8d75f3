"""GET and JSON over pooled, kept-alive connections to one upstream."""

from collections.abc import Mapping
from dataclasses import dataclass

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from shop_common.correlation import correlation_ids
from shop_common.errors import ApiError


class UpstreamError(ApiError):
    """502: `upstream` could not be reached, took too long, failed, or answered what its API does not say."""

    def __init__(self, upstream: str, reason: str) -> None:
        message = f"{upstream} could not be asked: {reason}."
        super().__init__(502, "upstream_failed", message, {"upstream": upstream, "reason": reason})


@dataclass(frozen=True)
class JsonAnswer:
    """An HTTP answer; `body` is None when it is not JSON."""

    status: int
    body: object


class UpstreamHttp:
    """One upstream: `name` for messages, `base_url`, and the timeout in seconds for connecting and for each read.

    HTTP_PROXY and NO_PROXY are read once, here: requests would look through the environment at every call.
    """

    def __init__(self, name: str, base_url: str, timeout_seconds: float, connections: int) -> None:
        self.name = name
        self._base_url = base_url
        self._timeout = timeout_seconds
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.proxies = get_environ_proxies(base_url)
        self._session.headers = {"Accept": "application/json"}
        self._session.mount("http://", HTTPAdapter(pool_connections=2, pool_maxsize=connections))

    def get(self, path: str) -> JsonAnswer:
        """What the upstream answers, any status. UpstreamError if nothing.

        A kept-alive connection may be closed under the request; a GET may then be sent once more.
        """
        headers = correlation_ids()
        try:
            try:
                return self._get(path, headers)
            except requests.Timeout:
                raise
            except requests.ConnectionError:
                return self._get(path, headers)
        except requests.Timeout as error:
            raise UpstreamError(self.name, f"no answer within {self._timeout:g} s") from error
        except requests.RequestException as error:
            raise UpstreamError(self.name, "the connection failed") from error

    def _get(self, path: str, headers: Mapping[str, str]) -> JsonAnswer:
        response = self._session.get(
            self._base_url + path, headers=headers, timeout=self._timeout, allow_redirects=False
        )
        try:
            return JsonAnswer(response.status_code, response.json())
        except (requests.JSONDecodeError, RecursionError):
            return JsonAnswer(response.status_code, None)
