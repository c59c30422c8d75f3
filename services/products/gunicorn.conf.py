"""gunicorn looks its settings up by name in this file; all services have the same ones."""

from shop_common.server import *  # noqa: F403
