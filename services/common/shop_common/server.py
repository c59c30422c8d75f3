"""gunicorn's settings, the same for the three services; each gunicorn.conf.py takes them from here.

https://docs.gunicorn.org/en/stable/settings.html. Environment: HOST, PORT, WEB_CONCURRENCY (workers), THREADS.
"""

import os

from shop_common.settings import DEFAULT_THREADS

bind = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8080')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
worker_class = "gthread"
threads = int(os.environ.get("THREADS", str(DEFAULT_THREADS)))

# Longer than the hour after which Envoy closes an idle upstream connection (its default idle_timeout): the side that
# sends requests must be the one that closes, or a POST meets a connection that is just going away.
keepalive = 3900
timeout = 30
graceful_timeout = 10

# Measured (PSS of master and worker, idle, Python 3.13): 57 MiB without preloading, 60 MiB with it. Reference counts
# soon copy most of the shared pages, and a master that never imports the application stays at 14 MiB.
preload_app = False

# Requests are logged by the Envoy in front; here only errors are. Everything is one JSON line on stdout.
accesslog = None
errorlog = "-"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "shop_common.logs.JsonFormatter", "service": "gunicorn"}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
    "root": {"level": "WARNING", "handlers": ["stdout"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["stdout"], "propagate": False}},
}

# Its default path is one per home directory, which services without containers would fight for.
control_socket_disable = True
