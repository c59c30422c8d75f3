"""The objects that make up a control plane in a cluster, the same on kind and on EKS."""

import base64
from typing import Any

from meshrig.harness.control_plane.chores.trust import ca_secret
from meshrig.harness.control_plane.permissions import permissions
from meshrig.harness.control_plane.settings import SETTINGS_KEY, settings_to_json
from meshrig.model.cluster import UNTOUCHED_NAMESPACES
from meshrig.model.control_plane import ControlPlaneSettings
from meshrig.names import CONTROL_PLANE, INJECTION_LABEL, SYSTEM_NAMESPACE, WEBHOOK_PORT, XDS_PORT

Object = dict[str, Any]
LABELS = {"app.kubernetes.io/name": CONTROL_PLANE, "app.kubernetes.io/component": "control-plane"}
_NAMESPACE_LABELS = {**LABELS, "pod-security.kubernetes.io/enforce": "restricted"}
_USER = 65532
# Long enough for every node and the API server to learn that this pod gets no new connections.
_DRAIN_SECONDS = 5


def control_plane_objects(
    settings: ControlPlaneSettings, image: str, *, ca: tuple[str, str] | None, replicas: int = 2
) -> tuple[Object, ...]:
    """In the order to apply them. ``ca``: certificate and key as PEM; without it the leader makes one.

    Apply them server-side: what the control plane fills in (the webhook's ``caBundle``) then stays.
    """
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM_NAMESPACE, "labels": _NAMESPACE_LABELS}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata()},
        *permissions(LABELS, local=bool(settings.endpoint_url)),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _metadata(),
            "data": {SETTINGS_KEY: settings_to_json(settings)},
        },
        *((ca_secret(*ca),) if ca else ()),
        _service(),
        _disruption_budget(),
        _deployment(image, replicas),
        _webhook(ca[0] if ca else ""),
    )


def _metadata() -> Object:
    return {"name": CONTROL_PLANE, "namespace": SYSTEM_NAMESPACE, "labels": LABELS}


def _service() -> Object:
    ports = [
        {"name": "xds", "port": XDS_PORT, "targetPort": "xds", "protocol": "TCP"},
        {"name": "webhook", "port": 443, "targetPort": "webhook", "protocol": "TCP"},
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(),
        "spec": {"selector": LABELS, "ports": ports},
    }


def _disruption_budget() -> Object:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _metadata(),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}},
    }


def _deployment(image: str, replicas: int) -> Object:
    template = {"metadata": {"labels": LABELS}, "spec": _pod(image)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": LABELS},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": template,
        },
    }


def _pod(image: str) -> Object:
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": LABELS},
    }
    return {
        "serviceAccountName": CONTROL_PLANE,
        # Nothing starts in a mesh namespace without it.
        "priorityClassName": "system-cluster-critical",
        "terminationGracePeriodSeconds": 30,
        "topologySpreadConstraints": [spread],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(image)],
        # Keys pass through it for a moment: memory only.
        "volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}],
    }


def _container(image: str) -> Object:
    return {
        "name": "control-plane",
        "image": image,
        "command": ["python", "-m", "meshrig.harness.control_plane"],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "HOME", "value": "/tmp"},
            {"name": "PYTHONUNBUFFERED", "value": "1"},
            {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
            # Two arenas: glibc's default of eight a core costs memory for nothing.
            {"name": "MALLOC_ARENA_MAX", "value": "2"},
        ],
        "ports": [
            {"name": "xds", "containerPort": XDS_PORT, "protocol": "TCP"},
            {"name": "webhook", "containerPort": WEBHOOK_PORT, "protocol": "TCP"},
        ],
        "startupProbe": _probe("/healthz", periodSeconds=1, failureThreshold=60),
        "readinessProbe": _probe("/readyz", periodSeconds=2, failureThreshold=2),
        "livenessProbe": _probe("/healthz", periodSeconds=10, failureThreshold=3),
        "lifecycle": {"preStop": {"sleep": {"seconds": _DRAIN_SECONDS}}},
        "resources": {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }


def _probe(path: str, **times: int) -> Object:
    return {"httpGet": {"path": path, "port": "webhook", "scheme": "HTTPS"}, "timeoutSeconds": 3, **times}


def _webhook(ca_pem: str) -> Object:
    """Fails closed, and only for mesh namespaces: nothing else waits for the control plane."""
    client: Object = {"service": {"name": CONTROL_PLANE, "namespace": SYSTEM_NAMESPACE, "path": "/inject", "port": 443}}
    if ca_pem:
        client["caBundle"] = base64.b64encode(ca_pem.encode()).decode()
    name_label = "kubernetes.io/metadata.name"
    selector = {
        "matchLabels": {INJECTION_LABEL: "enabled"},
        "matchExpressions": [{"key": name_label, "operator": "NotIn", "values": sorted(UNTOUCHED_NAMESPACES)}],
    }
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": CONTROL_PLANE, "labels": LABELS},
        "webhooks": [
            {
                "name": "inject.meshrig.io",
                "admissionReviewVersions": ["v1"],
                "clientConfig": client,
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "timeoutSeconds": 10,
                "namespaceSelector": selector,
                "rules": [{**rule, "scope": "Namespaced"}],
            }
        ],
    }
