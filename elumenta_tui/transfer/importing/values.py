"""Values out of a stranger's JSON, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Object = Mapping[str, Any]

MOST_MESSAGES = 100_000
"""Messages of a conversation, at most."""

LONGEST = 10_000_000
"""Characters of a message, at most."""


def text(value: object) -> str:
    """Return a text; empty if the value is none."""
    return value if isinstance(value, str) else ""


def object_of(value: object) -> Object:
    """Return a JSON object; empty if the value is none."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return a JSON array; empty if the value is none."""
    return value if isinstance(value, list) else []


def objects(value: object) -> Iterator[Object]:
    """Yield the objects of an array."""
    return (item for item in items(value) if isinstance(item, dict))
