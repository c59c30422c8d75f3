"""Says what is wrong with a request that moto stumbled over.

moto does not validate requests; it fails with a plain Python error on a missing or mistyped member. Only then is the
request checked against botocore's model, so that a good request pays nothing.
"""

from functools import cache

from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel
from localstack.aws.api import CommonServiceException

from meshrig_localstack.shapes import shape_problems

MALFORMED = (KeyError, IndexError, TypeError, AttributeError, ValueError, StopIteration)
"""What moto raises on requests that the API model forbids."""


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("dynamodb", "service-2"), "dynamodb")


def explain_malformed(operation: str, request: object, failure: Exception) -> CommonServiceException:
    """ValidationException (400) naming every violation of the API model, or InternalServerError (500) for none."""
    try:
        shape = _model().operation_model(operation).input_shape
    except OperationNotFoundError:
        return CommonServiceException("UnknownOperationException", f"No operation {operation}", 400, sender_fault=True)
    problems = list(shape_problems(shape, request)) if shape is not None else []
    if not problems:
        text = f"moto's DynamoDB failed on {operation}: {type(failure).__name__}: {failure}"
        return CommonServiceException("InternalServerError", text, 500)
    noun = "error" if len(problems) == 1 else "errors"
    text = f"{len(problems)} validation {noun} detected: {'; '.join(problems)}"
    return CommonServiceException("ValidationException", text, 400, sender_fault=True)
