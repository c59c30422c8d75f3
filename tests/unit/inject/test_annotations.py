import pytest

from meshrig.errors import Problem
from meshrig.inject.annotations import read_options
from meshrig.inject.options import METADATA_IPS, Mount, SidecarOptions
from tests.unit.inject.pods import container, injected, pod, problems_of, sidecar_of


def _read(**annotations: str) -> SidecarOptions:
    problems: list[Problem] = []
    options = read_options({f"appmesh.k8s.aws/{name}": text for name, text in annotations.items()}, problems)
    assert not problems
    return options


def _problems(name: str, text: str) -> str:
    problems: list[Problem] = []
    read_options({f"appmesh.k8s.aws/{name}": text}, problems)
    return "\n".join(map(str, problems))


def test_defaults() -> None:
    assert _read() == SidecarOptions()
    assert _read().egress_ignored_ips == METADATA_IPS


def test_lists() -> None:
    options = _read(ports="80, 8080,80", egressIgnoredPorts="22", egressIgnoredIPs="10.0.0.0/8, ::1", ignoredUID="0")
    assert options.inbound_ports == (80, 8080)
    assert options.egress_ignored_ports == (22,)
    assert options.egress_ignored_ips == ("10.0.0.0/8", "::1")
    assert options.ignored_uid == 0


def test_an_empty_list_of_ports_redirects_nothing_inbound() -> None:
    assert _read(ports="").inbound_ports == ()


def test_resources() -> None:
    assert _read(memoryLimit="16Mi").requests["memory"] == "16Mi", "the default request shrinks to the limit"
    assert _read(cpuLimit="1").limits == {"cpu": "1"}
    assert "below the request" in str(problems_of(pod(annotations=_prefixed(cpuRequest="2", cpuLimit="500m"))))


def test_environment_and_mounts() -> None:
    options = _read(sidecarEnv="A=1,B=x=y", sidecarEnvJson='[{"C": "a,b"}]', secretMounts="s:/s", volumeMounts="v:/v")
    assert options.environment == {"A": "1", "B": "x=y", "C": "a,b"}
    assert (options.secret_mounts, options.volume_mounts) == ((Mount("s", "/s"),), (Mount("v", "/v"),))


def test_what_the_agent_made_of_variables() -> None:
    options = _read(sidecarEnv="ENVOY_LOG_LEVEL=debug,ENABLE_ENVOY_STATS_TAGS=1")
    assert (options.log_level, options.stats_tags, options.environment) == ("debug", True, {})


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ports", "http", "'http' is not a port"),
        ("ports", "0", "'0' is not a port"),
        ("egressIgnoredPorts", "70000", "'70000' is not a port"),
        ("egressIgnoredIPs", "example.com", "neither an IP address nor a CIDR block"),
        ("ignoredUID", "root", "not the number of a user"),
        ("cpuRequest", "fast", "'fast' is not an amount"),
        ("sidecarEnv", "A", "'A' is not NAME=VALUE"),
        ("sidecarEnv", "ENABLE_ENVOY_XRAY_TRACING=1", "ENABLE_ENVOY_XRAY_TRACING can't be honoured"),
        ("sidecarEnv", "POD_NAME=x", "POD_NAME is set by the injection itself"),
        ("sidecarEnv", "ENVOY_LOG_LEVEL=loud", "ENVOY_LOG_LEVEL=loud is not one of"),
        ("sidecarEnvJson", '{"A": "1"}', "is not JSON of the form"),
        ("sidecarEnvJson", '[{"A": 1}]', "is not JSON of the form"),
        ("secretMounts", "certs", "'certs' is not NAME:/PATH"),
        ("proxyIngressPort", "16000", "'16000' can't be honoured"),
        ("appmeshCNI", "enabled", "'enabled' can't be honoured"),
        ("sds", "enabled", "'enabled' can't be honoured"),
        ("ipv6", "enabled", "IPv6 is refused"),
        ("xrayAgentConfigMount", "v:/x", "no X-Ray agent"),
        ("egressIgnoredPort", "22", "did you mean egressIgnoredPorts?"),
        ("virtualGatewaySkipImageOverride", "true", "neither enabled nor disabled"),
    ],
)
def test_what_is_wrong_is_named(name: str, text: str, message: str) -> None:
    found = _problems(name, text)
    assert message in found
    assert f"metadata.annotations[appmesh.k8s.aws/{'sidecarEnv' if name == 'sidecarEnv' else name}]" in found


def test_all_problems_at_once() -> None:
    annotations = _prefixed(egressIgnoredPorts="x", cpuLimit="y", preview="enabled")
    assert len(problems_of(pod(annotations=annotations)).splitlines()) == 3


def test_values_that_say_what_happens_anyway_are_fine() -> None:
    annotations = _prefixed(proxyEgressPort="15001", proxyIngressPort="15000", sds="disabled", appmeshCNI="disabled")
    assert not problems_of(pod(annotations=annotations))


def test_variables_may_refer_to_the_pods_fields() -> None:
    sidecar = sidecar_of(injected(pod(annotations=_prefixed(sidecarEnv="WHO=$(POD_NAME)"))))
    assert [variable["name"] for variable in sidecar["env"]] == ["POD_NAME", "POD_NAMESPACE", "WHO"]


def test_a_volume_that_is_not_there() -> None:
    annotations = _prefixed(volumeMounts="scratch:/s")
    assert "no volume 'scratch'" in problems_of(pod(annotations=annotations))
    assert not problems_of(pod(container(), annotations=annotations, volumes=[{"name": "scratch", "emptyDir": {}}]))


def _prefixed(**annotations: str) -> dict[str, str]:
    return {f"appmesh.k8s.aws/{name}": text for name, text in annotations.items()}
