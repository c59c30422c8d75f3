"""Plugs the App Mesh API into LocalStack's service seam."""

from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.aws.handlers import modify_service_response
from localstack.aws.protocol.parser import OperationNotFoundParserError, RequestParserError, create_parser
from localstack.aws.protocol.serializer import create_serializer
from localstack.aws.skeleton import DispatchTable
from localstack.http import Response
from localstack.services.plugins import Service, aws_provider
from localstack.state import StateVisitor

from meshrig_localstack.appmesh.api import AppMeshApi, Caller
from meshrig_localstack.appmesh.errors import AppMeshError, SerializationException, UnknownOperationException
from meshrig_localstack.appmesh.resources import appmesh_stores


class AppMeshProvider:
    """The ``appmesh`` service of LocalStack: hands each parsed request to ``AppMeshApi``."""

    service = "appmesh"

    def __init__(self) -> None:
        self._api = AppMeshApi(appmesh_stores)

    def dispatch_table(self) -> DispatchTable:
        """One handler per operation."""
        return dict.fromkeys(self._api.operations, self._answer)

    def accept_state_visitor(self, visitor: StateVisitor) -> None:
        """Lets LocalStack reset and save the state."""
        visitor.visit(appmesh_stores)

    def _answer(self, context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        caller = Caller(context.account_id, context.region)
        return self._api.call(context.operation.name, caller, request)


@aws_provider(api="appmesh")
def appmesh() -> Service:
    """The service plugin; LocalStack loads it at the first App Mesh request."""
    provider = AppMeshProvider()
    return Service.for_provider(provider, dispatch_table_factory=lambda each: each.dispatch_table())


def register_parse_errors() -> None:
    """Answers App Mesh requests that LocalStack cannot parse as AWS does, instead of with its InternalError (500)."""
    modify_service_response.append(AppMeshProvider.service, _answer_parse_error)


def _answer_parse_error(_chain: HandlerChain, context: RequestContext, response: Response) -> None:
    if context.operation is not None or context.service_exception is None:
        return
    error = _parse_error(context)
    if error is None:
        return
    context.service_exception = error
    operation = context.service.operation_model(context.service.operation_names[0])
    serializer = create_serializer(context.service, context.protocol)
    response.update_from(
        serializer.serialize_error_to_response(error, operation, context.request.headers, context.request_id)
    )


def _parse_error(context: RequestContext) -> AppMeshError | None:
    request = context.request
    try:
        create_parser(context.service, context.protocol).parse(request)
    except OperationNotFoundParserError:
        return UnknownOperationException(f"App Mesh has no operation {request.method} {request.path}")
    except RequestParserError as problem:
        return SerializationException(f"The request body cannot be read: {problem}")
    return None
