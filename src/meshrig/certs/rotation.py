"""Which certificates are to be renewed, and when: pure functions of the certificates and the time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

_ROTATE_AFTER = 2 / 3


@dataclass(frozen=True)
class IssuedCertificate:
    """``cert_chain_pem`` is the leaf; times are UTC."""

    cert_chain_pem: str
    private_key_pem: str = field(repr=False)
    not_before: datetime
    not_after: datetime
    serial: int


@dataclass(frozen=True)
class Rotation[Identity]:
    """``renew``: identities without a certificate or with one due; ``drop``: certificates nobody needs any more;
    ``next_check``: when the next of those that stay is due, None without any."""

    renew: tuple[Identity, ...]
    drop: tuple[Identity, ...]
    next_check: datetime | None


def rotation_time(certificate: IssuedCertificate) -> datetime:
    """When two thirds of its lifetime are over."""
    return certificate.not_before + (certificate.not_after - certificate.not_before) * _ROTATE_AFTER


def rotation_due(certificate: IssuedCertificate, now: datetime) -> bool:
    """Whether two thirds of its lifetime are over."""
    return now >= rotation_time(certificate)


def plan_rotation[Identity](
    identities: Iterable[Identity], current: Mapping[Identity, IssuedCertificate], now: datetime
) -> Rotation[Identity]:
    """Compare who needs a certificate with who has one; keeps the order of ``identities``."""
    wanted = tuple(dict.fromkeys(identities))
    renew = tuple(name for name in wanted if name not in current or rotation_due(current[name], now))
    drop = tuple(name for name in current if name not in set(wanted))
    staying = [rotation_time(current[name]) for name in wanted if name not in set(renew)]
    return Rotation(renew, drop, min(staying, default=None))
