"""Money: a decimal string with two places in JSON ("12.50"), whole cents everywhere else, never a float."""

import re

_MONEY = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?")


def parse_money(text: str) -> int | None:
    """Cents of "12.50", "12.5" or "12"; None for anything else, a sign or an amount of 10,000,000 and more included."""
    match = _MONEY.fullmatch(text)
    if match is None:
        return None
    whole, fraction = match.groups(default="")
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


def format_money(cents: int) -> str:
    """1250 to "12.50"."""
    return f"{cents // 100}.{cents % 100:02}"
