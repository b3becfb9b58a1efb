"""JSON that commands print for programs: a terminal shows it as it is, whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from elumenta_tui.transfer.export import json_text


def json_lines(value: Any) -> str:
    """Return a value as indented JSON with a line end."""
    return f"{json_text(value, indent=2)}\n"


def utc(seconds: float | None) -> str | None:
    """Format Unix seconds as ISO 8601; None if there are none, or if no calendar has them."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None


def local(seconds: float | None) -> str:
    """Format Unix seconds as a local date and time for tables; empty if there are none."""
    if seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""
