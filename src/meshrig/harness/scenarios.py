"""Run scenarios against running systems."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from meshrig.errors import InvalidInputError, Problem
from meshrig.harness.client_certificates import LocalCertificates
from meshrig.harness.localstack import Clients
from meshrig.harness.running_system import RunningSystem
from meshrig.located.fields import did_you_mean, raise_problems
from meshrig.read.project import read_project
from meshrig.scenario.context import ScenarioContext
from meshrig.scenario.definition import Scenario
from meshrig.scenario.reader import read_scenario
from meshrig.scenario.result import ScenarioResult
from meshrig.scenario.runner import run_scenario

Say = Callable[[str], None]
ALL = "all"


def select_scenarios(project_file: Path, chosen: Sequence[str]) -> tuple[Scenario, ...]:
    """The scenarios that ``chosen`` names, each once: files, or names or file names of the project's; ``all`` or none
    means all the project's. Raises InvalidInputError for everything that is unknown or wrong.
    """
    known = read_project(project_file).scenarios
    problems: list[Problem] = []
    files: dict[Path, None] = {}
    for text in chosen or (ALL,):
        found = _find(text, known)
        if not found and text != ALL:
            hint = did_you_mean(text, [ALL, *(file.stem for file in known)])
            problems.append(Problem(f"there is no scenario and no file {text}", hint=hint))
        files |= dict.fromkeys(found)
    scenarios = [scenario for file in files if (scenario := _read(file, problems))]
    if not files and not problems:
        problems.append(Problem("the project names no scenarios", hint=f"list them in {project_file.name}"))
    raise_problems(problems)
    return tuple(scenarios)


def _find(text: str, known: Sequence[Path]) -> tuple[Path, ...]:
    if text == ALL:
        return tuple(known)
    if named := tuple(file for file in known if text == file.stem):
        return named
    if Path(text).is_file():
        return (Path(text).resolve(),)
    return tuple(file for file in known if (scenario := _read(file, [])) and scenario.name == text)


def _read(file: Path, problems: list[Problem]) -> Scenario | None:
    try:
        return read_scenario(file)
    except InvalidInputError as error:
        problems += error.problems
        return None


def run_scenarios(
    project_file: Path, scenarios: Sequence[Scenario], system: RunningSystem, say: Say
) -> Iterator[ScenarioResult]:
    """Run each scenario in turn."""
    appmesh = Clients(system.endpoint_url, system.region).get("appmesh")
    certificates = LocalCertificates.of(project_file, system.mesh, appmesh)
    context = ScenarioContext(system.invoke_url, appmesh, system.mesh, system.access, certificates)
    for scenario in scenarios:
        yield asyncio.run(run_scenario(scenario, context, say))
