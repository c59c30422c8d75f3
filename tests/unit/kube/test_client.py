"""Calls of the Kubernetes API against a fake server."""

import pytest

from meshrig.kube.client import KubeClient, Selection
from meshrig.kube.errors import KubeError
from meshrig.kube.kinds import CONFIG_MAP, NAMESPACE, SERVICE
from tests.unit.kube.fake_api import FakeApi


def config_map(name: str = "a", namespace: str = "x", **data: str) -> dict[str, object]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def test_an_object_is_created_read_changed_and_deleted(client: KubeClient, api: FakeApi) -> None:
    await client.create(config_map(colour="red"))
    found = await client.get(CONFIG_MAP, "a", "x")
    assert found["data"] == {"colour": "red"}
    found["data"] = {"colour": "blue"}
    await client.replace(found)
    await client.merge(CONFIG_MAP, "a", {"data": {"size": "1"}}, "x")
    assert (await client.get(CONFIG_MAP, "a", "x"))["data"] == {"colour": "blue", "size": "1"}
    await client.delete(CONFIG_MAP, "a", "x")
    await client.delete(CONFIG_MAP, "a", "x")
    assert api.find(CONFIG_MAP, "a", "x") is None


async def test_applying_creates_and_then_changes(client: KubeClient, api: FakeApi) -> None:
    await client.apply(config_map(colour="red"))
    await client.apply(config_map(size="1"))
    found = api.find(CONFIG_MAP, "a", "x")
    assert found is not None
    assert found["data"] == {"colour": "red", "size": "1"}


async def test_a_write_of_something_that_has_changed_since_is_a_conflict(client: KubeClient, api: FakeApi) -> None:
    await client.create(config_map())
    stale = await client.get(CONFIG_MAP, "a", "x")
    api.put(config_map(colour="red"))
    with pytest.raises(KubeError) as refused:
        await client.replace(stale)
    assert refused.value.is_conflict
    with pytest.raises(KubeError) as refused:
        await client.create(config_map())
    assert refused.value.is_conflict


async def test_what_is_not_there_is_missing_and_says_what_was_asked(client: KubeClient) -> None:
    with pytest.raises(KubeError, match="GET /api/v1/namespaces/x/services/s") as missing:
        await client.get(SERVICE, "s", "x")
    assert missing.value.is_missing


async def test_a_list_is_read_page_by_page_and_by_selection(client: KubeClient, api: FakeApi) -> None:
    for number in range(5):
        api.put(config_map(f"m{number}"))
    api.put(config_map("m1", "other"))
    api.page = 2
    names = [item["metadata"]["name"] for item in (await client.list(Selection(CONFIG_MAP, "x"))).items]
    assert names == ["m0", "m1", "m2", "m3", "m4"]
    found = await client.list(Selection(CONFIG_MAP, name="m1"))
    assert [item["metadata"]["namespace"] for item in found.items] == ["other", "x"]
    assert found.resource_version == str(api.version)


async def test_a_server_that_is_away_is_an_error_without_a_status(client: KubeClient, api: FakeApi) -> None:
    api.refuse = 500
    with pytest.raises(KubeError) as refused:
        await client.get(NAMESPACE, "x")
    assert refused.value.status == 500


async def test_a_line_longer_than_any_buffer_is_one_event(client: KubeClient, api: FakeApi) -> None:
    api.put(config_map(text="x" * 300_000))
    async for event in client.watch(Selection(CONFIG_MAP), "0"):
        assert len(event.object["data"]["text"]) == 300_000
        break
