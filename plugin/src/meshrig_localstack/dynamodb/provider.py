"""LocalStack providers ``dynamodb:moto`` and ``dynamodbstreams:moto``, chosen by PROVIDER_OVERRIDE_DYNAMODB=moto."""

from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.skeleton import DispatchTable
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, aws_provider
from localstack.state import StateVisitor
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodbstreams.models import dynamodbstreams_backends

from meshrig_localstack.dynamodb.backend import exclusive
from meshrig_localstack.dynamodb.malformed import MALFORMED, explain_malformed


class MotoProvider:
    """A service whose every operation is moto's, behind the DynamoDB lock."""

    def __init__(self, service: str, backends: object) -> None:
        self.service = service
        self._backends = backends

    def dispatch_table(self) -> DispatchTable:
        """One handler per operation of the service."""
        return dict.fromkeys(load_service(self.service).operation_names, _answer)

    def accept_state_visitor(self, visitor: StateVisitor) -> None:
        """Lets LocalStack reset and save the state."""
        visitor.visit(self._backends)


def _answer(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    try:
        with exclusive(context.operation.name, context.account_id, context.region, request):
            answer: dict[str, Any] = call_moto(context)
    except NotImplementedError:
        raise
    except MALFORMED as problem:
        raise explain_malformed(context.operation.name, request, problem) from problem
    return answer


@aws_provider(api="dynamodb", name="moto")
def dynamodb_moto() -> Service:
    """DynamoDB from moto."""
    provider = MotoProvider("dynamodb", dynamodb_backends)
    return Service.for_provider(provider, dispatch_table_factory=lambda each: each.dispatch_table())


@aws_provider(api="dynamodbstreams", name="moto")
def dynamodbstreams_moto() -> Service:
    """DynamoDB Streams from moto, of the tables of ``dynamodb_moto``."""
    provider = MotoProvider("dynamodbstreams", dynamodbstreams_backends)
    return Service.for_provider(provider, dispatch_table_factory=lambda each: each.dispatch_table())
