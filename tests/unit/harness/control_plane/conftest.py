"""An API server and a client of it."""

from tests.unit.kube.conftest import api, client

__all__ = ["api", "client"]
