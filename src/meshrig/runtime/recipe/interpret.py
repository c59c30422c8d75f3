"""Instructions -> what running the image without Docker needs."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.runtime.recipe.dockerfile import Instruction, exec_or_shell, pairs, substitute, words

_PYTHON_IMAGE = re.compile(r"(?:docker\.io/(?:library/)?|public\.ecr\.aws/docker/library/)?python:(\d+\.\d+)\b.*")
_PIP_INSTALL = re.compile(r"(?:python3?\s+-m\s+)?(?:uv\s+)?pip3?\s+install\s+(?P<arguments>.+)")


@dataclass(frozen=True)
class CopyStep:
    """COPY: ``sources`` relative to the build context, ``target`` absolute in the image."""

    sources: tuple[str, ...]
    target: PurePosixPath
    into_folder: bool
    line: int


@dataclass
class _State:
    """What the instructions read so far say; only ``interpret`` holds one."""

    file: str
    python: str = ""
    workdir: PurePosixPath = field(default_factory=lambda: PurePosixPath("/"))
    env: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    copies: list[CopyStep] = field(default_factory=list)
    requirements: list[PurePosixPath] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    not_honoured: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def path(self, text: str) -> PurePosixPath:
        return self.workdir / text

    def skip(self, instruction: Instruction, why: str) -> None:
        self.not_honoured.append(f"{self.file}:{instruction.line}: {instruction.name} {instruction.value}: {why}")


@dataclass(frozen=True)
class Recipe:
    """``requirements`` are image paths of pip requirement files; ``not_honoured`` is one line for each instruction
    that a plain process can't follow."""

    file: str
    python: str
    workdir: PurePosixPath
    env: dict[str, str]
    copies: tuple[CopyStep, ...]
    requirements: tuple[PurePosixPath, ...]
    packages: tuple[str, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    not_honoured: tuple[str, ...]


def interpret(instructions: tuple[Instruction, ...], file: str) -> Recipe:
    """Raises InvalidInputError with every problem: a base image that isn't Python, several stages, no CMD."""
    state = _State(file)
    for instruction in instructions:
        try:
            _HANDLERS.get(instruction.name, _ignore)(state, instruction)
        except ValueError as error:
            state.problems.append(Problem(f"{instruction.name}: {error}", Origin(file, instruction.line)))
    if not state.problems and not (state.entrypoint or state.command):
        state.problems.append(Problem("neither CMD nor ENTRYPOINT: nothing to run", Origin(file)))
    if state.problems:
        raise InvalidInputError(state.problems)
    return Recipe(
        file, state.python, state.workdir, state.env, tuple(state.copies), tuple(state.requirements),
        tuple(state.packages), state.entrypoint, state.command, tuple(state.not_honoured),
    )  # fmt: skip


def _from(state: _State, instruction: Instruction) -> None:
    image = substitute(words(instruction.value)[0], state.arguments)
    match = _PYTHON_IMAGE.fullmatch(image)
    origin = Origin(state.file, instruction.line)
    if state.python:
        hint = "run it on kind, or use a single stage"
        state.problems.append(Problem("several FROM: the process runtime builds one stage only", origin, hint))
    elif not match:
        hint = "use FROM python:<version>-slim, or run it on kind"
        state.problems.append(Problem(f"the process runtime can't provide the base image {image}", origin, hint))
    else:
        state.python = match[1]


def _arg(state: _State, instruction: Instruction) -> None:
    name, _, default = instruction.value.partition("=")
    state.arguments[name.strip()] = substitute(default.strip().strip("\"'"), _scope(state))


def _env(state: _State, instruction: Instruction) -> None:
    state.env |= {k: substitute(v, _scope(state)) for k, v in pairs(instruction.value).items()}


def _workdir(state: _State, instruction: Instruction) -> None:
    state.workdir = state.path(substitute(instruction.value, _scope(state)))


def _copy(state: _State, instruction: Instruction) -> None:
    parts = words(substitute(instruction.value, _scope(state)))
    options = [part for part in parts if part.startswith("--")]
    if any(option.startswith("--from") for option in options):
        raise ValueError("--from needs a multi-stage build, which the process runtime doesn't do")
    if ignored := [option for option in options if not option.startswith("--link")]:
        state.skip(instruction, f"{' '.join(ignored)} has no meaning without a container")
    paths = [part for part in parts if not part.startswith("--")]
    if len(paths) < 2:
        raise ValueError("needs a source and a destination")
    *sources, target = paths
    if remote := [source for source in sources if "://" in source or source.startswith("git@")]:
        raise ValueError(f"{remote[0]} would have to be fetched, which the process runtime doesn't do")
    into_folder = target.endswith("/") or target in {".", "./"} or len(sources) > 1
    state.copies.append(CopyStep(tuple(sources), state.path(target), into_folder, instruction.line))


def _run(state: _State, instruction: Instruction) -> None:
    argv = exec_or_shell(instruction.value)
    text = argv[2] if argv[:2] == ("/bin/sh", "-c") else " ".join(argv)
    for part in text.split("&&"):
        match = _PIP_INSTALL.fullmatch(part.strip())
        if match:
            _pip_install(state, words(match["arguments"]))
        else:
            state.skip(Instruction("RUN", part.strip(), instruction.line), "only pip install is run")


def _pip_install(state: _State, arguments: tuple[str, ...]) -> None:
    expects_file = False
    for argument in arguments:
        if expects_file:
            state.requirements.append(state.path(argument))
            expects_file = False
        elif argument in {"-r", "--requirement"}:
            expects_file = True
        elif argument.startswith("-r"):
            state.requirements.append(state.path(argument[2:]))
        elif not argument.startswith("-"):
            state.packages.append(argument)


def _entrypoint(state: _State, instruction: Instruction) -> None:
    state.entrypoint = exec_or_shell(instruction.value)
    state.command = ()


def _cmd(state: _State, instruction: Instruction) -> None:
    state.command = exec_or_shell(instruction.value)


def _ignore(state: _State, instruction: Instruction) -> None:
    if instruction.name not in {"EXPOSE", "LABEL", "MAINTAINER"}:
        state.skip(instruction, "has no meaning without a container")


def _scope(state: _State) -> dict[str, str]:
    return state.arguments | state.env


_HANDLERS: dict[str, Callable[[_State, Instruction], None]] = {
    "FROM": _from,
    "ARG": _arg,
    "ENV": _env,
    "WORKDIR": _workdir,
    "COPY": _copy,
    "ADD": _copy,
    "RUN": _run,
    "ENTRYPOINT": _entrypoint,
    "CMD": _cmd,
}
