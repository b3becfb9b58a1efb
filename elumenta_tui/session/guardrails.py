"""Checks whether a prompt may be sent now. They run before the text leaves the prompt box."""

from __future__ import annotations

from enum import Enum

from elumenta_tui.chat.ledger import RateLimits
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Answer, Turn

PROMPT_LIMIT = 500_000
"""Characters of a prompt, at most. The app can put that many back into its prompt box."""

REACTION = 0.3
"""Seconds. Nobody reads a failure faster: the same prompt within this time belongs to the key press before."""


class Refusal(Enum):
    """The reason why nothing was sent. The text stays in the prompt box."""

    BUSY = "busy"
    """An answer is running in this conversation."""
    NO_ACCOUNT = "no_account"
    """There is no key yet."""
    TOO_MANY = "too_many"
    """The limit of parallel answers is reached, over all conversations."""
    ECHO = "echo"
    """It is the second of two quick presses: the request of the first has failed in between, or is the same one."""
    NOTHING = "nothing"
    """There is no answer that this could be done with."""
    CONFIRM = "confirm"
    """It costs more than the user wants to spend on one request without being asked."""
    CAP = "cap"
    """It would exceed what the user wants to spend in a session, a day or a month."""
    REPEATED = "repeated"
    """The same was asked with the same context within a day."""
    NO_VISION = "no_vision"
    """The request holds images, and its model does not see them."""


OF_MONEY = frozenset({Refusal.CONFIRM, Refusal.CAP, Refusal.REPEATED})
"""Refusals that the user overrides by sending the same again: see `spending`."""


class Hold(Enum):
    """The reason why a queue waits."""

    STOPPED = "stopped"
    """The user stopped the answer before it."""
    FAILED = "failed"
    """The answer before it failed without any text."""
    INTERRUPTED = "interrupted"
    """The answer before it broke off."""
    WAITS = "waits"
    """It waits for the user, who has stopped it or has asked something else since."""
    MOVED = "moved"
    """The conversation goes on behind another answer, because a prompt was edited or another branch was chosen."""
    RESTORED = "restored"
    """It was queued by a program that has ended."""
    ACCOUNT = "account"
    """Another account is asked since."""
    NO_ACCOUNT = "no_account"
    """There is no key."""
    TOO_MANY = "too_many"
    """Too many answers are coming. It is tried again when one of them has ended."""
    NO_REQUESTS = "no_requests"
    """No requests are left, this hour or today."""
    NO_BALANCE = "no_balance"
    """The balance is lower than the price."""
    CONFIRM = "confirm"
    """It costs more than the user wants to spend on one request without being asked."""
    CAP = "cap"
    """It would exceed what the user wants to spend."""
    NO_VISION = "no_vision"
    """The request holds images, and the model does not see them."""


MOST_AT_ONCE = 4
"""Answers that may run in parallel."""


def requests_left(limits: RateLimits | None) -> int | None:
    """Return the requests that are left this hour; None if that is not known, or if there is no limit."""
    return limits.hour_left if limits is not None and limits.hour_limit != 0 else None


def are_too_many(running: int, limits: RateLimits | None, more: int = 1) -> bool:
    """Return whether `more` answers would exceed the limit of parallel answers or the requests that are left.

    A single answer is always requested: the service itself says when no requests are left.
    """
    wanted, left = running + more, requests_left(limits)
    return wanted > MOST_AT_ONCE or (wanted > 1 and left is not None and wanted > left)


def is_echo(prompt: str, last: Answer | None, now: float, reaction: float = REACTION) -> bool:
    """Return whether a prompt repeats one that failed less than `reaction` seconds ago.

    `now` is in seconds of the clock of `Answer.asked_at`.
    """
    if last is None or last.has_text or last.ended_at is None or last.prompt != prompt:
        return False
    return now - last.ended_at < reaction


def is_repeated(
    turn: Turn,
    model: Model,
    remark: str,
    temperature: float | None,
    now: float,
    reaction: float = REACTION,
) -> bool:
    """Return whether the same was asked for the same turn less than `reaction` seconds ago, however that has gone on.

    `now` is in seconds of the clock of `Answer.asked_at`.
    """
    asked = model.slug, remark, temperature
    return any(
        (answer.model.slug, answer.remark, answer.options.temperature) == asked
        and now - answer.asked_at < reaction
        for answer in turn.answers
    )
