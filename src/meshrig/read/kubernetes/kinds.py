"""The kinds of objects: those that run as processes field by field, and the others by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from meshrig.read.kubernetes.pod import METADATA_EXTRAS, POD_TEMPLATE
from meshrig.read.kubernetes.shape import (
    ANYTHING,
    COUNT,
    FLAG,
    INT_OR_TEXT,
    INTEGER,
    LABEL,
    PORT,
    PORT_NAME,
    SUBDOMAIN,
    TEXT,
    TEXT_MAP,
    TEXTS,
    Integer,
    ListOf,
    MapOf,
    Object,
    Shape,
    Text,
    required,
)


@dataclass(frozen=True)
class Kind:
    """A kind meshrig reads: its one ``api_version``, and its object's shape."""

    api_version: str
    shape: Object


def _kind(
    api_version: str,
    fields: Mapping[str, Shape],
    *needed: str,
    ignored: Mapping[str, Shape] | None = None,
    name: Shape = SUBDOMAIN,
) -> Kind:
    metadata = Object(
        {"name": name, "namespace": LABEL, "labels": TEXT_MAP, "annotations": TEXT_MAP, **METADATA_EXTRAS},
        required("name"),
    )
    every: dict[str, Shape] = {"apiVersion": TEXT, "kind": TEXT, "metadata": metadata, "status": ANYTHING}
    shape = Object({**every, **fields}, required("apiVersion", "kind", "metadata", *needed), ignored or {})
    return Kind(api_version, shape)


_STRATEGY = Object(
    {
        "type": Text(("Recreate", "RollingUpdate")),
        "rollingUpdate": Object({"maxSurge": INT_OR_TEXT, "maxUnavailable": INT_OR_TEXT}),
    }
)
_DEPLOYMENT = Object(
    {
        "replicas": COUNT,
        "selector": Object({"matchLabels": TEXT_MAP}, ignored={"matchExpressions": ListOf(ANYTHING)}),
        "template": POD_TEMPLATE,
    },
    required("selector", "template"),
    ignored={
        "minReadySeconds": COUNT,
        "paused": FLAG,
        "progressDeadlineSeconds": INTEGER,
        "revisionHistoryLimit": COUNT,
        "strategy": _STRATEGY,
    },
)
_SERVICE_PORT = Object(
    {
        "name": LABEL,
        "port": PORT,
        "targetPort": INT_OR_TEXT,
        # The range is the API server's default (--service-node-port-range).
        "nodePort": Integer(30000, 32767),
        "protocol": Text(("TCP", "UDP", "SCTP")),
    },
    required("port"),
    ignored={"appProtocol": TEXT},
)
_SERVICE = Object(
    {
        "type": Text(("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")),
        "selector": TEXT_MAP,
        "ports": ListOf(_SERVICE_PORT),
    },
    ignored={
        "allocateLoadBalancerNodePorts": FLAG,
        "clusterIP": TEXT,
        "clusterIPs": TEXTS,
        "externalIPs": TEXTS,
        "externalName": TEXT,
        "externalTrafficPolicy": Text(("Cluster", "Local")),
        "healthCheckNodePort": PORT,
        "internalTrafficPolicy": Text(("Cluster", "Local")),
        "ipFamilies": TEXTS,
        "ipFamilyPolicy": TEXT,
        "loadBalancerClass": TEXT,
        "loadBalancerIP": TEXT,
        "loadBalancerSourceRanges": TEXTS,
        "publishNotReadyAddresses": FLAG,
        "sessionAffinity": Text(("ClientIP", "None")),
        "sessionAffinityConfig": ANYTHING,
        "trafficDistribution": TEXT,
    },
)
_BACKEND = Object(
    {
        "service": Object(
            {
                "name": TEXT,
                "port": Object({"name": PORT_NAME, "number": PORT}, one_of=("name", "number")),
            },
            required("name", "port"),
        )
    },
    ignored={"resource": ANYTHING},
    one_of=("service", "resource"),
)
_INGRESS_PATH = Object(
    {"path": TEXT, "pathType": Text(("Exact", "ImplementationSpecific", "Prefix")), "backend": _BACKEND},
    required("pathType", "backend"),
)
_INGRESS_RULE = Object({"host": TEXT, "http": Object({"paths": ListOf(_INGRESS_PATH, least=1)}, required("paths"))})
_INGRESS = Object(
    {"ingressClassName": TEXT, "rules": ListOf(_INGRESS_RULE), "defaultBackend": _BACKEND},
    ignored={"tls": ListOf(Object({"hosts": TEXTS, "secretName": TEXT}))},
)
_SERVICE_ACCOUNT_IGNORED: dict[str, Shape] = {
    "automountServiceAccountToken": FLAG,
    "imagePullSecrets": ListOf(Object({"name": TEXT})),
    "secrets": ListOf(Object({"name": TEXT, "namespace": TEXT})),
}
_CLASS_PARAMETERS = Object({"controller": TEXT, "parameters": ANYTHING})

