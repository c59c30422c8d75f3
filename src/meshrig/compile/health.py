"""Active health checks and outlier detection that a server's listener asks of its clients (specification, 7 and 8)."""

from envoy.config.cluster.v3 import outlier_detection_pb2
from envoy.config.core.v3 import health_check_pb2

from meshrig.compile.wire import milliseconds
from meshrig.model.appmesh import HealthCheck, OutlierDetection


def build_health_check(check: HealthCheck) -> health_check_pb2.HealthCheck:
    """Only status 200 is healthy; ``path`` defaults to ``/``."""
    built = health_check_pb2.HealthCheck(
        interval=milliseconds(check.interval_millis),
        timeout=milliseconds(check.timeout_millis),
        healthy_threshold={"value": check.healthy_threshold},
        unhealthy_threshold={"value": check.unhealthy_threshold},
    )
    if check.protocol == "tcp":
        built.tcp_health_check.SetInParent()
    elif check.protocol == "grpc":
        built.grpc_health_check.SetInParent()
    else:
        built.http_health_check.path = check.path or "/"
        built.http_health_check.codec_client_type = 1 if check.protocol == "http2" else 0
    return built


def build_outlier_detection(detection: OutlierDetection) -> outlier_detection_pb2.OutlierDetection:
    return outlier_detection_pb2.OutlierDetection(
        consecutive_5xx={"value": detection.max_server_errors},
        interval=milliseconds(detection.interval.milliseconds),
        base_ejection_time=milliseconds(detection.base_ejection_duration.milliseconds),
        max_ejection_percent={"value": detection.max_ejection_percent},
    )
