"""Settings to JSON and back, and what is wrong with settings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError
from meshrig.harness.control_plane.settings import settings_from_json, settings_to_json
from meshrig.model.control_plane import ControlPlaneSettings

TEXT = st.text(min_size=1, max_size=20)
SETTINGS = st.builds(
    ControlPlaneSettings,
    stack=TEXT,
    region=TEXT,
    envoy_image=TEXT,
    endpoint_url=st.sampled_from(["", "http://localstack:4566", "https://a"]),
    images=st.dictionaries(TEXT, TEXT, max_size=3),
    pod_environment=st.dictionaries(TEXT, TEXT, max_size=3),
    egress_ignored_ports=st.lists(st.integers(1, 65535), max_size=3).map(tuple),
    egress_ignored_ips=st.lists(TEXT, max_size=3).map(tuple),
)
GOOD = '{"stack": "shop", "region": "us-east-1", "envoy_image": "envoy"'


@given(SETTINGS)
def test_settings_survive_json(settings: ControlPlaneSettings) -> None:
    assert settings_from_json(settings_to_json(settings), "here") == settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "stack is missing"),
        (GOOD + ', "stak": 1}', "unknown field .did you mean stack"),
        (GOOD + ', "images": {"a": 1}}', "must be text"),
        (GOOD + ', "egress_ignored_ports": [0]}', "'0' is no port"),
        (GOOD + ', "endpoint_url": "localstack"}', "must be a URL"),
        ("[]", "must be a mapping"),
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as refused:
        settings_from_json(text, "ConfigMap a/b")
    assert "ConfigMap a/b" in refused.value.message
