"""File access logs of ``spec.logging`` (appmesh-envoy specification, 12)."""

from envoy.config.accesslog.v3 import accesslog_pb2
from envoy.extensions.access_loggers.file.v3 import file_pb2

from meshrig.compile.wire import pack
from meshrig.model.appmesh import Logging


def build_access_logs(logging: Logging | None) -> list[accesslog_pb2.AccessLog]:
    """None or one file logger: JSON or text as the format says, Envoy's own line without one."""
    if logging is None or logging.access_log is None or logging.access_log.file is None:
        return []
    file = logging.access_log.file
    log = file_pb2.FileAccessLog(path=file.path)
    if file.format and file.format.json:
        for field in file.format.json:
            log.log_format.json_format.fields[field.key].string_value = field.value
    elif file.format and file.format.text is not None:
        log.log_format.text_format_source.inline_string = file.format.text
    return [accesslog_pb2.AccessLog(name="envoy.access_loggers.file", typed_config=pack(log))]
