"""The issue's promises, through ``make`` on a clean copy."""

import os
import signal
import subprocess
from pathlib import Path

import boto3
import pytest
import requests

from meshrig.settings import places
from tests.e2e.checkout import Checkout, eventually, flow

pytestmark = pytest.mark.e2e
HEAL_SECONDS = 15.0


def test_the_three_calls_answer(checkout: Checkout) -> None:
    first, products, order = flow(checkout.url())
    assert first in {200, 201}
    assert (products, order) == (200, 200)


def test_a_second_up_changes_nothing(checkout: Checkout) -> None:
    before = checkout.pids()
    up = checkout.make("local-up")
    assert up.returncode == 0, up.stderr
    assert "Invoke URL: http://127.0.0.1:" in up.stdout
    assert checkout.pids() == before


def test_what_is_not_there_is_refused_as_api_gateway_does(checkout: Checkout) -> None:
    answer = requests.get(f"{checkout.url()}/nothing", timeout=10)
    assert answer.status_code == 403
    assert answer.text == '{"message":"Missing Authentication Token"}'
    assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    assert answer.headers["x-amzn-RequestId"]


def test_the_app_mesh_api_says_what_the_template_says(checkout: Checkout) -> None:
    node = client(checkout, "appmesh").describe_virtual_node(meshName="shop", virtualNodeName="users")["virtualNode"]
    assert node["spec"]["listeners"][0]["tls"]["mode"] == "STRICT"
    assert node["status"]["status"] == "ACTIVE"


def test_a_new_throttle_is_in_force_within_a_second(checkout: Checkout) -> None:
    url = f"{checkout.url()}/orders"
    assert throttled(url) == 0
    set_burst(checkout, "1")
    assert eventually(lambda: throttled(url) > 0, 1.0)
    set_burst(checkout, "20")
    assert eventually(lambda: throttled(url) == 0, 5.0)


def test_the_scenarios_see_what_they_expect(checkout: Checkout) -> None:
    run = checkout.make("scenarios")
    assert run.returncode == 0, run.stdout
    assert "everything was as expected" in run.stdout


@pytest.mark.parametrize("name", ["edge", "ingress-0", "orders-0-envoy", "orders-0", "users-0", "localstack"])
def test_the_flow_heals_after_a_kill(checkout: Checkout, name: str) -> None:
    pid = checkout.pids()[name]
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: checkout.pids()[name] not in {0, pid}, HEAL_SECONDS)
    assert eventually(lambda: flow(checkout.url())[1:] == (200, 200), HEAL_SECONDS)


def test_one_up_heals_a_lost_daemon_and_keeps_the_others(checkout: Checkout) -> None:
    before = checkout.pids()
    os.kill(before["daemon"], signal.SIGKILL)
    assert checkout.make("local-up").returncode == 0
    after = checkout.pids()
    assert {k: v for k, v in after.items() if k != "daemon"} == {k: v for k, v in before.items() if k != "daemon"}
    assert flow(checkout.url())[1:] == (200, 200)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("cfn/stack.yaml", "!Ref DrewVPC", "!Ref DrewVCP", "undefined DrewVCP (did you mean DrewVPC?)"),
        ("cfn/stack.yaml", "Resources:", "Resources: [", "not valid YAML"),
        ("kind/manifests/users.yaml", "replicas: 1", "replcas: 1", "spec.replcas: unknown field"),
        ("kind/manifests/orders.yaml", "name: orders\n  namespace", "name: order\n  namespace", "is not defined"),
        ("meshrig.yaml", "users/Dockerfile", "users/Dokerfile", "no Dockerfile at services/users/Dokerfile"),
        ("services/users/Dockerfile", '"gunicorn"', '"gunicron"', "has no program gunicron (did you mean gunicorn?)"),
        ("services/users/requirements.txt", "flask==", "flask==99.", "No solution found"),
        # These only LocalStack can tell: the update is rolled back.
        ("cfn/stack.yaml", "CidrBlock: 10.0.0.0/16", "CidrBlok: 10.0.0.0/16", "extraneous key [CidrBlok]"),
        (
            "cfn/stack.yaml",
            "AWS::EC2::InternetGateway\n",
            "AWS::EC2::InternetGatewai\n",
            "resource type is not permitted",
        ),
    ],
)
def test_wrong_input_is_one_clear_message_and_what_ran_still_runs(
    checkout: Checkout, file: str, old: str, new: str, message: str
) -> None:
    path = checkout.folder / file
    text = path.read_text()
    path.write_text(text.replace(old, new))
    try:
        up = checkout.make("local-up")
    finally:
        path.write_text(text)
    assert up.returncode != 0
    assert message in up.stderr
    assert "Error 2" in up.stderr
    assert f"{file}:" in up.stderr
    assert "Traceback" not in up.stdout + up.stderr
    assert flow(checkout.url())[1:] == (200, 200)


