"""Make what must be there before the first start: LocalStack's own virtual environment and the images'."""

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from meshrig import shell
from meshrig.errors import MeshrigError
from meshrig.harness.inputs import Inputs
from meshrig.runtime.process.pods import check_programs
from meshrig.runtime.recipe.prepare import PreparedImage, clean_environment, prepare_image
from meshrig.settings import LOCALSTACK_VERSION, Places

Say = Callable[[str], None]
LOCALSTACK_PYTHONS = ((3, 12), (3, 13))
_MARKER = ".meshrig-lock"


def find_uv() -> str:
    """The uv that came with meshrig's virtual environment, else the one on PATH."""
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if not found:
        raise MeshrigError("uv is not installed", hint="https://docs.astral.sh/uv/getting-started/installation/")
    return found


def prepare_localstack(places: Places, uv: str, say: Say) -> Path:
    """LocalStack and our plugin in a virtual environment of their own, exactly as locked; returns its python."""
    plugin = plugin_folder()
    wanted = _fingerprint(plugin)
    marker = places.localstack_venv / _MARKER
    python = places.localstack_venv / "bin" / "python"
    if not (python.exists() and marker.exists() and marker.read_bytes() == wanted.encode()):
        say(f"installing LocalStack {LOCALSTACK_VERSION}")
        env = clean_environment() | {"UV_PROJECT_ENVIRONMENT": str(places.localstack_venv)}
        argv = [uv, "sync", "--quiet", "--frozen", "--no-default-groups", "--no-editable", "--project", str(plugin)]
        argv += ["--python", _localstack_python()]
        shell.run([*argv, "--reinstall-package", "meshrig-localstack"], what="installing LocalStack", env=env)
        marker.write_text(wanted)
    return python


def prepare_images(inputs: Inputs, places: Places, uv: str, say: Say) -> dict[str, PreparedImage]:
    """Every image of the project, made or from the cache. Raises InvalidInputError for requirements that
    can't be met and for programs that aren't there, MeshrigError where they can't be installed."""
    images = {
        name: prepare_image(inputs.project.images[name], recipe, places.cache, uv, say)
        for name, recipe in inputs.recipes.items()
    }
    check_programs(inputs.manifests, images)
    return images


def _localstack_python() -> str:
    """Our own interpreter where LocalStack's locked packages have wheels for it, else one that uv finds or fetches."""
    ours = sys.version_info[:2]
    return sys.executable if ours in LOCALSTACK_PYTHONS else ".".join(map(str, LOCALSTACK_PYTHONS[-1]))


def plugin_folder() -> Path:
    """The LocalStack plugin's source distribution, which lies beside ``src`` in a checkout."""
    folder = Path(__file__).resolve().parents[3] / "plugin"
    if not (folder / "pyproject.toml").exists():
        raise MeshrigError(f"the LocalStack plugin is missing at {folder}", hint="run meshrig from its checkout")
    return folder


def _fingerprint(plugin: Path) -> str:
    digest = hashlib.sha256()
    files = [plugin / "pyproject.toml", plugin / "uv.lock", *sorted((plugin / "src").rglob("*.py"))]
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
