"""From an HTTP request to a DynamoDB call and its answer, in AWS's shapes. No sockets here."""

import json
import logging
import re
from collections.abc import Mapping
from functools import cache

from boto3.session import Session
from localstack.aws.accounts import get_account_id_from_access_key_id
from localstack.aws.api import CommonServiceException
from localstack.constants import AWS_REGION_US_EAST_1, DEFAULT_AWS_ACCOUNT_ID

from meshrig_localstack.dynamodb.backend import CONTENT_TYPE, TARGET_PREFIX, DynamoDbAnswer, DynamoDbCall, call_dynamodb

LOG = logging.getLogger(__name__)

CREDENTIAL = re.compile(r"Credential=([^/]+)/[^/]+/([^/]+)/")
ERROR_NAMESPACE = "com.amazonaws.dynamodb.v20120810#"


def answer_request(method: str, headers: Mapping[str, str], body: bytes) -> DynamoDbAnswer:
    """The answer to one HTTP request; header names are in lower case. Never raises: every failure is an AWS error."""
    if method in ("GET", "HEAD"):
        return DynamoDbAnswer(200, {"Content-Type": "text/plain"}, "healthy" if method == "GET" else "")
    try:
        return call_dynamodb(read_call(method, headers, body))
    except CommonServiceException as error:
        return error_answer(error)
    except Exception as failure:
        LOG.exception("DynamoDB request %s failed", headers.get("x-amz-target"))
        text = f"{type(failure).__name__}: {failure}"
        return error_answer(CommonServiceException("InternalServerError", text, 500))


def read_call(method: str, headers: Mapping[str, str], body: bytes) -> DynamoDbCall:
    """The call a request makes; CommonServiceException for one that is no DynamoDB call.

    Account and region come from the signature's credential scope, read the way LocalStack's gateway reads it; the
    signature is not verified.
    """
    target = headers.get("x-amz-target", "")
    if method != "POST" or not target.startswith(TARGET_PREFIX):
        raise _refused("UnknownOperationException", f"{method} with X-Amz-Target {target!r} is no DynamoDB operation")
    try:
        text = body.decode() or "{}"
        parsed = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise _refused("SerializationException", f"The request body is not JSON: {problem}") from problem
    if not isinstance(parsed, dict):
        raise _refused("SerializationException", "The request body is not a JSON object")
    account, region = _caller(headers.get("authorization", ""))
    return DynamoDbCall(target.removeprefix(TARGET_PREFIX), account, region, text)


def error_answer(error: CommonServiceException) -> DynamoDbAnswer:
    """An error in the JSON 1.0 protocol's shape."""
    code = error.code if error.code == "SerializationException" else f"{ERROR_NAMESPACE}{error.code}"
    headers = {"Content-Type": CONTENT_TYPE, "x-amzn-ErrorType": error.code}
    return DynamoDbAnswer(error.status_code, headers, json.dumps({"__type": code, "message": error.message}))


def _refused(code: str, message: str) -> CommonServiceException:
    return CommonServiceException(code, message, 400, sender_fault=True)


def _caller(authorization: str) -> tuple[str, str]:
    credential = CREDENTIAL.search(authorization)
    if credential is None:
        return DEFAULT_AWS_ACCOUNT_ID, AWS_REGION_US_EAST_1
    region = credential[2] if credential[2] in _regions() else AWS_REGION_US_EAST_1
    return get_account_id_from_access_key_id(credential[1]), region


@cache
def _regions() -> frozenset[str]:
    return frozenset(Session().get_available_regions("s3", "aws"))
