"""LocalStack lifecycle hooks of App Mesh."""

from localstack.runtime import hooks

from meshrig_localstack.appmesh.provider import register_parse_errors


@hooks.on_infra_start()
def start_appmesh() -> None:
    """Makes App Mesh answer unreadable requests as AWS does."""
    register_parse_errors()
