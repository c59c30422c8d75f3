"""Whether a server can be had by going around the mesh: no certificate, straight to an address."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from meshrig.scenario.attempt import Attempt, Outcome
from meshrig.scenario.context import ScenarioContext, Targets
from meshrig.scenario.definition import Bypass, ClientKind, Via
from meshrig.scenario.result import Check

_EXPECTED = "refused"
_VIA: Mapping[Via, str] = {"pod_ip": "pod IP", "cluster_ip": "ClusterIP", "node_port": "NodePort"}
_CLIENTS: Mapping[ClientKind, str] = {"plaintext": "plaintext", "none": "no certificate"}


@dataclass(frozen=True)
class _Trial:
    """A client at all addresses of one kind; ``open_because``: why this runtime lets it through."""

    what: str
    attempts: tuple[Attempt, ...]
    open_because: str = ""


async def check_bypass(bypass: Bypass, context: ScenarioContext) -> tuple[Check, ...]:
    """A check for each kind of address and client. Raises MeshrigError when the mesh cannot be reached.

    What a runtime has no address for, and what it cannot guard, is noted: neither passed nor failed.
    """
    targets = await context.mesh.targets(bypass.target)
    trials = (*_guarded(bypass, targets), *_unguarded(bypass, targets))
    outcomes = iter(await context.mesh.dial([attempt for trial in trials for attempt in trial.attempts]))
    checks = [_check(bypass, trial, [next(outcomes) for _ in trial.attempts]) for trial in trials]
    absent = (
        Check.note(bypass.name, f"{bypass.target} by {_VIA[via]}, {_CLIENTS[client]}", _EXPECTED, f"not tried: {why}")
        for via, why in _absent(bypass, targets)
        for client in bypass.clients
    )
    return (*checks, *absent)


def _guarded(bypass: Bypass, targets: Targets) -> Iterator[_Trial]:
    for via in bypass.via:
        found = [target for target in targets.addresses if target.via == via and not target.open_because]
        for client in bypass.clients if found else ():
            plaintext = client == "plaintext"
            attempts = tuple(Attempt(target.host, target.port, plaintext) for target in found)
            yield _Trial(f"{bypass.target} by {_VIA[via]}, {_CLIENTS[client]}", attempts)


def _unguarded(bypass: Bypass, targets: Targets) -> Iterator[_Trial]:
    """In clear only: a server that speaks no TLS turns a TLS client away, which would look like a guard."""
    if "plaintext" not in bypass.clients:
        return
    for via in bypass.via:
        found = [target for target in targets.addresses if target.via == via and target.open_because]
        if found:
            attempts = tuple(Attempt(target.host, target.port, plaintext=True) for target in found)
            what = f"{bypass.target} behind its sidecar, {_CLIENTS['plaintext']}"
            yield _Trial(what, attempts, found[0].open_because)


def _absent(bypass: Bypass, targets: Targets) -> Iterator[tuple[Via, str]]:
    there = {target.via for target in targets.addresses if not target.open_because}
    for via in bypass.via:
        if via not in there:
            yield via, targets.absent.get(via, f"{bypass.target} has no {_VIA[via]}")


def _check(bypass: Bypass, trial: _Trial, outcomes: Sequence[Outcome]) -> Check:
    seen = "; ".join(f"{attempt} {outcome}" for attempt, outcome in zip(trial.attempts, outcomes, strict=True))
    if trial.open_because:
        return Check.note(bypass.name, trial.what, _EXPECTED, f"{seen}: {trial.open_because}")
    kinds = sorted({outcome.kind for outcome in outcomes})
    return Check(bypass.name, trial.what, _EXPECTED, seen, kinds == [_EXPECTED], ", ".join(kinds))
