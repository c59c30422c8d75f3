"""Reading request bodies and query parameters, reporting every problem of a request at once as a 400.

A field that fails yields a harmless stand-in of the right type, so that the rest can be read before `finish` raises.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import request

from shop_common.errors import ApiError
from shop_common.money import parse_money

# DynamoDB keys may be long and odd; ids also travel in paths and comma-separated lists.
ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
ID_RULE = "must be 1 to 64 letters, digits or . _ -, starting with a letter or digit"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field; `field` is a path such as `items[0].quantity`, "" for the whole body."""

    field: str
    problem: str


class ValidationError(ApiError):
    """400 with one detail per problem."""

    def __init__(self, *problems: Problem) -> None:
        details = [{"field": each.field, "problem": each.problem} for each in problems]
        summary = "; ".join(f"{each.field or 'the body'} {each.problem}" for each in problems)
        super().__init__(400, "validation_failed", f"The request is not valid: {summary}.", details)


def read_body() -> "Fields":
    """The JSON object of the request in hand. 415 unless it is called application/json, 400 unless it is one."""
    if request.mimetype != "application/json":
        raise ApiError(415, "unsupported_media_type", "Send the body as Content-Type: application/json.")
    try:
        body = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "malformed_json", f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise ValidationError(Problem("", "must be a JSON object"))
    return Fields(body, "", [])


def is_id(text: str) -> bool:
    return ID_PATTERN.fullmatch(text) is not None


class Fields:
    """The fields of a JSON object; `finish` raises ValidationError with all problems, unknown fields among them."""

    def __init__(self, members: Mapping[str, object], path: str, problems: list[Problem]) -> None:
        self._members = members
        self._path = path
        self._problems = problems
        self._known: set[str] = set()

    def text(self, name: str, accepts: Callable[[str], object], rule: str) -> str:
        """A string `accepts` is true for; `rule` tells the caller what that means ("must be ...")."""
        value = self._take(name)
        if isinstance(value, str) and accepts(value):
            return value
        if value is not None:
            self._report(name, rule)
        return ""

    def identifier(self, name: str) -> str:
        return self.text(name, is_id, ID_RULE)

    def integer(self, name: str, minimum: int, maximum: int) -> int:
        value = self._take(name)
        if isinstance(value, int) and not isinstance(value, bool) and minimum <= value <= maximum:
            return value
        if value is not None:
            self._report(name, f"must be a whole number from {minimum} to {maximum}")
        return minimum

    def money(self, name: str) -> int:
        """A decimal string such as "12.50", in cents."""
        value = self._take(name)
        cents = parse_money(value) if isinstance(value, str) else None
        if cents is None and value is not None:
            self._report(name, 'must be a decimal string such as "12.50", from "0.00" to "9999999.99"')
        return cents or 0

    def objects(self, name: str, maximum: int) -> list["Fields"]:
        """A list of 1 to `maximum` JSON objects. Each reports to this one; call `close` on it when read."""
        value = self._take(name)
        if isinstance(value, list) and 1 <= len(value) <= maximum:
            path = f"{self._path}{name}"
            if all(isinstance(member, dict) for member in value):
                return [Fields(member, f"{path}[{at}].", self._problems) for at, member in enumerate(value)]
        if value is not None:
            self._report(name, f"must be a list of 1 to {maximum} objects")
        return []

    def has(self, name: str) -> bool:
        return name in self._members

    def reject(self, name: str, problem: str) -> None:
        """Report a problem only the caller can see."""
        self._report(name, problem)

    def close(self) -> None:
        """Report every field nobody asked for: a misspelt one must not pass silently."""
        for name in self._members.keys() - self._known:
            self._report(name, "is not a field of this request")

    def finish(self) -> None:
        self.close()
        if self._problems:
            raise ValidationError(*self._problems)

    def _take(self, name: str) -> object:
        """The member, or None after reporting that it is missing (JSON null counts as missing)."""
        self._known.add(name)
        value = self._members.get(name)
        if value is None:
            self._report(name, "is required")
        return value

    def _report(self, name: str, problem: str) -> None:
        self._problems.append(Problem(f"{self._path}{name}", problem))
