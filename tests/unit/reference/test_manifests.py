"""kind/manifests agree with each other, with the template and with meshrig.yaml.

That references between manifests resolve is checked as they are read; ``manifests()`` raises otherwise.
"""

import re

import pytest

from meshrig.model.kubernetes import INGRESS_CLASS_ANNOTATION, VIRTUAL_NODE_ANNOTATION, ConfigMap, Container, Deployment
from meshrig.model.kubernetes import Service as KubernetesService
from tests.unit.reference.shop import SERVICES, default, manifests, project, properties, template, text

NAMESPACE = "shop"


def deployment(name: str) -> Deployment:
    (found,) = [d for d in manifests().deployments if d.name == name]
    return found


def container(name: str) -> Container:
    (found,) = deployment(name).template.containers
    return found


def service(name: str) -> KubernetesService:
    (found,) = [s for s in manifests().services if s.name == name]
    return found


def config_map(name: str) -> ConfigMap:
    (found,) = [c for c in manifests().config_maps if c.name == name]
    return found


def test_everything_is_in_the_namespace_of_the_pod_identities() -> None:
    found = manifests()
    namespaces = {d.namespace for d in found.deployments} | {s.namespace for s in found.services}
    namespaces |= {i.namespace for i in found.ingresses} | {c.namespace for c in found.config_maps}
    namespaces |= {a.namespace for a in found.service_accounts}
    assert namespaces == {NAMESPACE}
    assert {properties(f"{name.title()}PodIdentity")["Namespace"] for name in SERVICES} == {NAMESPACE}


@pytest.mark.parametrize("name", SERVICES)
def test_pods_run_as_the_account_that_has_the_role(name: str) -> None:
    assert deployment(name).template.service_account == properties(f"{name.title()}PodIdentity")["ServiceAccount"]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_built_here_and_have_a_repository(name: str) -> None:
    build = project().images[container(name).image]
    assert build.dockerfile.is_file()
    assert template()["Resources"][build.repository]["Type"] == "AWS::ECR::Repository"
    assert text(properties(build.repository)["RepositoryName"]).endswith(f"/{build.name}")


@pytest.mark.parametrize("name", SERVICES)
def test_images_run_as_a_number_that_kubelet_can_tell_from_root(name: str) -> None:
    dockerfile = project().images[container(name).image].dockerfile.read_text()
    assert re.search(r"^USER [1-9]\d*$", dockerfile, re.MULTILINE)


@pytest.mark.parametrize("name", SERVICES)
def test_table_names_are_those_of_the_template(name: str) -> None:
    assert config_map(name).data[f"{name.upper()}_TABLE"] == text(properties(f"{name.title()}Table")["TableName"])


@pytest.mark.parametrize(("variable", "called"), [("USERS_URL", "users"), ("PRODUCTS_URL", "products")])
def test_orders_dials_services_by_their_name_and_port(variable: str, called: str) -> None:
    dialled = service(f"{called}-service")
    assert config_map("orders").data[variable] == f"http://{dialled.hostname}:{dialled.ports[0].port}"


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_probed_on_the_port_it_serves(name: str) -> None:
    found = container(name)
    (port,) = found.ports
    assert (port.name, port.container_port) == ("http", 8080)
    assert found.readiness_probe
    assert found.liveness_probe
    assert (found.readiness_probe.http_path, found.readiness_probe.port) == ("/readyz", "http")
    assert (found.liveness_probe.http_path, found.liveness_probe.port) == ("/healthz", "http")


def test_the_ingress_is_the_target_of_the_load_balancer() -> None:
    (port,) = service("ingress").ports
    assert service("ingress").type == "NodePort"
    assert port.node_port == default("IngressNodePort")


def test_the_ingress_is_a_client_in_the_mesh() -> None:
    annotations = deployment("ingress").template.annotations
    (ingress,) = manifests().ingresses
    assert annotations[INGRESS_CLASS_ANNOTATION] == ingress.class_name
    assert annotations[VIRTUAL_NODE_ANNOTATION] == properties("IngressVirtualNode")["VirtualNodeName"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/users", ("users-service", "/users")),
        ("/users/42", ("users-service", "/users/42")),
        ("/products", ("products-service", "/products")),
        ("/orders/", ("orders-service", "/orders/")),
        ("/usersandmore", None),
        ("/", None),
    ],
)
def test_the_ingress_keeps_the_path_that_services_expect(path: str, expected: tuple[str, str] | None) -> None:
    (ingress,) = manifests().ingresses
    target = ingress.annotations["nginx.ingress.kubernetes.io/rewrite-target"].replace("$1", r"\1")
    assert ingress.annotations["nginx.ingress.kubernetes.io/use-regex"] == "true"
    found = [
        (rule.service_name, re.sub(rule.path, target, path))
        for rule in ingress.rules[0].paths
        if re.fullmatch(rule.path, path)
    ]
    assert found == ([expected] if expected else [])
