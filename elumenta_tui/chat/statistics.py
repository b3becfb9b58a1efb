"""Spending over time: sums by day, model, kind and conversation, what others have spent, and how long the balance lasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.spending import NOTHING_SPENT, Spent

DAY = 86_400.0
"""Seconds."""

LEAST_DAYS = 3
"""Days with use from which on they tell a rate."""


class Group(NamedTuple):
    """Requests that have something in common."""

    name: str
    """A slug, the value of a kind, or the title of a conversation; empty if that is gone."""
    requests: int = 0
    spent: Spent = NOTHING_SPENT


class Elsewhere(NamedTuple):
    """Changes of the balance that this program has not caused, in Elumenta tokens."""

    spent: Amount = 0
    added: Amount = 0


class Day(NamedTuple):
    """A day where the user is."""

    begins: float
    """Unix seconds."""
    requests: int = 0
    spent: Spent = NOTHING_SPENT
    elsewhere: Elsewhere = Elsewhere()


class Statistics(NamedTuple):
    """The spending in a time."""

    total: Group
    days: Sequence[Day]
    """Oldest first, days without requests included."""
    models: Sequence[Group]
    """This and the others: the dearest first."""
    kinds: Sequence[Group]
    conversations: Sequence[Group]
    ever: Group
    """Everything that was ever asked."""


def elsewhere(difference: Amount, known: Amount, most: Amount) -> Elsewhere:
    """Return what was spent or added elsewhere between two readings of the balance.

    Args:
        difference: the balance before, less the one after.
        known: what is known to have been charged between them.
        most: what the charges between them that are not known may have been.
    """
    rest = difference - known
    return Elsewhere(max(0, rest - max(0, min(rest, most))), max(0, -rest))


class Outlook(NamedTuple):
    """An estimate of the time that a balance lasts."""

    per_day: float
    """Elumenta tokens per day with use."""
    used: int
    """Days with use."""
    of: int
    """Days that were looked at."""
    days: int
    """Days from now on that the balance lasts, those without use included."""


def outlook(days: Sequence[Day], balance: Amount | None) -> Outlook | None:
    """Return how long a balance lasts at the rate of these days; None if that can't be known.

    What is spent elsewhere counts. Days before the first use tell nothing.
    """
    first = next((place for place, day in enumerate(days) if day.requests), len(days))
    looked_at = days[first:]
    used = [day for day in looked_at if day.requests or day.elsewhere.spent]
    spent = sum(day.spent.known + day.elsewhere.spent for day in used)
    if len(used) < LEAST_DAYS or spent <= 0 or balance is None or balance < 0:
        return None
    return Outlook(spent / len(used), len(used), len(looked_at), int(balance / (spent / len(looked_at))))


def trend(days: Sequence[Day]) -> tuple[Amount, Amount] | None:
    """Return the tokens of the second half of these days and of the first; None if the first has none."""
    half = len(days) // 2
    before, after = (
        sum(day.spent.known for day in part) for part in (days[-2 * half : -half or None], days[-half:])
    )
    return (after, before) if half and before else None
