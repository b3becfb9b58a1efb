"""Texts about an answer: its model, its cost, and when the service accepts the next request."""

from __future__ import annotations

from elumenta_tui.chat.conversation import TITLE_LIMIT
from elumenta_tui.chat.failure import Billing
from elumenta_tui.chat.ledger import Together
from elumenta_tui.chat.turn import FOREIGN, Answer
from elumenta_tui.i18n import say
from elumenta_tui.i18n.times import duration, moment
from elumenta_tui.text.sanitize import clean_line


def title_of_copy(title: str) -> str:
    """Return the title of a copy of a whole conversation, which tells it from the original in lists."""
    if not title:
        return ""
    room = TITLE_LIMIT - len(say("turn.copy_title", title=""))
    return say("turn.copy_title", title=clean_line(title, room))


def answering_model(answer: Answer) -> str:
    """Name the model that was asked, and the model that answered if it is a different one."""
    name = clean_line(answer.model.name)
    if answer.served_by and answer.served_by != answer.model.slug:
        name += f" ({clean_line(answer.served_by)})"
    return name


def state_word(answer: Answer) -> str:
    """Name the state of an answer, or how it ended."""
    return say("state.stopped") if answer.was_stopped else say(f"state.{answer.state.value}")


def price_words(answer: Answer) -> str:
    """State what an answer cost; the wording shows whether the service stated it or two balances differ by it."""
    if answer.is_copy:
        return say("turn.copy")
    if answer.is_foreign:
        return say("turn.imported", source=FOREIGN[answer.origin])
    if answer.charge.stated is not None:
        return say("bar.tokens", n=answer.charge.stated)
    if answer.charge.amount is not None:
        return say("turn.seen_cost", n=answer.charge.amount)
    if answer.charge.together is not None:
        return _shared_words(answer.charge.together)
    return say("turn.cost_unknown")


def _shared_words(together: Together) -> str:
    """State what several requests cost of which only the sum is known."""
    return say("turn.shared_cost", n=len(together.charges) - 1, cost=say("bar.tokens", n=together.amount))


def outcome_facts(answer: Answer, *, is_compared: bool = False) -> list[str]:
    """List the facts about a complete answer: its cost, the balance after it, and what is unusual about it.

    An answer that is compared stands beside others of its prompt, and replaces none.
    """
    parts = [price_words(answer)]
    if answer.charge.after is not None:
        parts.append(say("bar.left", n=answer.charge.after))
    if answer.was_recovered:
        parts.append(say("turn.was_found"))
    if answer.is_replaced and not is_compared:
        parts.append(replaced_words(answer))
    if answer.unreadable:
        parts.append(say("turn.unreadable", n=answer.unreadable))
    return parts


def replaced_words(answer: Answer) -> str:
    """State that the prompt of an answer was sent again, and that its text, if any, is no longer sent."""
    return say("turn.asked_again") if answer.has_text else say("turn.asked_again_empty")


def charge_words(answer: Answer, *, is_past: bool = False, is_being_read: bool = False) -> str:
    """State in a sentence what an incomplete answer cost, as far as that is known.

    Args:
        answer: has a failure.
        is_past: the conversation has gone on, so an answer that has cost nothing so far stays free.
        is_being_read: a request for the balance is running.
    """
    failure = answer.failure
    assert failure is not None
    if answer.is_copy:
        return say("charge.copy")
    if failure.billing is not Billing.UNKNOWN:
        return say(f"charge.{failure.billing.value}")
    if answer.charge.stated is not None:
        return (
            say("charge.stated", n=answer.charge.stated)
            if answer.charge.stated
            else say("charge.not_charged")
        )
    if answer.charge.together is not None:
        return say("charge.together", words=_shared_words(answer.charge.together))
    cost, balance = answer.charge.amount, answer.charge.after
    if cost == 0:
        return say("charge.not_charged") if is_past else say("charge.unchanged", balance=balance)
    if cost is not None:
        return say("charge.changed", n=cost, after=balance)
    if answer.charge.after is not None:
        return say("charge.now", balance=answer.charge.after)
    return say("charge.being_read" if is_being_read else "charge.unknown")


def again_words(answer: Answer, seconds: float, now: float) -> str:
    """State when the service accepts a request again: `seconds` after the answer's end.

    `now` is in Unix seconds.
    """
    ended = answer.ended_on if answer.ended_on is not None else now
    time = moment(ended + seconds, now)
    retry = duration(seconds)
    return say("turn.again", retry=retry, time=time) if time else say("turn.again_in", retry=retry)