def test_a_service_that_does_not_start_leaves_what_ran(checkout: Checkout) -> None:
    path = checkout.folder / "services/users/users/app.py"
    text = path.read_text()
    path.write_text("1 / 0\n" + text)
    try:
        up = checkout.make("local-up")
    finally:
        path.write_text(text)
    assert up.returncode != 0
    assert "users-0 ended" in up.stderr
    assert "division by zero" in up.stderr
    assert flow(checkout.url())[1:] == (200, 200)
    assert checkout.make("local-up").returncode == 0


def test_two_ups_at_once_agree(checkout: Checkout) -> None:
    before = checkout.pids()
    both = [start(checkout, "local-up"), start(checkout, "local-up")]
    outputs = [up.communicate(timeout=60)[0] for up in both]
    assert [up.returncode for up in both] == [0, 0], outputs
    assert checkout.pids() == before


def test_a_daemon_that_cannot_be_asked_is_found(checkout: Checkout) -> None:
    places(checkout.folder).control.unlink()
    status = checkout.meshrig("status")
    assert "the daemon does not answer" in status.stdout
    assert checkout.make("local-up").returncode == 0
    assert flow(checkout.url())[1:] == (200, 200)
    assert sum("meshrig daemon" in line for line in checkout.processes()) == 1


def test_down_leaves_no_process_and_no_port(checkout: Checkout) -> None:
    ports = [port for process in checkout.status()["processes"] for port in process["ports"].values()]
    assert checkout.make("local-down").returncode == 0
    assert checkout.processes() == []
    for port in ports:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/", timeout=2)
    assert not list(Path(checkout.folder, ".meshrig", "processes").glob("*.json"))


def test_a_down_ends_an_up_under_way_and_leaves_nothing(checkout: Checkout) -> None:
    up = start(checkout, "local-up")
    assert up.stdout
    while "LocalStack" not in up.stdout.readline():
        assert up.poll() is None
    assert checkout.make("local-down").returncode == 0
    output, _ = up.communicate(timeout=30)
    assert up.returncode != 0
    assert "Traceback" not in output
    assert checkout.processes() == []


def start(checkout: Checkout, target: str) -> subprocess.Popen[str]:
    """A make target in the background."""
    argv = ["make", "--no-print-directory", target]
    return subprocess.Popen(argv, cwd=checkout.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def client(checkout: Checkout, service: str):  # type: ignore[no-untyped-def]
    return boto3.client(
        service,
        endpoint_url=checkout.status()["endpoint_url"],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def set_burst(checkout: Checkout, burst: str) -> None:
    apigateway = client(checkout, "apigateway")
    (api,) = apigateway.get_rest_apis()["items"]
    patch = {"op": "replace", "path": "/~1orders/POST/throttling/burstLimit", "value": burst}
    apigateway.update_stage(restApiId=api["id"], stageName="prod", patchOperations=[patch])


def throttled(url: str) -> int:
    """How many of three quick calls are throttled."""
    with requests.Session() as session:
        return sum(session.post(url, json={}, timeout=10).status_code == 429 for _ in range(3))
