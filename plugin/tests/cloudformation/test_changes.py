"""What changed, and what asks for a new resource."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from meshrig_localstack.cloudformation.changes import changed_properties, needs_replacement

JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(st.sampled_from("ABCD"), JSON)


@given(PROPERTIES, PROPERTIES)
def test_changed_are_exactly_the_properties_that_differ(before: dict[str, Any], after: dict[str, Any]) -> None:
    changed = changed_properties(before, after)
    assert changed == changed_properties(after, before)
    assert all(before.get(name) != after.get(name) for name in changed)
    assert all(before.get(name) == after.get(name) for name in {*before, *after} - changed)


@given(PROPERTIES)
def test_nothing_is_replaced_when_nothing_changed(properties: dict[str, Any]) -> None:
    assert changed_properties(properties, properties) == frozenset()
    assert not needs_replacement([("A",), ("B", "*", "C")], properties, properties)


def test_a_create_only_property_below_the_top_replaces() -> None:
    paths = [("KubernetesNetworkConfig", "IpFamily")]
    before = {"KubernetesNetworkConfig": {"IpFamily": "ipv4", "Other": 1}}
    assert needs_replacement(paths, before, {"KubernetesNetworkConfig": {"IpFamily": "ipv6", "Other": 1}})
    assert not needs_replacement(paths, before, {"KubernetesNetworkConfig": {"IpFamily": "ipv4", "Other": 2}})


def test_a_create_only_property_of_list_items_replaces() -> None:
    paths = [("Rules", "*", "Name")]
    assert needs_replacement(paths, {"Rules": [{"Name": "a"}]}, {"Rules": [{"Name": "b"}]})
    assert not needs_replacement(paths, {"Rules": [{"Name": "a", "X": 1}]}, {"Rules": [{"Name": "a", "X": 2}]})


def test_removing_or_adding_a_create_only_property_replaces() -> None:
    assert needs_replacement([("Name",)], {"Name": "a"}, {})
    assert needs_replacement([("Name",)], {}, {"Name": "a"})


def test_text_and_number_are_the_same_value() -> None:
    assert not needs_replacement([("Port",)], {"Port": "80"}, {"Port": 80})
    assert not needs_replacement([("On",)], {"On": "true"}, {"On": True})
