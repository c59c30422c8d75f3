"""Whether a container's program is there, before anything is replaced by it."""

from dataclasses import replace
from pathlib import Path

import pytest

from meshrig.errors import InvalidInputError, Origin
from meshrig.model.kubernetes import Container, Deployment, ManifestSet, PodTemplate
from meshrig.runtime.process.pods import Pod, check_names, check_programs, container_processes
from meshrig.runtime.recipe.prepare import PreparedImage


@pytest.fixture
def image(tmp_path: Path) -> PreparedImage:
    binaries, root = tmp_path / "venv" / "bin", tmp_path / "root"
    for file in (binaries / "gunicorn", root / "app" / "start.sh"):
        file.parent.mkdir(parents=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    env = {"PATH": f"{binaries}:/bin"}
    return PreparedImage("web", root, root / "app", tmp_path / "venv", env, (), ("gunicorn",), file="web/Dockerfile")


def manifests(container: Container) -> ManifestSet:
    template = PodTemplate(labels={}, annotations={}, containers=(container,))
    return ManifestSet(deployments=(Deployment("shop", "web", 1, {}, template),))


WEB = Container("web", "web", origin=Origin("web.yaml", 7))


@pytest.mark.parametrize("command", [("gunicorn",), ("/app/start.sh",), ("/bin/sh", "-c", "x"), ("sh",)])
def test_programs_of_the_image_and_of_the_machine_are_found(image: PreparedImage, command: tuple[str, ...]) -> None:
    check_programs(manifests(replace(WEB, command=command)), {"web": image})


def test_a_misspelt_program_is_named_where_it_was_written(image: PreparedImage) -> None:
    misspelt = replace(image, command=("gunicron",))
    with pytest.raises(InvalidInputError) as error:
        check_programs(manifests(WEB), {"web": misspelt})
    assert str(error.value) == "web/Dockerfile: image web has no program gunicron (did you mean gunicorn?)"
    with pytest.raises(InvalidInputError, match=r"^web.yaml:7: image web has no program /app/begin.sh"):
        check_programs(manifests(replace(WEB, command=("/app/begin.sh",))), {"web": image})


def test_paths_of_the_container_are_those_of_the_image(image: PreparedImage) -> None:
    container = replace(WEB, command=("/app/start.sh", "/app/start.sh", "/etc/none", "app"))
    pod = Pod("web-0", "web", "shop", "default", {}, {}, (container,), 1.0)
    (process,) = container_processes(pod, {"web": image}, lambda _container, _pod: {}, {})
    script = str(image.root / "app" / "start.sh")
    assert process.argv == (script, script, "/etc/none", "app")


def test_two_deployments_of_one_name_would_be_one_process() -> None:
    first = manifests(WEB).deployments[0]
    second = replace(first, namespace="stage", origin=Origin("web.yaml", 40, "Deployment/web"))
    check_names(ManifestSet(deployments=(first,)))
    with pytest.raises(InvalidInputError, match=r"^web.yaml:40: Deployment/web: .*another name: shop has"):
        check_names(ManifestSet(deployments=(first, second)))
