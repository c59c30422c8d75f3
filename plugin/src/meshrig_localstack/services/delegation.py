"""Builds a LocalStack service whose operations are answered by moto, except those a provider object of ours handles."""

from localstack.aws.api.core import RequestContext, ServiceRequest, ServiceRequestHandler, ServiceResponse
from localstack.aws.skeleton import DispatchTable, create_dispatch_table
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service


def moto_service(name: str, overrides: object | None = None) -> Service:
    """The service ``name`` (botocore's spelling). ``overrides`` may define ``@handler`` methods, which win over moto.

    An operation neither of the two knows answers 501, as every unknown operation of LocalStack does.
    """
    table: DispatchTable = dict.fromkeys(load_service(name).operation_names, _forward)
    if overrides is not None:
        table.update(create_dispatch_table(overrides))
    return Service.for_provider(_NamedProvider(name), dispatch_table_factory=lambda _provider: table)


class _NamedProvider:
    """What ``Service.for_provider`` wants to know of a provider: the name of its service."""

    def __init__(self, service: str) -> None:
        self.service = service


def _answer(context: RequestContext, _request: ServiceRequest) -> ServiceResponse:
    return call_moto(context)


_forward: ServiceRequestHandler = _answer
