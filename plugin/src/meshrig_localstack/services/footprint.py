"""Keeps LocalStack small: two of its libraries hold the same data many times over, or data hardly ever asked for.

Measured on LocalStack 4.14.0 with a stack of 40 resources: botocore's model of EC2 was in memory seven times and its
endpoint table twelve times, once per session, 170 MB together; moto's lists of instance types on offer took 30 MB more.
The index of all services, built at the first request with an empty cache folder, left 320 MB behind.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import moto.utilities.utils as moto_resources
from botocore.loaders import JSONFileLoader
from localstack.aws import spec
from localstack.aws.spec import ServiceCatalogIndex, load_service_index_cache
from localstack.runtime import hooks

OFFERINGS = "../resources/instance_type_offerings/"


@hooks.on_infra_start()
def keep_footprint_small() -> None:
    """To be called before the first client is made and before moto's EC2 is imported."""
    share_models()
    defer_offerings()
    spec.build_service_index_cache = build_index_apart


def build_index_apart(file_path: str) -> ServiceCatalogIndex:
    """Builds the index in a process of its own: it reads the models of all 400 services, which stay in memory."""
    build = "import sys; from localstack.aws.spec import build_service_index_cache as b; b(sys.argv[1])"
    unfinished = f"{file_path}.{os.getpid()}"
    subprocess.run([sys.executable, "-c", build, unfinished], check=True)
    os.replace(unfinished, file_path)
    return load_service_index_cache(file_path)


def share_models() -> None:
    """Lets every botocore loader of the process use one parsed copy of a model. botocore itself never changes them."""
    load: Callable[[JSONFileLoader, str], Any] = JSONFileLoader.load_file
    loader = JSONFileLoader()
    shared = lru_cache(maxsize=None)(lambda path: load(loader, path))
    JSONFileLoader.load_file = lambda _self, path: shared(path)


def defer_offerings() -> None:
    """Makes moto read an offerings list when EC2 is asked for it."""
    load = moto_resources.load_resource

    def load_resource(package: str, resource: str) -> Any:
        if resource.startswith(OFFERINGS):
            return Offerings(resource.removeprefix(OFFERINGS).split("/")[0], lambda: load(package, resource))
        return load(package, resource)

    moto_resources.load_resource = load_resource


class Offerings(list[dict[str, Any]]):
    """The offerings of one region, read late.

    moto goes through each list once, when its module is imported, to set ``LocationType``; that pass finds nothing, and
    ``LocationType`` is set when the list is read.
    """

    def __init__(self, location_type: str, load: Callable[[], list[dict[str, Any]]]) -> None:
        super().__init__()
        self._location_type = location_type
        self._load: Callable[[], list[dict[str, Any]]] | None = load
        self._imported = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if self._imported and self._load is not None:
            self.extend({**entry, "LocationType": self._location_type} for entry in self._load())
            self._load = None
        self._imported = True
        return super().__iter__()
