from meshrig.inject.bootstrap import Upstream, as_argument, build_bootstrap
from meshrig.inject.probe import ProbeTarget
from meshrig.names import CONTROL_PLANE_HOST


def _channel_args(address: str) -> dict[str, object]:
    ads = build_bootstrap(Upstream(address, "pem"), "m", "n", ())["dynamic_resources"]["ads_config"]
    args: dict[str, object] = ads["grpc_services"][0]["google_grpc"]["channel_args"]["args"]
    return args


def test_the_certificate_is_checked_against_the_services_name_however_it_is_reached() -> None:
    assert "grpc.ssl_target_name_override" not in _channel_args(f"{CONTROL_PLANE_HOST}:15012")
    assert _channel_args("10.0.0.1:15012")["grpc.ssl_target_name_override"] == {"string_value": CONTROL_PLANE_HOST}


def test_kubernetes_leaves_dollars_alone() -> None:
    target = ProbeTarget("/app-health/a/livez", "http", 80, "/$(POD_NAME)$$")
    bootstrap = build_bootstrap(Upstream("h:1", "pem"), "m", "n", [target])
    assert "/$$(POD_NAME)$$$$" in as_argument(bootstrap)


def test_nothing_of_ours_has_a_name_of_app_mesh() -> None:
    targets = [ProbeTarget("/app-health/a/livez", "tcp", 80), ProbeTarget("/app-health/a/readyz", "https", 80)]
    static = build_bootstrap(Upstream("h:1", "pem"), "m", "n", targets)["static_resources"]
    names = [each["name"] for each in (*static["listeners"], *static["clusters"])]
    assert names == ["meshrig_probe", "meshrig_admin", "meshrig_app-health_a_livez", "meshrig_app_https_80"]


def test_stats_tags_on_request() -> None:
    tagged = build_bootstrap(Upstream("h:1", "pem"), "m", "n", (), stats_tags=True)["stats_config"]["stats_tags"]
    assert {tag["tag_name"]: tag["fixed_value"] for tag in tagged} == {
        "appmesh.mesh": "m",
        "appmesh.virtual_node": "n",
    }
