"""What is said of a turn: who answers, what it cost, and when the service takes a request again."""

from __future__ import annotations

from elumenta_tui.chat.ledger import Charge
from elumenta_tui.chat.turn import Turn
from elumenta_tui.i18n import say
from elumenta_tui.i18n.moments import duration, moment
from elumenta_tui.text.sanitize import clean_line


def answering_model(turn: Turn) -> str:
    """Name the model that was asked, and the one that answers if that is another."""
    name = clean_line(turn.model.name)
    if turn.served_by and turn.served_by != turn.model.slug:
        name += f" ({clean_line(turn.served_by)})"
    return name


def state_word(turn: Turn) -> str:
    """Name the state that a turn is in, or how it has ended."""
    return say("state.stopped") if turn.was_stopped else say(f"state.{turn.state.value}")


def price_words(turn: Turn) -> str:
    """State what a turn cost, and whether the service said so."""
    if turn.cost is not None:
        return say("bar.tokens", n=turn.cost)
    if turn.paid is not None:
        return say("turn.seen_cost", n=turn.paid)
    return say("turn.cost_unknown")


def outcome_facts(turn: Turn) -> list[str]:
    """State what a whole answer cost, what that leaves, and what is special about it."""
    parts = [price_words(turn)]
    if turn.balance_after is not None:
        parts.append(say("bar.left", n=turn.balance_after))
    if turn.was_found:
        parts.append(say("turn.was_found"))
    if turn.asked_again:
        parts.append(say("turn.asked_again"))
    if turn.unreadable:
        parts.append(say("turn.unreadable", n=turn.unreadable))
    return parts


def charge_words(turn: Turn, *, is_past: bool = False) -> str:
    """State in a sentence what a turn without a whole answer cost, as far as that is known.

    `is_past`: the conversation has gone on, so what has cost nothing so far stays free.
    """
    failure = turn.failure
    assert failure is not None
    if failure.charge is not Charge.UNKNOWN:
        return say(f"charge.{failure.charge.value}")
    if turn.cost is not None:
        return say("charge.stated", n=turn.cost) if turn.cost else say("charge.not_charged")
    if turn.balance_before is not None and turn.balance_after is not None:
        if turn.balance_after == turn.balance_before:
            return (
                say("charge.not_charged") if is_past else say("charge.unchanged", balance=turn.balance_after)
            )
        return say("charge.changed", before=turn.balance_before, after=turn.balance_after)
    if turn.balance_after is not None:
        return say("charge.now", balance=turn.balance_after)
    return say("charge.being_read" if turn.settling else "charge.unknown")


def again_words(turn: Turn, seconds: float, now: float) -> str:
    """State when the service takes a request again: so many seconds after the turn's end. `now` in Unix seconds."""
    ended = turn.ended_on if turn.ended_on is not None else now
    time = moment(ended + seconds, now)
    retry = duration(seconds)
    return say("turn.again", retry=retry, time=time) if time else say("turn.again_in", retry=retry)
