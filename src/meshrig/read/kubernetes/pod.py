"""PodTemplateSpec and all in it (Kubernetes API reference v1.34, core/v1), and what plain processes can't honour."""

from meshrig.read.kubernetes.shape import (
    ANYTHING,
    COUNT,
    FLAG,
    INT_OR_TEXT,
    INTEGER,
    LABEL,
    PORT,
    PORT_NAME,
    QUANTITY,
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

_POSITIVE = Integer(least=1)
_PROTOCOL = Text(("TCP", "UDP", "SCTP"))
METADATA_EXTRAS: dict[str, Shape] = {
    "creationTimestamp": ANYTHING,
    "deletionGracePeriodSeconds": INTEGER,
    "deletionTimestamp": ANYTHING,
    "finalizers": TEXTS,
    "generateName": TEXT,
    "generation": INTEGER,
    "managedFields": ANYTHING,
    "ownerReferences": ANYTHING,
    "resourceVersion": TEXT,
    "selfLink": TEXT,
    "uid": TEXT,
}

_KEY_REFERENCE = Object({"name": TEXT, "key": TEXT, "optional": FLAG}, required("name", "key"))
_NAME_REFERENCE = Object({"name": TEXT, "optional": FLAG}, required("name"))
_FIELD_REFERENCE = Object({"fieldPath": TEXT, "apiVersion": TEXT}, required("fieldPath"))
_VALUE_FROM = Object(
    {"configMapKeyRef": _KEY_REFERENCE, "secretKeyRef": _KEY_REFERENCE, "fieldRef": _FIELD_REFERENCE},
    ignored={
        "resourceFieldRef": Object(
            {"resource": TEXT, "containerName": TEXT, "divisor": QUANTITY}, required("resource")
        ),
        "fileKeyRef": Object(
            {"volumeName": TEXT, "path": TEXT, "key": TEXT, "optional": FLAG}, required("volumeName", "path", "key")
        ),
    },
    one_of=("configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef", "fileKeyRef"),
)
_ENV = Object({"name": TEXT, "value": TEXT, "valueFrom": _VALUE_FROM}, required("name"))
_ENV_FROM = Object(
    {"prefix": TEXT, "configMapRef": _NAME_REFERENCE, "secretRef": _NAME_REFERENCE},
    one_of=("configMapRef", "secretRef"),
)

_CONTAINER_PORT = Object(
    {"containerPort": PORT, "name": PORT_NAME, "protocol": _PROTOCOL},
    required("containerPort"),
    ignored={"hostPort": PORT, "hostIP": TEXT},
)
_HTTP_HEADER = Object({"name": TEXT, "value": TEXT}, required("name", "value"))
_HTTP_GET = Object(
    {"path": TEXT, "port": INT_OR_TEXT},
    required("port"),
    ignored={"host": TEXT, "httpHeaders": ListOf(_HTTP_HEADER), "scheme": Text(("HTTP", "HTTPS"))},
)
_EXEC = Object({"command": TEXTS}, required("command"))
_GRPC = Object({"port": PORT, "service": TEXT}, required("port"))
PROBE = Object(
    {
        "httpGet": _HTTP_GET,
        "tcpSocket": Object({"port": INT_OR_TEXT}, required("port"), ignored={"host": TEXT}),
        "exec": _EXEC,
        "initialDelaySeconds": COUNT,
        "periodSeconds": _POSITIVE,
        "timeoutSeconds": _POSITIVE,
        "successThreshold": _POSITIVE,
        "failureThreshold": _POSITIVE,
    },
    ignored={"grpc": _GRPC, "terminationGracePeriodSeconds": _POSITIVE},
    one_of=("httpGet", "tcpSocket", "exec", "grpc"),
)
# With the default of 1 for success: a liveness or startup probe may have no other.
PROBE_ONCE = Object({**PROBE.fields, "successThreshold": Integer(1, 1)}, ignored=PROBE.ignored, one_of=PROBE.one_of)

_RESOURCES = Object({"limits": MapOf(QUANTITY), "requests": MapOf(QUANTITY), "claims": ANYTHING})
_CONTAINER_SECURITY = Object(
    {
        "allowPrivilegeEscalation": FLAG,
        "appArmorProfile": ANYTHING,
        "capabilities": Object({"add": TEXTS, "drop": TEXTS}),
        "privileged": FLAG,
        "procMount": TEXT,
        "readOnlyRootFilesystem": FLAG,
        "runAsGroup": INTEGER,
        "runAsNonRoot": FLAG,
        "runAsUser": INTEGER,
        "seLinuxOptions": ANYTHING,
        "seccompProfile": ANYTHING,
        "windowsOptions": ANYTHING,
    }
)
_POD_SECURITY = Object(
    {
        "appArmorProfile": ANYTHING,
        "fsGroup": INTEGER,
        "fsGroupChangePolicy": TEXT,
        "runAsGroup": INTEGER,
        "runAsNonRoot": FLAG,
        "runAsUser": INTEGER,
        "seLinuxChangePolicy": TEXT,
        "seLinuxOptions": ANYTHING,
        "seccompProfile": ANYTHING,
        "supplementalGroups": ListOf(INTEGER),
        "supplementalGroupsPolicy": TEXT,
        "sysctls": ANYTHING,
        "windowsOptions": ANYTHING,
    }
)
_VOLUME_MOUNT = Object(
    {
        "name": TEXT,
        "mountPath": TEXT,
        "mountPropagation": TEXT,
        "readOnly": FLAG,
        "recursiveReadOnly": TEXT,
        "subPath": TEXT,
        "subPathExpr": TEXT,
    },
    required("name", "mountPath"),
)
_CONTAINER_IGNORED: dict[str, Shape] = {
    "imagePullPolicy": Text(("Always", "IfNotPresent", "Never")),
    "lifecycle": Object({"postStart": ANYTHING, "preStop": ANYTHING, "stopSignal": TEXT}),
    "resizePolicy": ANYTHING,
    "resources": _RESOURCES,
    "restartPolicy": TEXT,
    "restartPolicyRules": ANYTHING,
    "securityContext": _CONTAINER_SECURITY,
    "stdin": FLAG,
    "stdinOnce": FLAG,
    "terminationMessagePath": TEXT,
    "terminationMessagePolicy": TEXT,
    "tty": FLAG,
    "volumeDevices": ANYTHING,
    "volumeMounts": ListOf(_VOLUME_MOUNT),
    "workingDir": TEXT,
}
CONTAINER = Object(
    {
        "name": LABEL,
        "image": TEXT,
        "command": TEXTS,
        "args": TEXTS,
        "env": ListOf(_ENV),
        "envFrom": ListOf(_ENV_FROM),
        "ports": ListOf(_CONTAINER_PORT),
        "livenessProbe": PROBE_ONCE,
        "readinessProbe": PROBE,
        "startupProbe": PROBE_ONCE,
    },
    required("name", "image"),
    ignored=_CONTAINER_IGNORED,
)
_POD_IGNORED: dict[str, Shape] = {
    "activeDeadlineSeconds": INTEGER,
    "affinity": Object({"nodeAffinity": ANYTHING, "podAffinity": ANYTHING, "podAntiAffinity": ANYTHING}),
    "automountServiceAccountToken": FLAG,
    "dnsConfig": ANYTHING,
    "dnsPolicy": TEXT,
    "enableServiceLinks": FLAG,
    "ephemeralContainers": ANYTHING,
    "hostAliases": ANYTHING,
    "hostIPC": FLAG,
    "hostNetwork": FLAG,
    "hostPID": FLAG,
    "hostUsers": FLAG,
    "hostname": TEXT,
    "hostnameOverride": TEXT,
    "imagePullSecrets": ListOf(Object({"name": TEXT})),
    "initContainers": ListOf(CONTAINER),
    "nodeName": TEXT,
    "nodeSelector": TEXT_MAP,
    "os": ANYTHING,
    "overhead": ANYTHING,
    "preemptionPolicy": TEXT,
    "priority": INTEGER,
    "priorityClassName": TEXT,
    "readinessGates": ANYTHING,
    "resourceClaims": ANYTHING,
    "resources": _RESOURCES,
    "runtimeClassName": TEXT,
    "schedulerName": TEXT,
    "schedulingGates": ANYTHING,
    "securityContext": _POD_SECURITY,
    "setHostnameAsFQDN": FLAG,
    "shareProcessNamespace": FLAG,
    "subdomain": TEXT,
    "tolerations": ANYTHING,
    "topologySpreadConstraints": ANYTHING,
    "volumes": ListOf(MapOf(ANYTHING)),
}
POD_TEMPLATE = Object(
    {
        "metadata": Object(
            {"name": TEXT, "namespace": TEXT, "labels": TEXT_MAP, "annotations": TEXT_MAP, **METADATA_EXTRAS}
        ),
        "spec": Object(
            {
                "containers": ListOf(CONTAINER, least=1),
                # A Deployment's pods have no other policy, and it is what processes get.
                "restartPolicy": Text(("Always",)),
                "serviceAccount": SUBDOMAIN,
                "serviceAccountName": SUBDOMAIN,
                "terminationGracePeriodSeconds": COUNT,
            },
            required("containers"),
            ignored=_POD_IGNORED,
        ),
    },
    required("spec"),
)
