"""The headers that tie one customer request together across API Gateway, the mesh and the logs."""

from flask import request

# API Gateway sends both to its integration; X-Ray (and Envoy's X-Ray tracer) continues a trace from the first.
CORRELATION_HEADERS = ("X-Amzn-Trace-Id", "x-amzn-RequestId")


def correlation_ids() -> dict[str, str]:
    """The correlation headers the request in hand came with, ready to be sent on or logged."""
    headers = request.headers
    return {name: value for name in CORRELATION_HEADERS if (value := headers.get(name)) is not None}
