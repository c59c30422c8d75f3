"""The kind runtime's promises, through ``make`` on a clean copy, in the order a user would come to them."""

import json
import platform
from collections.abc import Iterator

import pytest
import requests

from tests.e2e.checkout import eventually, flow
from tests.e2e.kind_checkout import KindCheckout
from tests.e2e.load import orders_under_way

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.kind]
HEAL_SECONDS = 60.0
DEPLOYMENTS = ("users", "products", "orders", "ingress")


@pytest.fixture(scope="module")
def kind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KindCheckout]:
    """A running system; at the end everything must be gone."""
    made = KindCheckout.copy_to(tmp_path_factory.mktemp("kind"), tmp_path_factory.mktemp("home"))
    up = made.checkout.make("local-up", "RUNTIME=kind")
    if up.returncode:
        made.checkout.make("local-down")
        pytest.fail(f"make local-up RUNTIME=kind exited with {up.returncode}\n{up.stdout}\n{up.stderr}")
    assert made.url.endswith("/prod")
    assert made.name
    yield made
    made.checkout.make("local-down")


def works(kind: KindCheckout) -> bool:
    first, products, order = flow(kind.url)
    return first in {200, 201} and (products, order) == (200, 200)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_the_three_calls_answer(kind: KindCheckout) -> None:
    assert works(kind)


def test_every_service_has_a_sidecar_and_an_image_by_digest(kind: KindCheckout) -> None:
    pods = kind.pods().values()
    sidecars = [pod for pod in pods if pod["metadata"]["annotations"]["meshrig.io/injected"] == "sidecar"]
    assert sorted(pod["metadata"]["labels"]["app"] for pod in sidecars) == ["orders", "products", "users"]
    images = [container["image"] for pod in pods for container in pod["spec"]["containers"]]
    assert all(image.startswith("000000000000.dkr.ecr.us-east-1.amazonaws.com/") for image in images)
    assert all("@sha256:" in image for image in images)


def test_a_second_up_changes_nothing(kind: KindCheckout) -> None:
    before = set(kind.pods())
    up = kind.checkout.make("local-up", "RUNTIME=kind")
    assert up.returncode == 0, up.stderr
    assert "built" not in up.stdout
    assert set(kind.pods()) == before


