"""Filters that see a connection before its filter chain is chosen."""

from envoy.config.listener.v3 import listener_components_pb2
from envoy.extensions.filters.listener.original_dst.v3 import original_dst_pb2
from envoy.extensions.filters.listener.tls_inspector.v3 import tls_inspector_pb2

from meshrig.compile.wire import named


def build_original_dst_filter() -> listener_components_pb2.ListenerFilter:
    return listener_components_pb2.ListenerFilter(
        **named("envoy.filters.listener.original_dst", original_dst_pb2.OriginalDst())
    )


def build_tls_inspector_filter() -> listener_components_pb2.ListenerFilter:
    return listener_components_pb2.ListenerFilter(
        **named("envoy.filters.listener.tls_inspector", tls_inspector_pb2.TlsInspector())
    )
