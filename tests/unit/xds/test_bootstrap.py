import json
import os
from pathlib import Path

from envoy.config.bootstrap.v3.bootstrap_pb2 import Bootstrap
from envoy.config.core.v3.config_source_pb2 import ApiConfigSource
from envoy.extensions.upstreams.http.v3 import http_protocol_options_pb2  # noqa: F401  (resolves Any)
from google.protobuf.json_format import ParseDict

from meshrig.xds.bootstrap import build_bootstrap, find_envoy


def parsed(admin: Path | int) -> Bootstrap:
    built = build_bootstrap("mesh/a", "a", Path("/run/xds.sock"), admin, {"mesh": "m"})
    return ParseDict(json.loads(json.dumps(built)), Bootstrap())


def test_the_bootstrap_is_a_valid_message_with_delta_ads() -> None:
    made = parsed(Path("/run/admin.sock"))
    assert made.node.id == "mesh/a"
    assert made.dynamic_resources.ads_config.api_type == ApiConfigSource.DELTA_GRPC
    assert made.admin.address.pipe.path == "/run/admin.sock"
    assert made.stats_config.stats_tags[0].fixed_value == "m"


def test_admin_may_be_a_loopback_port() -> None:
    assert parsed(9901).admin.address.socket_address.address == "127.0.0.1"


def test_the_wheels_envoy_can_be_run() -> None:
    assert os.access(find_envoy(), os.X_OK)
