"""The model that API Gateway's throttle is compared with (specs/apigateway.md 2.1)."""

from collections.abc import Iterable


def admitted(arrivals: Iterable[float], rate: float, burst: int) -> int:
    """How many requests at those times (seconds, ascending) a bucket admits that is full at the first of them."""
    tokens, last, passed = float(burst), None, 0
    for now in arrivals:
        if last is not None:
            tokens = min(float(burst), tokens + rate * (now - last))
        last = now
        # A token less a rounding error is a token.
        if tokens >= 1 - 1e-9:
            tokens -= 1
            passed += 1
    return passed
