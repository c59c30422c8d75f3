"""Who calls AWS: the caller's ARN as STS tells it, and the IAM principal behind it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """A caller. ``unique_id`` is IAM's own id of the principal, which a principal made anew under its name lacks.

    For a session ``arn`` is the session's (``arn:aws:sts::1:assumed-role/admin/me``) and ``principal_arn`` the role's,
    with its path; for a user or an account's root both are the same.
    """

    account_id: str
    arn: str
    principal_arn: str
    unique_id: str
    session_name: str = ""

    @property
    def canonical_arn(self) -> str:
        """The principal's ARN as aws-iam-authenticator makes it of the session's: a role without its path."""
        if not self.session_name:
            return self.arn
        before, name = self.principal_arn.partition(":role/")[0], self.principal_arn.rpartition("/")[2]
        return f"{before}:role/{name}"


def root_identity(account_id: str, partition: str) -> Identity:
    """An account's root user, whose id is the account's (IAM guide, "reference_identifiers")."""
    arn = f"arn:{partition}:iam::{account_id}:root"
    return Identity(account_id, arn, arn, account_id)
