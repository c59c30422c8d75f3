"""Say something to whoever looks at an object with kubectl (API reference, Event v1)."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from meshrig.kube.client import KubeClient
from meshrig.kube.errors import KubeError
from meshrig.kube.kinds import EVENT
from meshrig.names import CONTROL_PLANE, SYSTEM_NAMESPACE

_LONGEST_MESSAGE = 1024


@dataclass(frozen=True)
class Subject:
    """The object an event is about."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str = ""


@dataclass(frozen=True)
class Notice:
    """``reason`` is one word in CamelCase."""

    subject: Subject
    reason: str
    message: str


CONTROL_PLANE_SUBJECT = Subject("apps/v1", "Deployment", SYSTEM_NAMESPACE, CONTROL_PLANE)


class EventLog:
    """Warnings as Events. The same one again is counted in the Event there is."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client
        self._said: frozenset[Notice] = frozenset()

    async def tell(self, notices: tuple[Notice, ...]) -> None:
        """Report what is wrong now; what was reported the last time already is passed over."""
        for notice in notices:
            if notice not in self._said:
                await self._write(notice)
        self._said = frozenset(notices)

    async def _write(self, notice: Notice) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        subject = notice.subject
        key = f"{subject} {notice.reason} {notice.message}"
        name = f"{subject.name[:200]}.{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        about = {
            "apiVersion": subject.api_version,
            "kind": subject.kind,
            "namespace": subject.namespace,
            "name": subject.name,
        }
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": subject.namespace},
            "involvedObject": about | ({"uid": subject.uid} if subject.uid else {}),
            "reason": notice.reason,
            "message": notice.message[:_LONGEST_MESSAGE],
            "type": "Warning",
            "source": {"component": CONTROL_PLANE},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            await self._client.create(body)
        except KubeError as error:
            if not error.is_conflict:
                raise
            known = await self._client.get(EVENT, name, subject.namespace)
            change = {"lastTimestamp": now, "count": int(known.get("count") or 1) + 1}
            await self._client.merge(EVENT, name, change, subject.namespace)