def test_kubectl_gets_in_with_a_token_of_aws_eks_and_nobody_with_a_wrong_key(kind: KindCheckout) -> None:
    aws = kind.aws_environment()
    asked = kind.as_user("aws eks update-kubeconfig --name shop && kubectl get nodes --output name", **aws)
    assert "node/" in asked.stdout, asked.stderr
    wrong = kind.as_user("kubectl get nodes", **aws | {"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert wrong.returncode
    assert "Unauthorized" in wrong.stderr


def test_manifests_applied_by_hand_give_the_same_system(kind: KindCheckout) -> None:
    wait = " && ".join(f"kubectl rollout status -n shop deployment/{name} --timeout=120s" for name in DEPLOYMENTS)
    done = kind.as_user(f"kubectl apply -f kind/manifests && {wait}", **kind.aws_environment())
    assert done.returncode == 0, done.stderr
    assert works(kind)
    images = [c["image"] for pod in kind.pods().values() for c in pod["spec"]["containers"]]
    assert all("@sha256:" in image for image in images)


def test_the_seeds_scripts_can_be_sourced(kind: KindCheckout) -> None:
    scripts = "; ".join(
        f"source scripts/{name}.sh && echo {name} done" for name in ("create_stack", "push_to_ecr", "deploy_k8s")
    )
    done = kind.as_user(f"{scripts}; set -o | grep errexit; kubectl get deployments", RUNTIME="kind")
    for expected in ("create_stack done", "push_to_ecr done", "deploy_k8s done", "orders "):
        assert expected in done.stdout, done.stdout + done.stderr
    assert done.stdout.split("errexit")[1].split()[0] == "off"
    assert works(kind)


def test_a_push_to_a_repository_that_is_not_there_is_refused(kind: KindCheckout) -> None:
    host = kind.checkout.status()["ecr"]
    script = f"""
      aws ecr get-login-password | docker login --username AWS --password-stdin {host} &&
      docker tag registry:2 {host}/shop/nothing:1 && docker push {host}/shop/nothing:1
      status=$?; docker image rm {host}/shop/nothing:1 >/dev/null; exit $status
    """
    done = kind.as_user(script, **kind.aws_environment())
    assert done.returncode
    assert "The repository with name 'shop/nothing' does not exist" in done.stdout + done.stderr


def test_a_rolling_restart_under_load_loses_no_request(kind: KindCheckout) -> None:
    with orders_under_way(kind.url) as seen:
        kind.kubectl("rollout", "restart", "deployment", "--namespace", "shop")
        for name in DEPLOYMENTS:
            kind.kubectl("rollout", "status", f"deployment/{name}", "--namespace", "shop", "--timeout=120s")
    assert seen["200"] > 100
    assert set(seen) == {"200"}, seen


def test_scenarios_see_what_they_expect_on_both_runtimes(kind: KindCheckout) -> None:
    checkout = kind.checkout
    up = checkout.make("local-up")
    assert up.returncode == 0, up.stderr
    run = checkout.meshrig("scenario", "run", "all", "--runtime", "process,kind", "--report", "report.json")
    assert checkout.meshrig("down", "--runtime", "process").returncode == 0
    assert run.returncode == 0, run.stdout + run.stderr
    report = json.loads((checkout.folder / "report.json").read_text())
    assert report["differences"] == []


@pytest.mark.parametrize("service", ["localstack", "meshrig", "edge", "registry"])
def test_a_crashed_container_heals(kind: KindCheckout, service: str) -> None:
    kind.crash_container(service)
    assert eventually(lambda: works(kind), HEAL_SECONDS)


def test_lost_pods_heal(kind: KindCheckout) -> None:
    kind.kubectl("delete", "pods", "--all", "--namespace", "meshrig-system", "--force", "--grace-period=0")
    kind.kubectl("delete", "pods", "--all", "--namespace", "shop", "--force", "--grace-period=0")
    assert eventually(lambda: works(kind), 2 * HEAL_SECONDS)


@pytest.mark.skipif(platform.system() != "Linux", reason="containers have addresses of this machine's on Linux only")
def test_a_load_balancer_service_answers_from_this_machine(kind: KindCheckout) -> None:
    kind.kubectl("expose", "deployment/ingress", "-n", "shop", "--name=public", "--type=LoadBalancer", "--port=8088",
                 "--target-port=http")  # fmt: skip
    path = "jsonpath={.status.loadBalancer.ingress[0].ip}"
    try:
        assert eventually(lambda: bool(kind.kubectl("get", "svc", "public", "-n", "shop", "-o", path)), 30.0)
        address = kind.kubectl("get", "svc", "public", "-n", "shop", "-o", path)
        assert eventually(lambda: answers(f"http://{address}:8088/products"), 15.0)
    finally:
        kind.kubectl("delete", "svc", "public", "-n", "shop")


def test_a_typo_in_a_manifest_leaves_what_runs_alone(kind: KindCheckout) -> None:
    manifest = kind.checkout.folder / "kind/manifests/users.yaml"
    before, pods = manifest.read_text(), set(kind.pods())
    manifest.write_text(before.replace("replicas:", "replica:"))
    try:
        up = kind.checkout.make("local-up", "RUNTIME=kind")
    finally:
        manifest.write_text(before)
    assert up.returncode
    assert "kind/manifests/users.yaml:" in up.stderr
    assert "replicas" in up.stderr
    assert set(kind.pods()) == pods
    assert works(kind)


def test_down_leaves_nothing(kind: KindCheckout) -> None:
    assert kind.leftovers()
    down = kind.checkout.make("local-down")
    assert down.returncode == 0, down.stderr
    assert kind.leftovers() == []
    assert not (kind.checkout.folder / ".meshrig/kind").exists()
