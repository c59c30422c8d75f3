import asyncio
from pathlib import Path

import pytest

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.harness.keeper.system import KeptSystem
from meshrig.model.plan import ProxyConfig
from meshrig.xds.server import ControlPlane
from meshrig.xds.snapshot import Snapshot
from tests.unit.harness.desired_states import API, BACKING, TEMPLATE, desired
from tests.unit.harness.fake_aws import FakeAws


class RecordingControlPlane(ControlPlane):
    """Keeps what it is told to serve."""

    def __init__(self) -> None:
        super().__init__()
        self.snapshots: list[tuple[str, Snapshot]] = []

    def set_snapshot(self, node_id: str, snapshot: Snapshot) -> None:
        self.snapshots.append((node_id, snapshot))
        super().set_snapshot(node_id, snapshot)


@pytest.fixture
def control_plane() -> RecordingControlPlane:
    return RecordingControlPlane()


@pytest.fixture
def system(aws: FakeAws, tmp_path: Path, control_plane: RecordingControlPlane) -> KeptSystem:
    aws.restapis["api"] = API
    return KeptSystem(aws.url, tmp_path, control_plane)


def routes(edge: ProxyConfig) -> str:
    return str(edge.routes)


async def test_before_any_stack_the_edge_has_something_to_answer_with(
    system: KeptSystem, control_plane: RecordingControlPlane
) -> None:
    ((node, snapshot),) = control_plane.snapshots
    assert node == "edge"
    assert snapshot.listeners
    assert system.kept is None


async def test_a_stack_is_made_backed_and_served(
    system: KeptSystem, aws: FakeAws, control_plane: RecordingControlPlane
) -> None:
    aws.waits_for_backing = True
    said: list[str] = []
    kept = await asyncio.wait_for(system.converge(desired(), said.append), 20)
    assert said == ["stack shop CREATE_COMPLETE (3 resources)"]
    assert (kept.stack.name, kept.instance, kept.nodes) == ("shop", "first", ("127.0.0.1",))
    assert aws.backings["shop"]["endpoint"] == BACKING.endpoint
    assert set(aws.images) == {"meshrig/envoy", "users"}
    assert [api.stage.name for api in kept.definitions.gateway.apis] == ["prod"]
    assert "users" in routes(kept.edge)
    assert len(control_plane.snapshots) == 2
    assert kept == system.kept


async def test_a_second_time_nothing_is_sent_but_the_backing(system: KeptSystem, aws: FakeAws) -> None:
    await system.converge(desired(), print)
    aws.requests.clear()
    moved = desired(backing=BACKING.__class__("https://127.0.0.1:7777", "Q0E=", "1.34", "localhost"))
    await system.converge(moved, print)
    assert not {"CreateStack", "UpdateStack"} & set(aws.requests)
    assert aws.backings["shop"]["endpoint"] == "https://127.0.0.1:7777"


async def test_what_the_template_now_says_is_an_update(system: KeptSystem) -> None:
    await system.converge(desired(), print)
    more = TEMPLATE + "  More: {Type: AWS::ECR::Repository}\n"
    kept = await system.converge(desired(template_text=more), print)
    assert (kept.stack.status, kept.stack.resources) == ("UPDATE_COMPLETE", 4)


async def test_a_stack_that_a_keeper_before_has_begun_is_waited_for(system: KeptSystem, aws: FakeAws) -> None:
    aws.waits_for_backing = True
    aws.make_stack("shop", TEMPLATE)
    kept = await asyncio.wait_for(system.converge(desired(), print), 20)
    assert kept.stack.status.endswith("_COMPLETE")


async def test_a_template_may_have_any_name(system: KeptSystem, tmp_path: Path) -> None:
    (tmp_path / "desired.json").write_text("the keeper's")
    await system.converge(desired(template_name="../desired.json"), print)
    assert (tmp_path / "desired.json").read_text() == "the keeper's"


async def test_a_failed_stack_is_told_with_its_resource_and_line(system: KeptSystem, aws: FakeAws) -> None:
    aws.failure = "Invalid version"
    with pytest.raises(MeshrigError) as caught:
        await system.converge(desired(), print)
    assert "cfn/stack.yaml:4: Shop: Invalid version" in caught.value.message
    assert system.kept is None


async def test_a_wrong_template_is_the_user_s_to_mend(system: KeptSystem, aws: FakeAws) -> None:
    with pytest.raises(InvalidInputError, match=r"cfn/stack.yaml:.*Ref to"):
        await system.converge(desired(template_text=TEMPLATE + "Outputs: {A: {Value: {Ref: Nobody}}}\n"), print)
    assert "CreateStack" not in aws.requests


@pytest.mark.parametrize("repositories", [("no/good",)])
async def test_a_refusal_of_an_api_is_told(system: KeptSystem, repositories: tuple[str, ...]) -> None:
    with pytest.raises(MeshrigError, match=r"making stack shop: .*Invalid parameter at 'repositoryName'"):
        await system.converge(desired(repositories=repositories), print)


async def test_a_localstack_that_does_not_answer_is_told(system: KeptSystem, aws: FakeAws) -> None:
    aws.away = True
    with pytest.raises(MeshrigError, match="answered 503 Service Unavailable") as caught:
        await system.converge(desired(), print)
    assert caught.value.log == "docker compose logs localstack"


async def test_only_a_localstack_that_answers_can_have_forgotten(system: KeptSystem, aws: FakeAws) -> None:
    assert await system.is_forgotten()
    await system.converge(desired(), print)
    assert not await system.is_forgotten()
    aws.restart()
    assert await system.is_forgotten()
    aws.away = True
    with pytest.raises(MeshrigError, match="503"):
        await system.is_forgotten()


async def test_a_change_of_the_apis_is_served_and_nothing_else(
    system: KeptSystem, aws: FakeAws, control_plane: RecordingControlPlane
) -> None:
    await system.refresh()
    await system.converge(desired(), print)
    await system.refresh()
    assert len(control_plane.snapshots) == 2
    aws.restapis["api"] = {**API, "stage": {"stageName": "canary", "deploymentId": "d1"}}
    await system.refresh()
    assert len(control_plane.snapshots) == 3
    assert system.kept is not None
    assert [api.stage.name for api in system.kept.definitions.gateway.apis] == ["canary"]


async def test_a_node_that_comes_back_elsewhere_is_followed(
    system: KeptSystem, control_plane: RecordingControlPlane
) -> None:
    await system.follow_node()
    nowhere = BACKING.__class__("https://127.0.0.1:1", "Q0E=", "1.34", "nowhere.invalid")
    assert (await system.converge(desired(backing=nowhere), print)).nodes == ()
    await system.follow_node()
    assert len(control_plane.snapshots) == 2, "an absent node changes nothing"
    await system.converge(desired(), print)
    await system.follow_node()
    assert len(control_plane.snapshots) == 3
