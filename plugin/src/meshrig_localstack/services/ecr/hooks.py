"""LocalStack lifecycle hooks of ECR."""

import logging
from typing import TYPE_CHECKING

from localstack.runtime import hooks

from meshrig_localstack.services.ecr.settings import LISTEN_VARIABLE, ecr_settings
from meshrig_localstack.settings import BadSettingError

if TYPE_CHECKING:
    from meshrig_localstack.services.ecr.docker.listener import DockerListener

LOG = logging.getLogger(__name__)

_running: list["DockerListener"] = []


@hooks.on_infra_start()
def start_ecr() -> None:
    """Starts the endpoint for Docker, where one is asked for. Without it moto's ECR is not loaded before it is used."""
    settings = ecr_settings()
    if settings is None:
        return
    from meshrig_localstack.services.ecr.docker.endpoint import DockerEndpoint
    from meshrig_localstack.services.ecr.docker.listener import DockerListener
    from meshrig_localstack.services.ecr.parts import ecr_parts

    parts = ecr_parts()
    assert parts is not None
    host, port = settings.listen.host, settings.listen.port
    try:
        listener = DockerListener(host, port, DockerEndpoint(parts), parts.images.registry)
    except OSError as problem:
        raise BadSettingError(f"{LISTEN_VARIABLE}={host}:{port}: {problem}") from problem
    listener.start()
    _running.append(listener)
    LOG.info("ECR's Docker endpoint listens on %s:%d as %s", *listener.address, settings.host)


@hooks.on_infra_shutdown()
def stop_ecr() -> None:
    """Stops the listener."""
    while _running:
        _running.pop().stop()
