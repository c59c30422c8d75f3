from pathlib import Path

import pytest

from meshrig.errors import InvalidInputError
from meshrig.read.environment import resolve_env
from meshrig.read.manifests import read_manifests

GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop}
data: {TABLE: items}
---
apiVersion: v1
kind: Secret
metadata: {name: web, namespace: shop}
data: {TOKEN: aHVudGVyMg==}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      volumes: []
      containers:
        - name: web
          image: web
          envFrom: [{configMapRef: {name: web}}]
          env:
            - {name: TOKEN, valueFrom: {secretKeyRef: {name: web, key: TOKEN}}}
            - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: NOTE, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['none']"}}}
            - {name: BOTH, value: $(TABLE)/$(POD)/$(NONE)/$$(POD)}
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /readyz, port: http}}
---
apiVersion: v1
kind: Service
metadata: {name: web-service, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
"""


def read(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]
    (tmp_path / "web.yaml").write_text(text)
    return read_manifests([tmp_path])


def test_objects_are_read_and_what_is_not_honoured_is_named(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    (deployment,) = found.deployments
    assert deployment.replicas == 2
    assert deployment.template.containers[0].readiness_probe.http_path == "/readyz"
    assert found.services[0].hostname == "web-service.shop.svc.cluster.local"
    assert len(found.unsupported) == 1
    assert "web.yaml:20: Deployment/web: volumes is not honoured" in found.unsupported[0]


def test_the_environment_is_resolved_as_a_kubelet_does(tmp_path: Path) -> None:
    found = read(tmp_path, GOOD)
    container = found.deployments[0].template.containers[0]
    assert resolve_env(container, "shop", {"metadata.name": "web-0"}, found) == {
        "TABLE": "items",
        "TOKEN": "hunter2",
        "POD": "web-0",
        "NOTE": "",
        "BOTH": "items/web-0/$(NONE)/$(POD)",
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "replicas: 2",
            "replcas: 2",
            "web.yaml:15: Deployment/web.spec.replcas: unknown field (did you mean replicas?)",
        ),
        ("replicas: 2", "replicas: two", "web.yaml:15: Deployment/web.spec.replicas: must be a whole number"),
        (
            "matchLabels: {app: web}",
            "matchLabels: {app: wep}",
            "selector does not match the labels of the pod template",
        ),
        ("configMapRef: {name: web}", "configMapRef: {name: wep}", "ConfigMap wep is not defined"),
        ("key: TOKEN}", "key: TOKEM}", "web has no key TOKEM (did you mean TOKEN?)"),
        (
            "selector: {app: web}",
            "selector: {app: wep}",
            "Service/web-service: its selector matches no Deployment's pods",
        ),
        ("targetPort: http", "targetPort: htpp", "targetPort htpp is not a port of Deployment web"),
        ("targetPort: http", "targetPort: 9999", "targetPort 9999 is not a port of Deployment web"),
        ("metadata: {name: web-service, namespace: shop}", "metadata: {}", "web.yaml:35: metadata: name is missing"),
        ("  selector: {matchLabels", "  selctor: {matchLabels", "selctor: unknown field (did you mean selector?)"),
        ("kind: Service", "kind: Servise", "web.yaml:34: Servise/web-service.kind: unknown kind Servise"),
        ("apiVersion: apps/v1", "apiVersion: v1", "apiVersion must be apps/v1, not v1"),
        ("aHVudGVyMg==", "hunter2!", "is not base64 of UTF-8 text"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidInputError) as error:
        read(tmp_path, GOOD.replace(old, new, 1))
    (problem,) = error.value.problems
    assert expected in str(problem)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"data: [", "not valid YAML"),
        (b"a: \xff", "cannot be read: not UTF-8 text"),
        (b"hello", "must be a mapping"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_what_refers_to_an_unreadable_file_is_not_called_wrong(
    tmp_path: Path, content: bytes | None, expected: str
) -> None:
    first, rest = GOOD.split("---\n", 1)
    (tmp_path / "rest.yaml").write_text(rest)
    assert "kind: ConfigMap" in first
    if content is None:
        (tmp_path / "config.yaml").symlink_to(tmp_path / "nowhere.yaml")
    else:
        (tmp_path / "config.yaml").write_bytes(content)
    with pytest.raises(InvalidInputError) as error:
        read_manifests([tmp_path])
    (problem,) = error.value.problems
    assert expected in str(problem)


def test_the_same_object_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="stands twice"):
        read(tmp_path, GOOD + "---\n" + GOOD.split("---\n")[0])
