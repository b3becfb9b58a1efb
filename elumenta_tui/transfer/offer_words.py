"""Sentences for what can be done about an incomplete answer: each with its key or slash word, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from elumenta_tui.chat.context import Entry, middle_of
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.i18n import say
from elumenta_tui.i18n.objections import offer, price_of
from elumenta_tui.session.alternatives import other_models
from elumenta_tui.session.recovery import may_be_recovered
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.session import Session

Hint = Callable[[str], str]
"""Returns how the user asks for an action of that name: its key, or its slash word."""

_NAME = 40
"""Characters of a model's name in a sentence."""


def offers(session: Session, answer: Answer, hint: Hint) -> list[str]:
    """List what can be done about an incomplete answer. Only the last one of the path can be asked for again."""
    recovered = [say("offer.found", key=hint("fetch"))] if answer.recovered is not None else []
    if session.last is not answer or _is_coming_elsewhere(answer):
        return recovered
    found = []
    if answer.failure is not None and answer.failure.is_too_long:
        found += _ways_out_of_length(session, answer, hint)
    if not _is_refused_still(answer, session.calendar()):
        found.append(offer("again", session.model, hint("again"), before=answer.model))
    found += _others(session, hint)
    if answer.state is AnswerState.INTERRUPTED:
        found.append(offer("continue", session.model, hint("continue"), before=answer.model))
    if answer.recovered is None and may_be_recovered(answer, is_settling=session.is_settling(answer)):
        found.append(say("offer.look", key=hint("fetch")))
    return [*found, *recovered]


def _ways_out_of_length(session: Session, answer: Answer, hint: Hint) -> list[str]:
    """List what can be done about a refusal because the context is too long."""
    middle = middle_of(session.context.entries, len(answer.prompt))
    ways = []
    if middle:
        ways.append(say("offer.cut", n=len(middle)))
        model = session.context.summary_model
        ways.append(say("offer.summary", model=clean_line(model.name, _NAME), price=price_of([model])))
    if tail := _tail(session, middle):
        ways.append(say("offer.tail", n=tail))
    ways.append(say("offer.context", key=hint("inspect")))
    return ways


def _tail(session: Session, middle: Sequence[Entry]) -> int:
    """Return how many turns with an answer follow the middle, or the first turn if there is no middle."""
    turns = [each.turn for each in session.conversation.sent_answers()]
    last = middle[-1].turn if middle else next(iter(turns), None)
    return len(turns) - next((n for n, turn in enumerate(turns, 1) if turn is last), len(turns))


def _others(session: Session, hint: Hint) -> list[str]:
    """List the models that the last prompt may be sent to, with their prices, if its own could not be asked."""
    named = [(clean_line(model.name, 30), price_of([model])) for model in other_models(session)]
    if not named:
        return []
    lines = [say("offer.other", key=hint("other_model"), name=named[0][0], price=named[0][1])]
    if named[1:]:
        rest = ", ".join(f"{name} ({price})" for name, price in named[1:])
        lines.append(say("offer.others", key=hint("model"), again=hint("again"), names=rest))
    return lines


def _is_coming_elsewhere(answer: Answer) -> bool:
    """Return whether another window is receiving the answer: it is paid for, and opening the conversation again shows it."""
    return answer.failure is not None and answer.failure.kind == "elsewhere"


def _is_refused_still(answer: Answer, now: float) -> bool:
    """Return whether the service still refuses requests, according to its Retry-After.

    `now` is in Unix seconds.
    """
    wait = answer.failure.retry_after if answer.failure is not None else None
    return wait is not None and answer.ended_on is not None and now < answer.ended_on + wait
