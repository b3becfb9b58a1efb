"""Sizes of files, as people read them."""

from __future__ import annotations

from elumenta_tui.i18n import say

_UNITS = ("bytes", "kilobytes", "megabytes", "gigabytes")


def size_words(size: int) -> str:
    """Return a number of bytes in the largest unit of which there is at least one, such as 1.2 MB."""
    amount, unit = float(size), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    n = int(amount) if unit == 0 or amount >= 99.5 else round(amount, 1)
    return say(f"size.{_UNITS[unit]}", n=int(n) if n == int(n) else n)
