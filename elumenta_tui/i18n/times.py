"""Moments and durations as people say them, in the language in use."""

from __future__ import annotations

from datetime import datetime

from elumenta_tui.i18n import say

SOON = 20 * 3600
"""Seconds ahead in which a time of day can't be taken for today's."""


def moment(seconds: float, now: float) -> str:
    """A local time of day, with the date where it needs one; '' if no calendar has it.

    Both in Unix seconds.
    """
    try:
        when, today = datetime.fromtimestamp(seconds), datetime.fromtimestamp(now)
    except (ValueError, OverflowError, OSError):
        return ""
    clock = f"{when:%H:%M}"
    if when.date() == today.date() or 0 <= seconds - now < SOON:
        return clock
    day, month = when.day, say(f"month.{when.month}")
    if when.year == today.year:
        return say("time.date", day=day, month=month, clock=clock)
    # As text: a year has no separators.
    return say("time.date_of_year", day=day, month=month, year=str(when.year), clock=clock)


def day(seconds: float, now: float) -> str:
    """A local date, with the year if that is another; '' if no calendar has it. Both in Unix seconds."""
    try:
        when, today = datetime.fromtimestamp(seconds), datetime.fromtimestamp(now)
    except (ValueError, OverflowError, OSError):
        return ""
    if when.year == today.year:
        return say("time.day", day=when.day, month=say(f"month.{when.month}"))
    return say("time.day_of_year", day=f"{when:%d}", month=f"{when:%m}", year=f"{when:%Y}")


def duration(seconds: float | None) -> str:
    """Seconds, minutes, hours or days, in one round number; '' for None."""
    if seconds is None:
        return ""
    whole = max(1, round(seconds))
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if whole >= 2 * size:
            return say(f"time.{unit}", n=round(whole / size))
    return say("time.seconds", n=whole)
