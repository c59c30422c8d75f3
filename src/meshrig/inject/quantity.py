"""Numbers in text: ports, and amounts of CPU and memory as Kubernetes writes them (apimachinery: resource.Quantity)."""

import re
from decimal import Decimal

_QUANTITY = re.compile(r"(\d+\.?\d*|\.\d+)(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?\d{1,2}))?", re.ASCII)
_SUFFIXES = {
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{suffix: Decimal(1000) ** -power for power, suffix in enumerate(("m", "u", "n"), 1)},
}


def parse_whole(text: str) -> int | None:
    """None for what isn't decimal digits, or far too many of them."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def parse_quantity(text: str) -> Decimal | None:
    """None for what isn't a quantity of at least zero."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        return None
    number, suffix, exponent = found.groups()
    return Decimal(number) * (_SUFFIXES[suffix] if suffix else Decimal(10) ** int(exponent or 0))
