"""Where meshrig keeps things, and the few knobs of a local run."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from meshrig.errors import InvalidInputError, MeshrigError, Origin, Problem

LOOPBACK = "127.0.0.1"
LOCALSTACK_VERSION = "4.14.0"
LOCALSTACK_PORT = 4566
EDGE_PORT = 8080
LOCAL_ACCOUNT = "000000000000"
# LocalStack checks no secret; these are what its documentation uses, and they open nothing anywhere else.
LOCAL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
_STATE = ".meshrig"
# sun_path holds 108 bytes on Linux and 104 on macOS; names below the folder need up to 40.
_LONGEST_SOCKET_FOLDER = 60


@dataclass(frozen=True)
class Places:
    """Folders of one project. ``sockets`` is short enough for Unix socket names, whatever the depth of the project."""

    root: Path
    state: Path
    logs: Path
    cache: Path
    sockets: Path

    @property
    def control(self) -> Path:
        """Socket of the daemon's control API."""
        return self.sockets / "control.sock"

    @property
    def xds(self) -> Path:
        return self.sockets / "xds.sock"

    @property
    def localstack_venv(self) -> Path:
        return self.state / "localstack"


def places(root: Path) -> Places:
    """The folders of the project at ``root``, made where missing and closed to other users where secrets pass.

    Raises MeshrigError where they can't be made.
    """
    state = root / _STATE
    sockets = state / "run"
    if len(os.fsencode(sockets)) > _LONGEST_SOCKET_FOLDER:
        key = hashlib.sha256(os.fsencode(root)).hexdigest()[:10]
        sockets = Path(tempfile.gettempdir()) / f"meshrig-{os.getuid()}-{key}"
    found = Places(root, state, state / "logs", state / "cache", sockets)
    try:
        for folder in (found.state, found.logs, found.cache):
            folder.mkdir(parents=True, exist_ok=True)
        sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
        sockets.chmod(0o700)
    except OSError as error:
        hint = "meshrig keeps its state beside meshrig.yaml"
        raise MeshrigError(f"cannot make {error.filename}: {error.strerror}", hint=hint) from error
    return found


def existing_places(project_file: Path) -> Places:
    """As ``places``, where there is a project: nothing is made in a folder that was only named by mistake.

    A system may run on though its project file is gone. Raises InvalidInputError where neither is there.
    """
    if not project_file.is_file() and not (project_file.parent / _STATE).is_dir():
        hint = "run meshrig in the project's folder, or name the file with -f"
        raise InvalidInputError([Problem("no such file", Origin(os.path.relpath(project_file)), hint)])
    return places(project_file.parent)
