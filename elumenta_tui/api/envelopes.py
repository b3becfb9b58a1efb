"""JSON of the service with and without an envelope: its documentation shows both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elumenta_tui.api.errors import NotAnAnswer


def record(data: Any, field: str) -> Mapping[str, Any]:
    """Return the JSON object that has the field: the data, or what its `data` holds. Raises NotAnAnswer if it is no object."""
    if isinstance(data, Mapping):
        inner = data.get("data")
        if field not in data and isinstance(inner, Mapping):
            return inner
        return data
    raise NotAnAnswer


def entries(data: Any, depth: int = 3) -> list[Any] | None:
    """Return the JSON array: the data, or the one in its envelope, of which there are at most `depth`; None if there is none."""
    if isinstance(data, list):
        return data
    if isinstance(data, Mapping) and depth:
        for name in ("items", "models", "data"):
            if (found := entries(data.get(name), depth - 1)) is not None:
                return found
    return None
