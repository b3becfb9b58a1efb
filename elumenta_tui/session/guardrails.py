"""Whether something may be sent now. It is asked before the prompt is taken out of the hands of whoever typed it."""

from __future__ import annotations

from enum import Enum

from elumenta_tui.chat.ledger import RateLimits
from elumenta_tui.chat.turn import Answer

PROMPT_LIMIT = 500_000
"""Characters of a prompt. The app can put all of them back into its prompt box."""

REACTION = 0.3
"""Seconds in which nobody reads that a request has failed: the same prompt that comes so soon belongs to the press before."""


class Refusal(Enum):
    """Why nothing is sent. The prompt stays where it is."""

    BUSY = "busy"
    """An answer is coming."""
    NO_ACCOUNT = "no_account"
    """There is no key yet."""
    TOO_MANY = "too_many"
    """As many answers are coming as may come at once, in this conversation or others."""
    ECHO = "echo"
    """It is the second of two quick presses, whose request has failed in between."""
    NOTHING = "nothing"
    """There is no answer with which this could be done."""


MOST_AT_ONCE = 4
"""Answers that may come at once."""


def are_too_many(running: int, limits: RateLimits | None) -> bool:
    """Whether one more answer may not come beside those that are coming.

    A single one is always asked for: the service itself says when there are no requests left.
    """
    if running >= MOST_AT_ONCE:
        return True
    left = limits.hour_left if limits is not None and limits.hour_limit != 0 else None
    return running > 0 and left is not None and running >= left


def is_echo(prompt: str, last: Answer | None, now: float, reaction: float = REACTION) -> bool:
    """Whether a prompt repeats one that has just failed, sooner than anybody can have read that.

    `now` in seconds of the clock of `Answer.asked_at`.
    """
    if last is None or last.has_text or last.ended_at is None or last.prompt != prompt:
        return False
    return now - last.ended_at < reaction
