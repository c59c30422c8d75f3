"""``python -m meshrig.harness.control_plane``: ``meshrig control-plane`` without all that other commands load."""

import sys

from meshrig.errors import MeshrigError
from meshrig.harness.control_plane.serve import serve_in_cluster

if __name__ == "__main__":
    try:
        serve_in_cluster()
    except MeshrigError as error:
        print(error.message, error.hint, sep="\n", file=sys.stderr)
        sys.exit(error.exit_code)
