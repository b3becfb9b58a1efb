"""Parse values of untrusted JSON: amounts, ids, moments."""

from __future__ import annotations

from datetime import UTC, datetime

from elumenta_tui.text.lazy_pattern import LazyPattern

Amount = int | float
"""Elumenta tokens: billing credits with a fixed price per request and model, not LLM tokens. May be negative."""


_NUMBER = LazyPattern(r"\s*[+-]?[0-9]{1,18}(\.[0-9]{1,18})?\s*")


def amount(value: object) -> Amount | None:
    """Parse Elumenta tokens from whatever the service sent; None if that is no number. Unknown is never 0."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        # Python would accept much more: 1_000, Arabic digits, and thousands of digits, for which it then raises.
        if not _NUMBER.fullmatch(value):
            return None
        value = float(value) if "." in value else int(value)
    if isinstance(value, int):
        # A longer number is no balance, and Python refuses to print it.
        return value if abs(value) < 10**15 else None
    if isinstance(value, float) and abs(value) < 10**15:  # false for inf and nan
        return int(value) if value.is_integer() else value
    return None


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def identifier(value: object) -> str:
    """Return an id as text: the service sends `gen_01j9x2abc123` or 18473. Anything else is no id: empty."""
    if isinstance(value, str):
        return value
    whole = amount(value)
    return str(whole) if isinstance(whole, int) else ""


def count(value: object) -> int | None:
    number = amount(value)
    return number if isinstance(number, int) and number >= 0 else None


def unix_seconds(value: object) -> float | None:
    """Parse a moment from ISO 8601 (UTC if it has no zone) or Unix seconds; None if the value is neither."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            pass
    seconds = amount(value)
    return float(seconds) if seconds is not None and seconds > 0 else None
