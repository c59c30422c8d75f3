"""Read the logs of processes, as ``kubectl logs`` would."""

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

_POLL_SECONDS = 0.2


def find_logs(folder: Path, name: str) -> tuple[Path, ...]:
    """Logs of the process of that name, or of every pod of a workload of that name (their sidecars left out)."""
    exact = folder / f"{name}.log"
    if exact.exists():
        return (exact,)
    pods = (path for path in folder.glob(f"{name}-*.log") if path.stem.removeprefix(f"{name}-").isdigit())
    return tuple(sorted(pods))


def tail(log: Path, lines: int) -> tuple[str, ...]:
    """The last ``lines`` lines; all of them when ``lines`` is negative."""
    with log.open(errors="replace") as stream:
        kept = deque(stream, maxlen=None if lines < 0 else lines)
    return tuple(line.rstrip("\n") for line in kept)


def follow(logs: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """New lines of any of the logs as they come, for ever; survives the file's rotation."""
    offsets = {log: log.stat().st_size for log in logs}
    while True:
        for log in logs:
            size = log.stat().st_size if log.exists() else 0
            start = offsets[log] if size >= offsets[log] else 0
            if size > start:
                with log.open(errors="replace") as stream:
                    stream.seek(start)
                    text = stream.read()
                complete, newline, _ = text.rpartition("\n")
                offsets[log] = start + len((complete + newline).encode(errors="replace"))
                yield from ((log, line) for line in complete.splitlines())
        time.sleep(_POLL_SECONDS)
