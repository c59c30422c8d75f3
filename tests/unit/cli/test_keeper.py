import json
from pathlib import Path

from click.testing import CliRunner

from meshrig.cli.keeper import control


def test_a_keeper_that_is_away_is_an_answer_and_no_traceback(tmp_path: Path) -> None:
    done = CliRunner().invoke(control, ["--control", str(tmp_path / "s")], input='{"path": "/v1/status"}')
    assert done.exit_code == 0, done.output
    (answer,) = [json.loads(line) for line in done.output.splitlines()]
    assert answer["error"]["message"].startswith("the keeper is away: ")
    assert answer["error"]["exit_code"] == 1
