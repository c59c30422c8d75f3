"""Method throttles as Envoy's local rate limit (apigateway specification, 2 and 11.1)."""

import math
from fractions import Fraction

from envoy.extensions.filters.http.local_ratelimit.v3 import local_rate_limit_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2
from envoy.type.v3 import token_bucket_pb2

from meshrig.compile.wire import milliseconds, named
from meshrig.model.apigateway import Throttle

FILTER_NAME = "envoy.filters.http.local_ratelimit"
_STAT_PREFIX = "apigateway"
# Envoy refuses a shorter one.
_SHORTEST_INTERVAL_MS = 50
_ALL = {"numerator": 100, "denominator": "HUNDRED"}


def blocks_all(throttle: Throttle) -> bool:
    """0 admits nothing; Envoy has no bucket for it, so such a method gets a fixed answer."""
    return throttle.rate == 0 or throttle.burst == 0


def is_unlimited(throttle: Throttle | None) -> bool:
    """None set, or -1, by which tools switch a method's throttle off."""
    return throttle is None or throttle.rate < 0 or throttle.burst < 0


def build_token_bucket(throttle: Throttle) -> token_bucket_pb2.TokenBucket:
    """Exactly ``rate`` tokens per second, whatever fraction: the shortest interval of at least 50 ms that holds a
    whole number of tokens. Envoy refills continuously, so a long interval is as smooth as a short one."""
    rate = Fraction(str(throttle.rate))
    thousands = 1000 * rate.denominator
    step = thousands // math.gcd(rate.numerator, thousands)
    interval = step * math.ceil(_SHORTEST_INTERVAL_MS / step)
    return token_bucket_pb2.TokenBucket(
        max_tokens=throttle.burst,
        tokens_per_fill={"value": int(rate * interval / 1000)},
        fill_interval=milliseconds(interval),
    )


def build_throttle(throttle: Throttle) -> local_rate_limit_pb2.LocalRateLimit:
    """The bucket of one route, shared by all connections."""
    return local_rate_limit_pb2.LocalRateLimit(
        stat_prefix=_STAT_PREFIX,
        token_bucket=build_token_bucket(throttle),
        filter_enabled={"default_value": _ALL},
        filter_enforced={"default_value": _ALL},
    )


def build_throttle_filter() -> hcm_pb2.HttpFilter:
    """The filter itself limits nothing; routes carry the buckets."""
    return hcm_pb2.HttpFilter(**named(FILTER_NAME, local_rate_limit_pb2.LocalRateLimit(stat_prefix=_STAT_PREFIX)))
