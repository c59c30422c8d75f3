"""Calls moto's DynamoDB: one call at a time, so that conditional writes and transactions are atomic.

moto reads, checks and writes in separate steps of plain Python. One lock for all tables costs nothing that the
interpreter lock would not take anyway, and a transaction may span tables.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localstack.aws.api import CommonServiceException
from moto.dynamodb.responses import DynamoHandler

from meshrig_localstack.dynamodb.malformed import MALFORMED, explain_malformed
from meshrig_localstack.dynamodb.transactions import affordable_rollback

CONTENT_TYPE = "application/x-amz-json-1.0"
TRANSACTION = "TransactWriteItems"
TARGET_PREFIX = "DynamoDB_20120810."

_REPLACED_HEADERS = ("content-type", "status")

dynamodb_lock = threading.RLock()
"""Held during every call into moto's DynamoDB, by the gateway's provider and by the listener: see ``exclusive``."""


@contextmanager
def exclusive(operation: str, account: str, region: str, request: str | Mapping[str, Any]) -> Iterator[None]:
    """The DynamoDB lock, for one call; ``request`` is the call's JSON, as text or parsed."""
    with dynamodb_lock:
        if operation == TRANSACTION:
            parsed = json.loads(request) if isinstance(request, str) else request
            with affordable_rollback(account, region, parsed):
                yield
        else:
            yield


@dataclass(frozen=True)
class DynamoDbCall:
    """One request of the JSON 1.0 protocol, ``body`` being its JSON text."""

    operation: str
    account: str
    region: str
    body: str


@dataclass(frozen=True)
class DynamoDbAnswer:
    """One answer; ``body`` is JSON text."""

    status: int
    headers: Mapping[str, str]
    body: str


def call_dynamodb(call: DynamoDbCall) -> DynamoDbAnswer:
    """The answer to a call, errors of the service included.

    Raises CommonServiceException for a request that moto cannot take: malformed, or of an operation moto lacks.
    """
    handler = _handler(call)
    try:
        with exclusive(call.operation, call.account, call.region, call.body):
            status, headers, body = handler.call_action()
    except NotImplementedError as problem:
        raise CommonServiceException("UnknownOperationException", str(problem), 400, sender_fault=True) from problem
    except MALFORMED as problem:
        raise explain_malformed(call.operation, json.loads(call.body), problem) from problem
    text = body if isinstance(body, str) else bytes(body).decode()
    kept = {name: str(value) for name, value in headers.items() if name.lower() not in _REPLACED_HEADERS}
    return DynamoDbAnswer(int(status), {**kept, "Content-Type": CONTENT_TYPE}, text)


def _handler(call: DynamoDbCall) -> DynamoHandler:
    """A moto handler prepared for one call, without the HTTP request that moto would take this from."""
    handler = DynamoHandler()
    handler.headers = {"X-Amz-Target": TARGET_PREFIX + call.operation, "Content-Type": CONTENT_TYPE}
    handler.body = call.body
    handler.region = call.region
    handler.current_account = call.account
    handler.response_headers = {}
    handler.data = handler.querystring = {}
    return handler
