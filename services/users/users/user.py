"""A user: what is stored of one, and what is shown."""

import re
import uuid
from dataclasses import dataclass

from shop_common.table import Item

USERNAME = re.compile(r"[A-Za-z0-9._@+-]{3,64}")
_NAMESPACE = uuid.UUID("5d0a3b0e-6f3c-4b2e-9c55-0f6f8a1b7d21")


@dataclass(frozen=True)
class User:
    """`username` as it was typed at sign-up; `password_hash` as `users.passwords` writes it, never shown."""

    id: str
    username: str
    password_hash: str
    created_at: str

    @classmethod
    def from_item(cls, item: Item) -> "User":
        return cls(str(item["id"]), str(item["username"]), str(item["password_hash"]), str(item["created_at"]))

    def to_item(self) -> Item:
        return {
            "id": self.id,
            "username": self.username,
            "password_hash": self.password_hash,
            "created_at": self.created_at,
        }

    def to_json(self) -> dict[str, str]:
        return {"id": self.id, "username": self.username, "created_at": self.created_at}


def user_id(username: str) -> str:
    """The id of whoever has this username, upper and lower case being the same name.

    Derived, so that a conditional write of the id is all it takes to keep usernames unique.
    """
    return str(uuid.uuid5(_NAMESPACE, username.lower()))
