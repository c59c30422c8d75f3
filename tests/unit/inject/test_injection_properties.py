"""What holds for every pod."""

import json
from typing import Any

import jsonpatch
from hypothesis import given, settings
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError
from meshrig.inject.annotations import PREFIX
from meshrig.inject.decision import decide_injection
from meshrig.inject.patch import json_patch
from meshrig.inject.pod import inject_pod
from meshrig.names import INJECTION_LABEL
from tests.golden.injection.cases import MESH_NAMESPACE, SETTINGS

_NAMES = ("ports", "egressIgnoredIPs", "cpuLimit", "sidecarEnvJson", "secretMounts", "ignoredUID", "sds", "other")
_TEXTS = st.sampled_from(["", "80", "80,443", "10.0.0.0/8", "1e", '[{"A":"$(B)"}]', "x:/y", "disabled"]) | st.text()
_PORTS = st.integers(0, 70000) | st.sampled_from(["http", "8080", "", "9" * 6000])
_ACTIONS = st.fixed_dictionaries({"port": _PORTS}, optional={"path": st.text(max_size=5), "scheme": _TEXTS})
_PROBES = st.one_of(
    st.none(),
    st.fixed_dictionaries({"httpGet": _ACTIONS}, optional={"timeoutSeconds": st.integers(0, 9)}),
    st.fixed_dictionaries({"tcpSocket": st.fixed_dictionaries({"port": _PORTS})}),
    st.fixed_dictionaries({"grpc": st.fixed_dictionaries({"port": st.integers(1, 70000)})}),
)
_HOOKS = st.one_of(
    st.fixed_dictionaries({"httpGet": _ACTIONS}),
    st.fixed_dictionaries({"sleep": st.fixed_dictionaries({"seconds": st.integers(0, 99)})}),
)
_CONTAINERS = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "b", "c", "envoy"])},
    optional={
        "image": st.sampled_from(["shop-app", "auto", "x"]),
        "readinessProbe": _PROBES,
        "startupProbe": _PROBES,
        "lifecycle": st.none() | st.fixed_dictionaries({}, optional={"preStop": _HOOKS, "postStart": _HOOKS}),
        "restartPolicy": st.just("Always"),
        "ports": st.lists(
            st.fixed_dictionaries({"containerPort": st.sampled_from([80, 8080]), "name": st.just("http")})
        ),
        "env": st.none() | st.just([{"name": "AWS_REGION", "value": "x"}]),
    },
)
_PODS = st.fixed_dictionaries(
    {"spec": st.fixed_dictionaries(
        {"containers": st.lists(_CONTAINERS, max_size=3)},
        optional={
            "initContainers": st.none() | st.lists(_CONTAINERS, max_size=2),
            "terminationGracePeriodSeconds": st.none() | st.integers(0, 100),
            "volumes": st.none() | st.just([{"name": "x", "emptyDir": {}}]),
            "hostNetwork": st.booleans(),
        },
    )},
    optional={
        "metadata": st.none() | st.fixed_dictionaries({}, optional={
            "annotations": st.none() | st.dictionaries(
                st.sampled_from([INJECTION_LABEL, "meshrig.io/ingress-class", *(PREFIX + name for name in _NAMES)]),
                _TEXTS,
                max_size=3,
            ),
        }),
    },
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["spec", "metadata", "containers", "name", "ports", "env", "annotations"]), inner
        )
    ),
)


def _inject(pod: Any) -> Any:
    return inject_pod(pod, "users", (8080,), decide_injection(MESH_NAMESPACE, pod), SETTINGS)


@settings(deadline=None)
@given(_PODS)
def test_injecting_twice_is_injecting_once_and_the_patch_says_it_all(pod: Any) -> None:
    before = json.dumps(pod)
    try:
        once = _inject(pod)
    except InvalidInputError as error:
        assert all(problem.message for problem in error.problems)
        return
    assert _inject(once) == once
    assert json.dumps(pod) == before
    # Through text: parts that the given pod shares would all be patched at once.
    assert jsonpatch.apply_patch(json.loads(before), json_patch(pod, once)) == once


@settings(deadline=None)
@given(_JSON)
def test_what_is_no_pod_is_refused_with_words(value: Any) -> None:
    try:
        _inject(value)
    except InvalidInputError as error:
        assert error.problems
