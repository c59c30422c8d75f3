"""How a replica starts."""

from click.testing import CliRunner

from meshrig.cli import cli


def test_outside_of_a_cluster_it_says_so() -> None:
    result = CliRunner().invoke(cli, ["control-plane"], env={"KUBERNETES_SERVICE_HOST": None})
    assert result.exit_code == 1
    assert "this is no pod with a service account" in result.output
    assert "control-plane" not in CliRunner().invoke(cli, ["--help"]).output
