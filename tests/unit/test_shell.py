import sys

import pytest

from meshrig.errors import MeshrigError
from meshrig.shell import run

ECHO = [sys.executable, "-c", "import sys; print(sys.stdin.read().upper())"]
FAIL = [sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit('no')"]
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_standard_input_is_passed_on() -> None:
    assert run(ECHO, what="echo", stdin="hello") == "HELLO\n"


def test_a_failure_says_what_was_printed_but_not_what_was_given() -> None:
    with pytest.raises(MeshrigError) as caught:
        run(FAIL, what="it", stdin="SECRET")
    assert caught.value.message == "it failed with exit code 1\n    no"


def test_what_does_not_end_is_ended() -> None:
    with pytest.raises(MeshrigError, match=r"it failed: .* did not end within 0.2 s"):
        run(SLEEP, what="it", timeout=0.2)
