import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from meshrig.cli import cli


def test_every_command_is_where_the_group_says() -> None:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name


def test_help_lists_what_users_call() -> None:
    text = CliRunner().invoke(cli, ["--help"]).output
    assert "scenario" in text
    assert "probe" not in text
    assert "daemon" not in text


def test_an_unknown_command_is_refused() -> None:
    done = CliRunner().invoke(cli, ["upp"])
    assert done.exit_code == 2
    assert "No such command 'upp'" in done.output


@pytest.mark.parametrize("heavy", ["boto3", "grpc", "envoy", "localstack"])
def test_the_prober_starts_without_the_rest_of_meshrig(heavy: str) -> None:
    """It is started for every look into a cluster."""
    program = f"import sys, meshrig.cli, meshrig.cli.probe; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
