"""Moments in exports: in UTC for programs, in local time for people."""

from __future__ import annotations

from datetime import UTC, datetime


def utc(on: float | None) -> str | None:
    """Format Unix seconds as ISO 8601; None if there are none."""
    if on is None:
        return None
    try:
        return datetime.fromtimestamp(on, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        # The clock was never set.
        return None


def local(on: float | None) -> str:
    """Format Unix seconds as a local date and time with its offset; empty if there are none."""
    if on is None:
        return ""
    try:
        return datetime.fromtimestamp(on).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    except (ValueError, OverflowError, OSError):
        return ""
