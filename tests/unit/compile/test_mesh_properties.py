"""What holds for every valid mesh."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from meshrig.compile.static import to_yaml
from meshrig.compile.virtual_node import compile_virtual_node
from meshrig.model.appmesh import ClientPolicy, ClientPolicyTls, ListenerTls, MeshModel, TlsValidation, VirtualNode
from meshrig.model.plan import Endpoint, ListenerPlacement, ProxyConfig, Topology
from tests.golden import mesh as ms
from tests.unit.compile.references import references_of

_NAMES = ("a", "b", "c", "d")
_PORTS = (80, 8080, 9090)


def _tls() -> st.SearchStrategy[ListenerTls | None]:
    modes = st.sampled_from(["STRICT", "PERMISSIVE", "DISABLED"])
    return st.none() | st.builds(lambda mode: replace(ms.strict_tls(), mode=mode), modes)


def _policies() -> st.SearchStrategy[ClientPolicy | None]:
    tls = st.builds(
        lambda enforce, ports: ClientPolicyTls(TlsValidation(ms.TRUST), enforce, ports, ms.CERTIFICATE),
        st.booleans(),
        st.sampled_from([(), (80,), (8080, 9090)]),
    )
    return st.none() | st.builds(ClientPolicy, tls)


@st.composite
def _nodes(draw: st.DrawFn, name: str) -> VirtualNode:
    ports = draw(st.lists(st.sampled_from(_PORTS), unique=True, min_size=1))
    listeners = [ms.http_listener(port, draw(_tls())) for port in ports]
    backends = draw(st.lists(st.sampled_from(_NAMES), unique=True))
    return ms.virtual_node(name, listeners, backends, draw(_policies()))


@st.composite
def _meshes(draw: st.DrawFn) -> MeshModel:
    return ms.mesh_of([draw(_nodes(name)) for name in _NAMES], draw(st.booleans()))


def _compile(mesh: MeshModel, placed: bool, known: bool) -> ProxyConfig:
    placement = ListenerPlacement({port: (20_000 + port, 30_000 + port) for port in _PORTS}, 20_000)
    services = {(ms.hostname(name), port): (Endpoint("127.0.0.1", port),) for name in _NAMES for port in _PORTS}
    topology = Topology(services if known else {})
    return compile_virtual_node(mesh, "a", "a-0", placement if placed else None, topology)


@settings(max_examples=60, deadline=None)
@given(_meshes(), st.booleans(), st.booleans())
def test_every_mesh_compiles_the_same_each_time_and_refers_to_what_exists(
    mesh: MeshModel, placed: bool, known: bool
) -> None:
    config = _compile(mesh, placed, known)
    assert to_yaml(config) == to_yaml(_compile(mesh, placed, known))
    found = references_of(config)
    assert found.clusters <= set(config.clusters)
    assert found.routes == set(config.routes)
    assert found.secrets == {secret.secret_name for secret in config.secrets}
    assert found.eds == set(config.endpoints)
    assert len({secret.secret_name for secret in config.secrets}) == len(config.secrets)


@settings(max_examples=40, deadline=None)
@given(_meshes())
def test_host_names_are_unique_in_each_route_table(mesh: MeshModel) -> None:
    for routes in _compile(mesh, True, True).routes.values():
        hosts = list(routes.virtual_hosts)  # type: ignore[attr-defined]
        names = [host.name for host in hosts]
        domains = [domain for host in hosts for domain in host.domains]
        assert len(set(names)) == len(names)
        assert len(set(domains)) == len(domains)