# ``immutable`` is kept by itself: a process can't change what it was started with.
KINDS: dict[str, Kind] = {
    "Deployment": _kind("apps/v1", {"spec": _DEPLOYMENT}, "spec"),
    "Service": _kind("v1", {"spec": _SERVICE}, "spec", name=LABEL),
    "Ingress": _kind("networking.k8s.io/v1", {"spec": _INGRESS}, "spec"),
    "ConfigMap": _kind("v1", {"data": TEXT_MAP, "immutable": FLAG}, ignored={"binaryData": MapOf(TEXT)}),
    "Secret": _kind("v1", {"data": TEXT_MAP, "stringData": TEXT_MAP, "type": TEXT, "immutable": FLAG}),
    "ServiceAccount": _kind("v1", {}, ignored=_SERVICE_ACCOUNT_IGNORED),
    # These two mean nothing to plain processes and change nothing for them.
    "Namespace": _kind("v1", {"spec": Object({"finalizers": TEXTS})}, name=LABEL),
    "IngressClass": _kind("networking.k8s.io/v1", {"spec": _CLASS_PARAMETERS}),
}

# Kinds of Kubernetes itself that only a cluster can run, with the API groups that have them.
CLUSTER_KINDS: dict[str, str] = {
    "CSIDriver": "storage.k8s.io",
    "CertificateSigningRequest": "certificates.k8s.io",
    "ClusterRole": "rbac.authorization.k8s.io",
    "ClusterRoleBinding": "rbac.authorization.k8s.io",
    "ControllerRevision": "apps",
    "CronJob": "batch",
    "CustomResourceDefinition": "apiextensions.k8s.io",
    "DaemonSet": "apps",
    "EndpointSlice": "discovery.k8s.io",
    "Endpoints": "",
    "HorizontalPodAutoscaler": "autoscaling",
    "Job": "batch",
    "Lease": "coordination.k8s.io",
    "LimitRange": "",
    "MutatingWebhookConfiguration": "admissionregistration.k8s.io",
    "NetworkPolicy": "networking.k8s.io",
    "PersistentVolume": "",
    "PersistentVolumeClaim": "",
    "Pod": "",
    "PodDisruptionBudget": "policy",
    "PodTemplate": "",
    "PriorityClass": "scheduling.k8s.io",
    "ReplicaSet": "apps",
    "ReplicationController": "",
    "ResourceQuota": "",
    "Role": "rbac.authorization.k8s.io",
    "RoleBinding": "rbac.authorization.k8s.io",
    "RuntimeClass": "node.k8s.io",
    "StatefulSet": "apps",
    "StorageClass": "storage.k8s.io",
    "ValidatingAdmissionPolicy": "admissionregistration.k8s.io",
    "ValidatingAdmissionPolicyBinding": "admissionregistration.k8s.io",
    "ValidatingWebhookConfiguration": "admissionregistration.k8s.io",
    "VolumeAttachment": "storage.k8s.io",
}


def is_custom(api_version: str) -> bool:
    """Whether a group belongs to a custom resource: a domain that isn't Kubernetes' own."""
    group = api_version.partition("/")[0] if "/" in api_version else ""
    return "." in group and not (group == "k8s.io" or group.endswith(".k8s.io"))
