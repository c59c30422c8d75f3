import sys
from pathlib import Path

import pytest

from meshrig.errors import MeshrigError
from meshrig.shell import CommandError, run

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


def test_a_missing_command_is_told_from_one_that_fails(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"it failed: cannot run no-such-thing: No such file") as caught:
        run(["no-such-thing"], what="it")
    assert caught.value.missing
    for argv, cwd in ((FAIL, None), (ECHO, tmp_path / "gone")):
        with pytest.raises(CommandError) as caught:
            run(argv, what="it", cwd=cwd)
        assert not caught.value.missing


def test_a_stray_byte_is_no_failure() -> None:
    assert run([sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'a\xffb')"], what="it") == "a\ufffdb"


def test_all_that_was_printed_is_kept_though_only_the_end_is_shown() -> None:
    program = "import sys\nfor n in range(40): print('line', n)\nsys.exit(3)"
    with pytest.raises(CommandError) as caught:
        run([sys.executable, "-c", program], what="it")
    assert caught.value.message.splitlines()[1] == "    line 28"
    assert "line 0\n" in caught.value.output
