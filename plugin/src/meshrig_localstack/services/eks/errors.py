"""The errors of the EKS API, with AWS's codes and HTTP statuses."""

from localstack.aws.api import CommonServiceException


class ResourceNotFound(CommonServiceException):
    def __init__(self, message: str) -> None:
        super().__init__("ResourceNotFoundException", message, status_code=404, sender_fault=True)


class ResourceInUse(CommonServiceException):
    def __init__(self, message: str) -> None:
        super().__init__("ResourceInUseException", message, status_code=409, sender_fault=True)


class InvalidParameter(CommonServiceException):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterException", message, status_code=400, sender_fault=True)


class InvalidRequest(CommonServiceException):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidRequestException", message, status_code=400, sender_fault=True)
