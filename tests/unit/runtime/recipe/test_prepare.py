"""From a Dockerfile and its context to a tree and an environment (no packages to install, so no network)."""

import sys
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.model.project import ImageBuild
from meshrig.runtime.recipe.dockerfile import INSTRUCTIONS, parse_text
from meshrig.runtime.recipe.interpret import Recipe, interpret
from meshrig.runtime.recipe.prepare import check_image, prepare_image

DOCKERFILE = """\
ARG VERSION=3.13
FROM python:${VERSION}-slim
WORKDIR /app
RUN apt-get update && pip install --no-cache-dir -r requirements.txt
COPY web/requirements.txt .
COPY web/app.py common/ ./
ENV PORT=8080 GREETING=hello-$VERSION
USER 10001
CMD ["python", "app.py"]
"""


def recipe_of(text: str) -> Recipe:
    return interpret(parse_text(text, "web/Dockerfile"), "web/Dockerfile")


@pytest.fixture
def build(tmp_path: Path) -> ImageBuild:
    context = tmp_path / "services"
    (context / "web").mkdir(parents=True)
    (context / "common").mkdir()
    (context / "web" / "Dockerfile").write_text(DOCKERFILE)
    (context / "web" / "requirements.txt").write_text("")
    (context / "web" / "app.py").write_text("print('hi')")
    (context / "common" / "shared.py").write_text("")
    (context / "common" / "secret.pem").write_text("")
    (context / ".dockerignore").write_text("**/*.pem\n")
    return ImageBuild("web", context, context / "web" / "Dockerfile")


def test_a_recipe_says_what_it_does_not_honour() -> None:
    recipe = recipe_of(DOCKERFILE)
    assert recipe.python == "3.13"
    assert recipe.requirements == (PurePosixPath("/app/requirements.txt"),)
    assert recipe.env == {"PORT": "8080", "GREETING": "hello-3.13"}
    assert recipe.not_honoured == (
        "web/Dockerfile:4: RUN apt-get update: only pip install is run",
        "web/Dockerfile:8: USER 10001: has no meaning without a container",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM golang:1.26\nCMD x", "web/Dockerfile:1: the process runtime can't provide the base image golang:1.26"),
        ("FROM python:3.13\nFROM python:3.13\nCMD x", "web/Dockerfile:2: several FROM"),
        ("FROM python:3.13\nCOPY --from=build /a /b\nCMD x", "web/Dockerfile:2: COPY: --from needs a multi-stage"),
        (
            "FROM python:3.13\nADD https://a.b/c /c\nCMD x",
            "web/Dockerfile:2: ADD: https://a.b/c would have to be fetched",
        ),
        ('FROM python:3.13\nCMD ["a" "b"]', "web/Dockerfile:2: CMD: looks like a JSON list"),
        ("FROM python:3.13", "neither CMD nor ENTRYPOINT"),
        ('FROM python:3.13\nENV A="b\nCMD x', "web/Dockerfile:2: ENV: No closing quotation"),
    ],
)
def test_what_cannot_run_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        recipe_of(text)
    assert message in str(error.value)


def test_a_missing_copy_source_and_dockerfile_are_named(build: ImageBuild) -> None:
    (build.context / "web" / "app.py").unlink()
    with pytest.raises(InvalidInputError, match=r"Dockerfile:6: COPY: nothing matches web/app\.py"):
        check_image(build, build.context)
    build.dockerfile.unlink()
    with pytest.raises(InvalidInputError, match="image web: no Dockerfile at web/Dockerfile"):
        check_image(build, build.context)


def test_an_unreadable_ignore_file_is_named(build: ImageBuild) -> None:
    (build.context / ".dockerignore").write_bytes(b"\xff")
    with pytest.raises(InvalidInputError, match=r"\.dockerignore:1: cannot be read: not UTF-8 text"):
        check_image(build, build.context)


def test_an_image_is_laid_out_and_cached_by_content(build: ImageBuild, tmp_path: Path) -> None:
    uv = str(Path(sys.executable).with_name("uv"))
    recipe = check_image(build, build.context)
    first = prepare_image(build, recipe, tmp_path / "cache", uv, lambda _: None)
    assert sorted(path.name for path in first.workdir.iterdir()) == ["app.py", "requirements.txt", "shared.py"]
    assert (first.venv / "bin" / "python").exists()
    again = prepare_image(build, recipe, tmp_path / "cache", uv, lambda _: pytest.fail("nothing to install"))
    assert again == first
    (first.workdir / "app.py").unlink()
    assert prepare_image(build, recipe, tmp_path / "cache", uv, lambda _: None) == first
    assert (first.workdir / "app.py").exists()
    (build.context / "web" / "app.py").write_text("print('changed')")
    changed = prepare_image(build, recipe, tmp_path / "cache", uv, lambda _: None)
    assert changed.root != first.root
    assert changed.venv == first.venv


def fake_uv(folder: Path, said: str) -> str:
    """Makes virtual environments as uv does, and fails to install, saying ``said``."""
    script = folder / "uv"
    real = Path(sys.executable).with_name("uv")
    script.write_text(f"#!/bin/sh\n[ $1 = venv ] && exec '{real}' \"$@\"\ncat >&2 <<'EOF'\n{said}\nEOF\nexit 1\n")
    script.chmod(0o755)
    return str(script)


def test_requirements_that_cannot_be_met_are_wrong_input_with_their_line(build: ImageBuild, tmp_path: Path) -> None:
    (build.context / "web" / "requirements.txt").write_text("flask==3.1.3\n# more\nflask-nope==1\n")
    uv = fake_uv(tmp_path, "error: No solution found\n  cause: Because flask-nope was not found, flask waits.")
    with pytest.raises(InvalidInputError) as error:
        prepare_image(build, check_image(build, build.context), tmp_path / "cache", uv, lambda _: None)
    (problem,) = error.value.problems
    assert problem.message == "No solution found: Because flask-nope was not found, flask waits."
    assert problem.origin.file.endswith("web/requirements.txt")
    assert problem.origin.line == 3


def test_a_network_that_is_away_is_not_the_requirements_fault(build: ImageBuild, tmp_path: Path) -> None:
    uv = fake_uv(tmp_path, "error: Request failed after 3 retries")
    with pytest.raises(MeshrigError, match="installing the requirements of web failed") as error:
        prepare_image(build, check_image(build, build.context), tmp_path / "cache", uv, lambda _: None)
    assert error.value.exit_code == 1


_LINES = st.builds("{} {}".format, st.sampled_from(sorted(INSTRUCTIONS)), st.text(max_size=30))


@given(st.lists(_LINES, max_size=6))
def test_any_instructions_give_a_recipe_or_a_message(lines: list[str]) -> None:
    try:
        recipe_of("FROM python:3.13\n" + "\n".join(lines))
    except InvalidInputError as error:
        assert str(error)
