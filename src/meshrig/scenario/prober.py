"""Dial for somebody who is not where the servers are: ``meshrig probe`` in a pod outside the mesh."""

import asyncio
import ssl

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.scenario.fetch import fetch_url
from meshrig.scenario.probe import dial
from meshrig.scenario.probe_messages import Fetch, Probe, Reply, decode_probes, encode_replies


def answer_probes(text: str) -> str:
    """Try all of them at once. Raises InvalidInputError for input that is none; the answer holds nothing secret."""
    return asyncio.run(_answer(decode_probes(text)))


async def _answer(probes: dict[str, Probe]) -> str:
    replies = await asyncio.gather(*(_try(probe, index) for index, probe in enumerate(probes.values())))
    return encode_replies(dict(zip(probes, replies, strict=True)))


async def _try(probe: Probe, index: int) -> Reply:
    if isinstance(probe, Fetch):
        return await fetch_url(probe.url, probe.timeout)
    try:
        return await dial(probe)
    except ssl.SSLError as error:
        problem = Problem("not a certificate with its key", Origin(subject=f"attempt {index}"))
        raise InvalidInputError([problem]) from error
