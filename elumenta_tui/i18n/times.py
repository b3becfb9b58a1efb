"""Times of day, dates and durations in the language in use."""

from __future__ import annotations

from datetime import datetime

from elumenta_tui.i18n import say

SOON = 20 * 3600
"""Seconds. A time of day that is nearer than this can't be mistaken for one of today."""


def moment(seconds: float, now: float) -> str:
    """Format a local time of day, with the date where it is needed; '' if the time is out of the calendar's range.

    Both in Unix seconds.
    """
    when, today = _local(seconds), _local(now)
    if when is None or today is None:
        return ""
    clock = f"{when:%H:%M}"
    if when.date() == today.date() or 0 <= seconds - now < SOON:
        return clock
    day, month = when.day, say(f"month.{when.month}")
    if when.year == today.year:
        return say("time.date", day=day, month=month, clock=clock)
    # Passed as text, because `say` would put a separator into the year.
    return say("time.date_of_year", day=day, month=month, year=str(when.year), clock=clock)


def day(seconds: float, now: float) -> str:
    """Format a local date, with the year if it is not this year; '' if it is out of range.

    Both in Unix seconds.
    """
    when, today = _local(seconds), _local(now)
    if when is None or today is None:
        return ""
    if when.year == today.year:
        return say("time.day", day=when.day, month=say(f"month.{when.month}"))
    return say("time.day_of_year", day=f"{when:%d}", month=f"{when:%m}", year=f"{when:%Y}")


def _local(seconds: float) -> datetime | None:
    """Convert Unix seconds to local time; None if they are out of the calendar's range."""
    try:
        return datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return None


def duration(seconds: float | None) -> str:
    """Format a duration in one round number of seconds, minutes, hours or days; '' for None."""
    if seconds is None:
        return ""
    whole = max(1, round(seconds))
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if whole >= 2 * size:
            return say(f"time.{unit}", n=round(whole / size))
    return say("time.seconds", n=whole)
