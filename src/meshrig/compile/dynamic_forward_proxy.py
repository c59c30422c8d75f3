"""The HTTP filter that resolves the host of a request bound for a dynamic forward proxy cluster."""

from envoy.extensions.filters.http.dynamic_forward_proxy.v3 import dynamic_forward_proxy_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2

from meshrig.compile.cluster import build_dns_cache
from meshrig.compile.wire import named


def build_dynamic_forward_proxy_filter() -> hcm_pb2.HttpFilter:
    config = dynamic_forward_proxy_pb2.FilterConfig(dns_cache_config=build_dns_cache())
    return hcm_pb2.HttpFilter(**named("envoy.filters.http.dynamic_forward_proxy", config))
