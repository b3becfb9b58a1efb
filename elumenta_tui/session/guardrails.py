"""Whether something may be sent now. It is asked before the prompt is taken out of the hands of whoever typed it."""

from __future__ import annotations

from enum import Enum

from elumenta_tui.chat.turn import Turn

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
    ECHO = "echo"
    """It is the second of two quick presses, whose request has failed in between."""
    NOTHING = "nothing"
    """There is no turn that this could be done with."""


def is_echo(prompt: str, last: Turn | None, now: float, reaction: float = REACTION) -> bool:
    """Whether a prompt repeats one that has just failed, sooner than anybody can have read that.

    `now` in seconds of the clock of `Turn.asked_at`.
    """
    if last is None or last.has_text or last.ended_at is None or last.prompt != prompt:
        return False
    return now - last.ended_at < reaction
