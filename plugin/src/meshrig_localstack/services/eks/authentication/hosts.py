"""Which hosts a token's call may name: AWS's STS, and this emulator under any of its names.

``aws eks get-token`` signs for the real STS, or for AWS_ENDPOINT_URL when that is set. Nothing is ever sent to the
host; it only is part of what was signed. So any port will do, and plain HTTP for the emulator, which real EKS refuses.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass

from meshrig_localstack.services.eks.authentication.refusal import RefusedTokenError
from meshrig_localstack.services.eks.authentication.token import PresignedCall

GLOBAL_HOST = "sts.amazonaws.com"
GLOBAL_REGION = "us-east-1"
REGIONAL_HOST = re.compile(r"sts(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)")
EMULATOR_HOSTS = ("localhost", "localhost.localstack.cloud", "localstack")
EMULATOR_DOMAINS = (".localhost", ".localhost.localstack.cloud")


@dataclass(frozen=True)
class TokenHosts:
    """``more``: further names this emulator is called by."""

    more: Collection[str] = ()

    def check(self, call: PresignedCall) -> None:
        """Raises RefusedTokenError for a call that was not made for STS."""
        if self._is_emulator(call.hostname):
            return
        region = aws_region(call.hostname)
        if region is None:
            raise RefusedTokenError(f"the token was signed for {call.hostname[:80]!r}, which is no STS")
        if call.scheme != "https" or call.host != call.hostname:
            raise RefusedTokenError(f"a token for {call.hostname} must be signed for https and its own port")
        if region != call.region:
            raise RefusedTokenError(f"the token was signed for {call.region}, but {call.hostname} is in {region}")

    def _is_emulator(self, name: str) -> bool:
        if name in EMULATOR_HOSTS or name in self.more or name.endswith(EMULATOR_DOMAINS):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


def aws_region(name: str) -> str | None:
    """The region whose STS has this name; None when it is no name of STS."""
    if name == GLOBAL_HOST:
        return GLOBAL_REGION
    found = REGIONAL_HOST.fullmatch(name)
    return found["region"] if found else None
