"""botocore's model of App Mesh: the source of every operation name, shape and constraint used here."""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

API_VERSION = "2019-01-25"

JsonObject = dict[str, Any]
"""A parsed JSON object of the API: a request, an answer, or a resource's spec."""


@cache
def appmesh_model() -> ServiceModel:
    """The service model that ships with botocore (no network, no LocalStack needed)."""
    return ServiceModel(Loader().load_service_model("appmesh", "service-2", API_VERSION), "appmesh")


@cache
def operation_model(operation: str) -> OperationModel:
    """The model of one operation, e.g. ``CreateRoute``; botocore's OperationNotFoundError for another name."""
    return appmesh_model().operation_model(operation)
