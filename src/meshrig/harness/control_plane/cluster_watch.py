"""Follow the cluster: everything the control plane needs to know of it, as one state."""

import asyncio
from collections.abc import Callable
from typing import Any

from meshrig.kube import kinds
from meshrig.kube.cache import Cache
from meshrig.kube.client import KubeClient, Selection
from meshrig.kube.kinds import Object
from meshrig.model.cluster import ClusterState, LoadBalancer
from meshrig.model.kubernetes import Ingress, Service
from meshrig.names import CONTROL_PLANE, SYSTEM_NAMESPACE
from meshrig.read.cluster.objects import (
    read_endpoint_slice,
    read_ingress,
    read_load_balancer,
    read_namespace,
    read_node,
    read_pod,
    read_service,
)

CA_SECRET = "meshrig-ca"


class ClusterWatch:
    """``changed`` is called after each change; nothing is known before ``synced``."""

    def __init__(self, client: KubeClient, changed: Callable[[], None]) -> None:
        self._pods = Cache(client, Selection(kinds.POD), read_pod, changed)
        self._services = Cache(client, Selection(kinds.SERVICE), _service, changed)
        self._slices = Cache(client, Selection(kinds.ENDPOINT_SLICE), read_endpoint_slice, changed)
        self._ingresses = Cache(client, Selection(kinds.INGRESS), _ingress, changed)
        self._namespaces = Cache(client, Selection(kinds.NAMESPACE), read_namespace, changed)
        self._nodes = Cache(client, Selection(kinds.NODE), read_node, changed)
        self._settings = Cache(client, Selection(kinds.CONFIG_MAP, SYSTEM_NAMESPACE, CONTROL_PLANE), _data, changed)
        self._ca = Cache(client, Selection(kinds.SECRET, SYSTEM_NAMESPACE, CA_SECRET), _data, changed)

    @property
    def caches(self) -> tuple[Cache[Any], ...]:
        return (
            self._settings, self._ca, self._namespaces, self._nodes, self._services, self._slices, self._ingresses,
            self._pods,
        )  # fmt: skip

    @property
    def synced(self) -> bool:
        return all(cache.synced for cache in self.caches)

    async def run(self) -> None:
        """Follow all of it, for ever."""
        await asyncio.gather(*(cache.run() for cache in self.caches))

    def state(self) -> ClusterState:
        services = _sorted(self._services)
        ingresses = _sorted(self._ingresses)
        balancers = [found for _, found in (*services, *ingresses) if found]
        return ClusterState(
            pods=tuple(_sorted(self._pods)),
            services=tuple(service for service, _ in services),
            endpoint_slices=tuple(_sorted(self._slices)),
            ingresses=tuple(ingress for ingress, _ in ingresses),
            load_balancers=tuple(balancers),
            namespaces={namespace.name: namespace for namespace in _sorted(self._namespaces)},
            nodes=tuple(_sorted(self._nodes)),
        )

    @property
    def settings_data(self) -> dict[str, str] | None:
        """The settings' ConfigMap, None where there is none."""
        return self._settings.objects.get((SYSTEM_NAMESPACE, CONTROL_PLANE))

    @property
    def ca_data(self) -> dict[str, str] | None:
        """The CA's Secret, still in base64; None where there is none."""
        return self._ca.objects.get((SYSTEM_NAMESPACE, CA_SECRET))


def _sorted[T](cache: Cache[T]) -> list[T]:
    return [cache.objects[key] for key in sorted(cache.objects)]


def _service(value: Object) -> tuple[Service, LoadBalancer | None]:
    return read_service(value), read_load_balancer("Service", value)


def _ingress(value: Object) -> tuple[Ingress, LoadBalancer | None]:
    return read_ingress(value), read_load_balancer("Ingress", value)


def _data(value: Object) -> dict[str, str]:
    return dict(value.get("data") or {})
