"""Turns between real processes: flock is the kernel's."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from meshrig.harness.turn import interrupt_holder, turn

_HOLDS = """
import signal, sys, time
from pathlib import Path
from meshrig.harness.turn import turn
signal.signal(signal.SIGINT, signal.SIG_IGN)
with turn(Path(sys.argv[1]), print):
    try:
        print("mine", flush=True)
        time.sleep(600)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def hold(file: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", _HOLDS, str(file)], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    assert child.stdout.readline() == "mine\n"
    return child


def test_the_second_waits_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "up.lock"
    holder = hold(file)
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        os.kill(holder.pid, signal.SIGTERM)

    with turn(file, say):
        assert holder.wait(10) == 0
    assert said == [f"another meshrig up (pid {holder.pid}) is at work here; waiting for it"]


def test_a_holder_is_interrupted_and_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "up.lock"
    holder = hold(file)
    assert interrupt_holder(file)
    assert holder.communicate(timeout=10)[0] == "interrupted\n"


def test_nobody_is_interrupted_where_nobody_holds(tmp_path: Path) -> None:
    file = tmp_path / "up.lock"
    assert not interrupt_holder(file)
    # A pid left by one that has ended may be anybody's by now.
    file.write_text(str(os.getpid()))
    assert not interrupt_holder(file)
