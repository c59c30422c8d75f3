"""API Gateway's own answers, byte for byte (apigateway specification, 3)."""

from dataclasses import dataclass
from typing import Any

from envoy.config.accesslog.v3 import accesslog_pb2
from envoy.config.core.v3 import base_pb2
from envoy.config.route.v3 import route_components_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2


@dataclass(frozen=True)
class GatewayResponse:
    status: int
    body: str
    error_type: str


# Answers given before the integration runs have no space after the colon, later ones have one.
FORBIDDEN = GatewayResponse(403, '{"message":"Forbidden"}', "ForbiddenException")
MISSING_AUTHENTICATION_TOKEN = GatewayResponse(
    403, '{"message":"Missing Authentication Token"}', "MissingAuthenticationTokenException"
)
THROTTLED = GatewayResponse(429, '{"message":"Too Many Requests"}', "TooManyRequestsException")
REQUEST_TOO_LARGE = GatewayResponse(413, '{"message":"Request Too Long"}', "RequestTooLargeException")
INTERNAL_ERROR = GatewayResponse(500, '{"message": "Internal server error"}', "InternalServerErrorException")
INTEGRATION_TIMEOUT = GatewayResponse(504, '{"message": "Endpoint request timed out"}', "InternalServerErrorException")
INTEGRATION_FAILURE = GatewayResponse(
    504, '{"message": "Network error communicating with endpoint"}', "InternalServerErrorException"
)

_REQUEST_ID = "%REQ(X-REQUEST-ID)%"
# Short base64 with padding on AWS; here the first characters of the request id, so that both lead to one log line.
_EXTENDED_ID = "%REQ(X-REQUEST-ID):15%="
# Which of Envoy's response flags stand for which answer; the first mapper that matches wins. The throttle is known by
# its status instead: the flag of the local rate limit isn't set yet when mappers run. A backend's own 429 is no local
# reply and passes.
_BY_FLAG = (
    (("UT", "SI"), INTEGRATION_TIMEOUT),
    (("UF", "UC", "UH", "UR", "LR", "URX", "UPE", "UO", "NC", "DF"), INTEGRATION_FAILURE),
    (("NR",), FORBIDDEN),
)


def build_header(name: str, value: str, action: str = "OVERWRITE_IF_EXISTS_OR_ADD") -> base_pb2.HeaderValueOption:
    return base_pb2.HeaderValueOption(header={"key": name, "value": value}, append_action=action)


def build_request_id_headers() -> list[base_pb2.HeaderValueOption]:
    """Headers of every answer, from a backend or not."""
    return [build_header("x-amzn-requestid", _REQUEST_ID), build_header("x-amz-apigw-id", _EXTENDED_ID)]


def build_direct_route(match: dict[str, Any], answer: GatewayResponse) -> route_components_pb2.Route:
    """A route that answers by itself."""
    return route_components_pb2.Route(
        match=match,
        direct_response={"status": answer.status, "body": {"inline_string": answer.body}},
        response_headers_to_add=[
            build_header("content-type", "application/json"),
            build_header("x-amzn-errortype", answer.error_type),
        ],
    )


def build_local_replies() -> hcm_pb2.LocalReplyConfig:
    """What Envoy would say for itself, said as API Gateway says it."""
    mappers = [_build_mapper({"response_flag_filter": {"flags": flags}}, answer) for flags, answer in _BY_FLAG]
    mappers += [_build_mapper(_has_status(answer.status), answer) for answer in (THROTTLED, REQUEST_TOO_LARGE)]
    return hcm_pb2.LocalReplyConfig(mappers=mappers)


def _has_status(status: int) -> dict[str, Any]:
    value = {"default_value": status, "runtime_key": f"apigateway.{status}"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _build_mapper(matches: dict[str, Any], answer: GatewayResponse) -> hcm_pb2.ResponseMapper:
    return hcm_pb2.ResponseMapper(
        filter=accesslog_pb2.AccessLogFilter(**matches),
        status_code={"value": answer.status},
        body={"inline_string": answer.body},
        body_format_override={
            "text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"},
            "content_type": "application/json",
        },
        headers_to_add=[*build_request_id_headers(), build_header("x-amzn-errortype", answer.error_type)],
    )
