"""Whether a pod has the shape of one, as far as injection looks into it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from meshrig.errors import InvalidInputError, Origin, Problem

_Check = Callable[[Any, str], Iterator[Problem]]


def check_pod(pod: Any) -> None:
    """Raises InvalidInputError with every part that isn't what core/v1 Pod says it is.

    A webhook sees decoded objects, whose types the API server has checked; a file may hold anything.
    """
    problems = [Problem("must be a mapping")] if pod is None else list(_POD(pod, ""))
    if problems:
        raise InvalidInputError(problems)


def _is(kind: type | tuple[type, ...], words: str) -> _Check:
    def check(value: Any, subject: str) -> Iterator[Problem]:
        # bool is an int to Python, not to Kubernetes.
        right = isinstance(value, kind) and (not isinstance(value, bool) or kind is bool)
        if value is not None and not right:
            yield Problem(f"must be {words}", Origin(subject=subject))

    return check


def _mapping(required: tuple[str, ...] = (), **fields: _Check) -> _Check:
    def check(value: Any, subject: str) -> Iterator[Problem]:
        if value is None:
            return
        if not isinstance(value, Mapping):
            yield Problem("must be a mapping", Origin(subject=subject))
            return
        yield from (Problem(f"{key} is missing", Origin(subject=subject)) for key in required if value.get(key) is None)
        for key, inner in fields.items():
            yield from inner(value.get(key), f"{subject}.{key}".lstrip("."))

    return check


def _list(inner: _Check) -> _Check:
    def check(value: Any, subject: str) -> Iterator[Problem]:
        if value is None:
            return
        if not isinstance(value, list | tuple):
            yield Problem("must be a list", Origin(subject=subject))
            return
        for index, item in enumerate(value):
            if item is None:
                yield Problem("must not be empty", Origin(subject=f"{subject}[{index}]"))
            yield from inner(item, f"{subject}[{index}]")

    return check


def _texts(value: Any, subject: str) -> Iterator[Problem]:
    yield from _mapping()(value, subject)
    for key, text in value.items() if isinstance(value, Mapping) else ():
        if not (isinstance(key, str) and isinstance(text, str)):
            yield Problem("must be text", Origin(subject=f"{subject}[{key}]"), "quote it")


_TEXT = _is(str, "text")
_INTEGER = _is(int, "a whole number")
_PORT = _is((int, str), "a port's number or name")
_FLAG = _is(bool, "true or false")
_HTTP_GET = _mapping(("port",), path=_TEXT, host=_TEXT, scheme=_TEXT, port=_PORT)
_PROBE = _mapping(
    httpGet=_HTTP_GET,
    tcpSocket=_mapping(("port",), host=_TEXT, port=_PORT),
    grpc=_mapping(("port",), port=_INTEGER, service=_TEXT),
    periodSeconds=_INTEGER,
    timeoutSeconds=_INTEGER,
)
_HOOK = _mapping(httpGet=_HTTP_GET, sleep=_mapping(seconds=_INTEGER))
_SECURITY = _mapping(runAsUser=_INTEGER, capabilities=_mapping())
_CONTAINER = _mapping(
    ("name",),
    name=_TEXT,
    image=_TEXT,
    restartPolicy=_TEXT,
    args=_list(_TEXT),
    env=_list(_mapping(("name",), name=_TEXT)),
    ports=_list(_mapping(("containerPort",), containerPort=_INTEGER, name=_TEXT)),
    volumeMounts=_list(_mapping(("name",), name=_TEXT, mountPath=_TEXT)),
    startupProbe=_PROBE,
    readinessProbe=_PROBE,
    livenessProbe=_PROBE,
    lifecycle=_mapping(preStop=_HOOK, postStart=_HOOK),
    resources=_mapping(requests=_mapping(), limits=_mapping()),
    securityContext=_SECURITY,
)
_SPEC = _mapping(
    ("containers",),
    containers=_list(_CONTAINER),
    initContainers=_list(_CONTAINER),
    volumes=_list(_mapping(("name",), name=_TEXT)),
    hostNetwork=_FLAG,
    os=_mapping(name=_TEXT),
    terminationGracePeriodSeconds=_INTEGER,
    securityContext=_mapping(runAsUser=_INTEGER, sysctls=_list(_mapping(("name", "value"), name=_TEXT, value=_TEXT))),
)
_POD = _mapping(("spec",), metadata=_mapping(annotations=_texts, labels=_texts), spec=_SPEC)
