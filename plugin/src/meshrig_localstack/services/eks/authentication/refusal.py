"""The one way this package says no."""


class RefusedTokenError(Exception):
    """The token proves nothing; the message says why, and becomes the ``status.error`` of the TokenReview."""
