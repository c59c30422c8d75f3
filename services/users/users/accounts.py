"""Sign-up and login in one call: a free username is given away, a taken one must come with its password."""

from dataclasses import dataclass

from shop_common.errors import ApiError
from shop_common.service import timestamp
from shop_common.table import Table
from users.passwords import hash_password, verify_password
from users.user import User, user_id


@dataclass(frozen=True)
class Entered:
    """The user who is in now, and whether this call signed them up."""

    user: User
    signed_up: bool


def enter(table: Table, username: str, password: str) -> Entered:
    """Sign up or log in; ApiError 401 when the password is another one.

    Of two replicas racing for a free name, one writes it and the other finds it written, and checks the password.
    """
    identifier = user_id(username)
    holder = table.get(identifier)
    if holder is None:
        user = User(identifier, username, hash_password(password), timestamp())
        holder = table.create(user.to_item())
        if holder is None:
            return Entered(user, signed_up=True)
    user = User.from_item(holder)
    if not verify_password(password, user.password_hash):
        raise ApiError(401, "wrong_password", "This username is taken and its password is another one.")
    return Entered(user, signed_up=False)
