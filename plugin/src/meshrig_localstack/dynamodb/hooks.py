"""LocalStack lifecycle hooks of DynamoDB."""

import logging
import os

from localstack import config
from localstack.runtime import hooks

from meshrig_localstack.dynamodb.listener import DynamoDbListener
from meshrig_localstack.settings import BadSettingError, listen_address

LOG = logging.getLogger(__name__)

PROVIDER = "moto"
LISTEN_VARIABLE = "MESHRIG_DYNAMODB_LISTEN"

_running: list[DynamoDbListener] = []


@hooks.on_infra_start()
def start_dynamodb() -> None:
    """With PROVIDER_OVERRIDE_DYNAMODB=moto: takes streams from moto too, and starts the listener where asked for."""
    providers = config.SERVICE_PROVIDER_CONFIG
    uses_moto = providers.get_provider("dynamodb") == PROVIDER
    if uses_moto:
        providers.set_provider_if_not_exists("dynamodbstreams", PROVIDER)
    address = listen_address(os.environ, LISTEN_VARIABLE, "127.0.0.1:4569")
    if address is None:
        return
    if not uses_moto:
        raise BadSettingError(f"{LISTEN_VARIABLE} serves moto's tables: set PROVIDER_OVERRIDE_DYNAMODB={PROVIDER} too")
    try:
        listener = DynamoDbListener(address.host, address.port)
    except OSError as problem:
        raise BadSettingError(f"{LISTEN_VARIABLE}={address.host}:{address.port}: {problem}") from problem
    listener.start()
    _running.append(listener)
    LOG.info("DynamoDB listens on %s:%d", *listener.address)


@hooks.on_infra_shutdown()
def stop_dynamodb() -> None:
    """Stops the listener."""
    while _running:
        _running.pop().stop()
