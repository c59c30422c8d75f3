"""What the API server answered instead of what was asked for."""

from meshrig.errors import MeshrigError


class KubeError(MeshrigError):
    """``status`` is the HTTP status (0: no answer), ``reason`` the API's word such as ``NotFound`` or ``Conflict``."""

    def __init__(self, message: str, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    @property
    def is_missing(self) -> bool:
        return self.status == 404

    @property
    def is_conflict(self) -> bool:
        """It exists already, or has changed since it was read."""
        return self.status == 409

    @property
    def is_expired(self) -> bool:
        """The resource version asked for is no longer known (Kubernetes API concepts, "410 Gone responses")."""
        return self.status == 410
