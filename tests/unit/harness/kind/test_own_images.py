import re

from meshrig.harness.kind.own_images import build_own_images
from tests.unit.fake_run import failing
from tests.unit.harness.kind.small_system import Machine, layout_of


def test_what_is_missing_is_built_under_a_tag_that_names_its_sources(machine: Machine) -> None:
    said: list[str] = []
    run = machine.run({"docker image inspect meshrig-shop/envoy:*": "[]", "docker image inspect *": failing()})
    own = build_own_images(layout_of(machine.project, run), said.append)
    for name, reference in (("localstack", own.localstack), ("meshrig", own.meshrig), ("envoy", own.envoy)):
        assert re.fullmatch(rf"meshrig-shop/{name}:[0-9a-f]{{12}}", reference)
    builds = run.made("docker build *")
    assert [call.argv[call.argv.index("--tag") + 1] for call in builds] == [own.localstack, own.meshrig]
    assert said == ["image localstack built", "image meshrig built"]


def test_sources_that_did_not_change_keep_their_tag(machine: Machine) -> None:
    there = {"docker image inspect *": "[]"}
    run = machine.run({**there})
    first = build_own_images(layout_of(machine.project, run), print)
    assert first == build_own_images(layout_of(machine.project, machine.run({**there})), print)
    assert not run.made("docker build *")


def test_dockerfiles_are_there(machine: Machine) -> None:
    run = machine.run()
    build_own_images(layout_of(machine.project, run), print)
    layout = layout_of(machine.project, run)
    for call in run.made("docker build *"):
        dockerfile = call.argv[call.argv.index("--file") + 1]
        assert (layout.checkout / dockerfile).is_file()
        assert str(layout.checkout) in call.argv[-1]
