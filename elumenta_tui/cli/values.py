"""Values of options: numbers and sizes as people type them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(\d{1,9})(?:[.,](\d{1,3}))?\s*([kmgкмг]?)(?:i?[bб])?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1000, "к": 1000, "m": 1000**2, "м": 1000**2, "g": 1000**3, "г": 1000**3}


def number_of(typed: str) -> int | None:
    """Parse a whole number, which may be negative; None if it is none."""
    return int(typed) if re.fullmatch(r"-?[0-9]{1,9}", typed.strip()) else None


def size_of(typed: str) -> int | None:
    """Parse a number of bytes such as 500, 1.5 MB or 20k; None if it is none."""
    found = _SIZE.fullmatch(typed.strip())
    if found is None:
        return None
    return int(float(f"{found[1]}.{found[2] or 0}") * _UNITS[found[3].lower()])
