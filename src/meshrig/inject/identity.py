"""Who the sidecar is inside its pod."""

from typing import Any

SIDECAR_UID = 1337
"""User and group of App Mesh's sidecars (specification, 15); their connections are not redirected."""


def confined(uid: int) -> dict[str, Any]:
    """A securityContext with no rights at all (Pod Security Standards: restricted)."""
    return {
        "runAsUser": uid,
        "runAsGroup": uid,
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
