"""Properties: whatever JSON comes, the answer is valid or an App Mesh error; a valid spec comes back unchanged."""

from functools import cache
from typing import Any

from appmesh_specs import REGION, MeshUnderTest, mesh_under_test
from botocore.model import Shape
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from meshrig_localstack.appmesh.api import Caller
from meshrig_localstack.appmesh.errors import AppMeshError
from meshrig_localstack.appmesh.kinds import KINDS, VIRTUAL_NODE
from meshrig_localstack.appmesh.rules import spec_problems
from meshrig_localstack.appmesh.service_model import appmesh_model, operation_model
from meshrig_localstack.shapes import shape_problems

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CALLER = Caller("000000000000", REGION)


def values_of(shape: Shape, wild: bool) -> st.SearchStrategy[Any]:
    """Values that fit a shape; ``wild`` mixes in any JSON, and leaves out what is required."""
    return _values_named(shape.name, wild)


@cache
def _values_named(name: str, wild: bool) -> st.SearchStrategy[Any]:
    shape = appmesh_model().shape_for(name)
    fitting = _FITTING[shape.type_name](shape, wild)
    return st.one_of(fitting, fitting, fitting, JSON) if wild else fitting


def _later(shape: Shape, wild: bool) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: values_of(shape, wild))


def _structures(shape: Any, wild: bool) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: _later(each, wild) for name, each in shape.members.items()}
    if shape.is_tagged_union:
        return st.one_of([st.fixed_dictionaries({name: value}) for name, value in members.items()])
    required = {} if wild else {name: members[name] for name in shape.required_members}
    optional = {name: value for name, value in members.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def _strings(shape: Any, _wild: bool) -> st.SearchStrategy[str]:
    if shape.enum:
        return st.sampled_from(shape.enum)
    low, high = shape.metadata.get("min", 0), min(shape.metadata.get("max", 12), 12)
    return st.text(st.sampled_from("abcxyz019"), min_size=low, max_size=max(low, high))


def _integers(shape: Any, _wild: bool) -> st.SearchStrategy[int]:
    return st.integers(shape.metadata.get("min", -(2**31)), shape.metadata.get("max", 2**31))


_FITTING: dict[str, Any] = {
    "structure": _structures,
    "list": lambda shape, wild: st.lists(
        st.deferred(lambda: values_of(shape.member, wild)),
        min_size=shape.metadata.get("min", 0),
        max_size=min(shape.metadata.get("max", 3), 3),
    ),
    "string": _strings,
    "integer": _integers,
    "long": _integers,
    "boolean": lambda _shape, _wild: st.booleans(),
}


@cache
def _requests_of(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    return _structures(operation_model(operation).input_shape, wild=True)


@st.composite
def wild_requests(draw: st.DrawFn) -> tuple[str, Any]:
    operation = draw(st.sampled_from(appmesh_model().operation_names))
    request = draw(_requests_of(operation))
    return operation, {"meshName": "m", **request}


def answer_or_error(operation: str, request: Any) -> dict[str, Any] | AppMeshError:
    try:
        return mesh_under_test().api.call(operation, CALLER, request)
    except AppMeshError as error:
        return error


@given(wild_requests())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_request_is_answered_or_refused(call: tuple[str, Any]) -> None:
    operation, request = call
    answer = answer_or_error(operation, request)
    if isinstance(answer, AppMeshError):
        assert 400 <= answer.status_code < 500
        assert answer.message
    else:
        assert list(shape_problems(operation_model(operation).output_shape, answer)) == []


@given(st.sampled_from(KINDS), st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_rules_take_every_spec_the_model_accepts(kind: Any, data: st.DataObject) -> None:
    shape = operation_model(f"Create{kind.noun}").input_shape.members["spec"]
    spec = data.draw(values_of(shape, wild=False))
    assert list(shape_problems(shape, spec)) == []
    assert all(isinstance(problem, str) for problem in spec_problems(kind, spec))


@given(st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_a_valid_virtual_node_comes_back_unchanged(data: st.DataObject) -> None:
    shape = operation_model("CreateVirtualNode").input_shape.members["spec"]
    spec = data.draw(values_of(shape, wild=False))
    for listener in spec.get("listeners", []):
        listener.pop("connectionPool", None)
        listener.pop("timeout", None)
        listener.get("healthCheck", {}).pop("port", None)
    if not spec.get("listeners"):
        spec.pop("serviceDiscovery", None)
    assume(not spec_problems(VIRTUAL_NODE, spec))
    mesh: MeshUnderTest = mesh_under_test()
    mesh.call("CreateVirtualNode", virtualNodeName="n", spec=spec)
    assert mesh.call("DescribeVirtualNode", virtualNodeName="n")["virtualNode"]["spec"] == spec
