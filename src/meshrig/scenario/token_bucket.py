"""The model that API Gateway's throttle is compared with: one token a request, refilled evenly, full at first.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Iterable

# A token less a rounding error is a token: 100 refills of a hundredth must make one.
_ROUNDING = 1e-6


def count_admitted(arrivals: Iterable[float], rate: float, burst: int) -> int:
    """How many requests at those times (seconds, ascending) a bucket admits that is full at the first of them.

    ``rate``: tokens added a second; ``burst``: the most it holds. Never more than burst + rate * t in t seconds.
    """
    tokens, last, passed = float(burst), None, 0
    for now in arrivals:
        if last is not None:
            tokens = min(float(burst), tokens + rate * (now - last))
        last = now
        if tokens >= 1 - _ROUNDING:
            tokens = max(0.0, tokens - 1)
            passed += 1
    return passed
