import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import MeshrigError
from meshrig.harness.keeper.store import DesiredStore, from_json, to_json
from meshrig.model.desired import ClusterBacking, DesiredState
from tests.unit.harness.desired_states import desired

STATES = st.builds(
    DesiredState,
    stack=st.text(),
    region=st.text(),
    template_name=st.text(),
    template_text=st.text(),
    parameters=st.dictionaries(st.text(), st.text()),
    backing=st.builds(ClusterBacking, st.text(), st.text(), st.text(), st.text()),
    repositories=st.lists(st.text()).map(tuple),
    ca_certificate=st.text(),
    ca_key=st.text(),
)


@given(STATES)
def test_a_state_survives_json(state: DesiredState) -> None:
    assert from_json(json.loads(json.dumps(to_json(state)))) == state


@pytest.mark.parametrize(
    "wrong",
    [
        {"novelty": 1},
        {"backing": None},
        {"backing": {"endpoint": "x"}},
        {"backing": {**to_json(desired())["backing"], "novelty": 1}},
        {"repositories": 3},
    ],
)
def test_what_another_version_says_is_refused_with_what_to_do(wrong: dict[str, Any]) -> None:
    with pytest.raises(MeshrigError, match="not a desired state") as caught:
        from_json({**to_json(desired()), **wrong})
    assert "different versions" in caught.value.hint


@pytest.mark.parametrize("content", [None, 3, "text", ["a"], {}])
def test_anything_else_is_refused(content: Any) -> None:
    with pytest.raises(MeshrigError, match="not a desired state"):
        from_json(content)


def test_the_file_is_the_keeper_s_only(tmp_path: Path) -> None:
    file = tmp_path / "desired.json"
    DesiredStore(file).save(desired())
    assert file.stat().st_mode & 0o777 == 0o600
    assert DesiredStore(file).load() == desired()


@pytest.mark.parametrize("text", [None, "", "{", "[]", json.dumps({"version": 2, "stack": "shop"})])
def test_a_missing_file_or_one_of_another_version_is_nothing(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "desired.json"
    if text is not None:
        file.write_text(text)
    assert DesiredStore(file).load() is None


def test_the_key_is_in_no_log() -> None:
    assert "PRIVATE" not in repr(desired())
