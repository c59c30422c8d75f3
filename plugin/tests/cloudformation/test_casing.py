"""Property values as API parameters."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.model import DenormalizedStructureBuilder, StructureShape
from hypothesis import given
from hypothesis import strategies as st

from meshrig_localstack.cloudformation.casing import NotInApiError, member_name, parameter

SHAPE = (
    DenormalizedStructureBuilder()
    .with_members(
        {
            "meshName": {"type": "string"},
            "portMapping": {"type": "structure", "members": {"port": {"type": "integer"}}},
            "providerARNs": {"type": "list", "member": {"type": "string"}},
            "tags": {"type": "map", "key": {"type": "string"}, "value": {"type": "string"}},
            "enabled": {"type": "boolean"},
            "weight": {"type": "double"},
        }
    )
    .build_model()
)


def converted(properties: Mapping[str, Any]) -> Any:
    return parameter(SHAPE, properties, "Spec")


def test_members_match_whatever_their_case() -> None:
    assert converted({"MeshName": "shop", "ProviderARNs": ["a"]}) == {"meshName": "shop", "providerARNs": ["a"]}
    assert member_name(SHAPE, "PROVIDERARNS") == "providerARNs"
    assert member_name(SHAPE, "Unknown") is None


def test_values_take_the_type_of_their_shape() -> None:
    given_properties = {"PortMapping": {"Port": "80"}, "Enabled": "true", "Weight": "1.5", "MeshName": {"a": 1}}
    wanted = {"portMapping": {"port": 80}, "enabled": True, "weight": 1.5, "meshName": '{"a": 1}'}
    assert converted(given_properties) == wanted


@pytest.mark.parametrize("tags", [[{"Key": "a", "Value": "b"}], {"a": "b"}])
def test_tags_come_in_both_forms(tags: Any) -> None:
    assert converted({"Tags": tags}) == {"tags": {"a": "b"}}


def test_a_member_the_api_lacks_is_named_with_its_path() -> None:
    with pytest.raises(NotInApiError, match=r"Spec\.PortMapping\.Prot"):
        converted({"PortMapping": {"Prot": 1}})


@given(st.dictionaries(st.sampled_from(["MeshName", "MESHNAME", "meshName"]), st.text(), max_size=1))
def test_text_is_never_changed(properties: dict[str, str]) -> None:
    shape: StructureShape = SHAPE
    assert list(parameter(shape, properties, "").values()) == list(properties.values())
