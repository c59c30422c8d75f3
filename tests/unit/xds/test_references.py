from envoy.config.core.v3.base_pb2 import TransportSocket
from envoy.config.core.v3.config_source_pb2 import ConfigSource, PathConfigSource
from envoy.extensions.transport_sockets.tls.v3.secret_pb2 import SdsSecretConfig
from envoy.extensions.transport_sockets.tls.v3.tls_pb2 import CommonTlsContext, UpstreamTlsContext
from google.protobuf.any_pb2 import Any

from meshrig.xds.references import ENDPOINT, ROUTE, SECRET, find_references
from meshrig.xds.snapshot import Snapshot
from tests.unit.xds.resources import ADS, cluster, listener, snapshot


def test_a_listener_refers_to_its_routes_and_a_cluster_to_its_endpoints() -> None:
    assert find_references(listener("in", "routes")) == {(ROUTE, "routes")}
    assert find_references(cluster("a")) == {(ENDPOINT, "a")}


def test_a_service_name_goes_before_the_name_of_the_cluster() -> None:
    named = cluster("a")
    named.eds_cluster_config.service_name = "b"
    assert find_references(named) == {(ENDPOINT, "b")}


def test_secrets_are_found_inside_transport_sockets() -> None:
    secret = SdsSecretConfig(name="key", sds_config=ADS)
    context = UpstreamTlsContext(common_tls_context=CommonTlsContext(tls_certificate_sds_secret_configs=[secret]))
    packed = Any()
    packed.Pack(context)
    secured = cluster("a")
    secured.transport_socket.CopyFrom(TransportSocket(name="tls", typed_config=packed))
    assert (SECRET, "key") in find_references(secured)


def test_what_comes_from_a_file_is_no_reference() -> None:
    local = cluster("a")
    local.eds_cluster_config.eds_config.CopyFrom(ConfigSource(path_config_source=PathConfigSource(path="/eds.json")))
    assert find_references(local) == frozenset()


def test_an_unknown_type_is_not_looked_into() -> None:
    assert find_references(Any(type_url="type.googleapis.com/no.such.Type", value=b"\xff")) == frozenset()


def test_equal_snapshots_have_equal_versions_and_secrets_are_not_printed() -> None:
    assert snapshot({"a": 0}).version == snapshot({"a": 0}).version
    assert snapshot({"a": 0}).version != snapshot({"a": 1}).version
    assert "secrets" not in repr(Snapshot())
