"""Sentences of the chat that goes line by line: what the next prompt costs, how an answer begins and ends, what can be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import time

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Answer, RetryWait
from elumenta_tui.cli.plain_flow import AtEnd, Marked
from elumenta_tui.i18n import say
from elumenta_tui.i18n.answers import again_words, answering_model, charge_words, outcome_facts
from elumenta_tui.i18n.failures import Place, failure_words, quoted, sentence, what_failed
from elumenta_tui.i18n.objections import price_of
from elumenta_tui.i18n.titles import quoted_titles
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.transfer.offer_words import offers
from elumenta_tui.transfer.selection import name_of_branch

NAME_SHOWN = 40
"""Characters of a name in a sentence."""

_SLASH_WORDS = {
    "again": "/retry",
    "continue": "/continue",
    "conversations": "/list",
    "fetch": "/recover",
    "inspect": "/context",
    "model": "/model",
    "other_model": "/other",
    "running": "/list",
}


def hint(name: str) -> str:
    """Return the slash word of an action of that name."""
    return _SLASH_WORDS[name]


def prompt_line(session: Session, attached: int) -> str:
    """Return what stands before the next prompt: who is asked, for how much, and what is left. `attached`: number of files."""
    model, ledger = session.model, session.ledger
    parts = [clean_line(model.name, NAME_SHOWN), price_of([model])]
    if ledger.balance is not None and not ledger.stale:
        parts.append(say("bar.left", n=ledger.balance))
    if attached:
        parts.append(say("plain.files", n=attached))
    return f"{', '.join(parts)} > "


def begin_words(answer: Answer) -> str:
    """Say that a request was sent."""
    name = clean_line(answer.model.name, NAME_SHOWN)
    return say("plain.begins", model=name, price=price_of([answer.model]))


def end_words(session: Session, answer: Answer, place: Place, *, is_compared: bool = False) -> str:
    """Say how an answer has ended, what it has cost, and what can be done about it. `place` is where that is read.

    An answer that is compared stands beside others of its prompt.
    """
    failure = answer.failure
    if failure is not None:
        return " ".join(_failure_parts(session, answer, failure, place))
    words = say("turn.words", n=len(answer.text.split()))
    return f"{', '.join([say('plain.complete'), words, *outcome_facts(answer, is_compared=is_compared)])}."


def _failure_parts(session: Session, answer: Answer, failure: Failure, place: Place) -> Iterator[str]:
    yield failure_words(failure, model=answer.model.slug, place=place)
    yield charge_words(answer, is_being_read=session.is_settling(answer))
    if answer.has_text:
        yield say("turn.kept_partial")
    if failure.retry_after is not None:
        yield again_words(answer, failure.retry_after, time())
    if failure.kind == "pending" and answer.generation_id:
        yield say("turn.number", id=clean_line(answer.generation_id))
    if place == "plain":
        yield from (f"{each}." for each in offers(session, answer, hint))
    if place == "plain" and answer.was_stopped:
        yield say("plain.again_quits")


def wait_words(answer: Answer, wait: RetryWait, now: float) -> str:
    """Say why a request is repeated, and when. `now` is in seconds of the clock of `RetryWait.until`."""
    what = sentence(what_failed(wait.failure, answer.model.slug))
    line = say("turn.hold", n=wait.seconds(now), number=wait.number, of=wait.of)
    return " ".join(filter(None, (what, quoted(wait.failure), line)))


# -------------------------------------------------------------------------------------------------- what was said before


def begin_of(text: str) -> str:
    """Return how a prompt or an answer begins, as lists name it."""
    return name_of_branch(text) or say("list.untitled")


def name_of(answer: Answer) -> str:
    """Return how the lines of an answer begin."""
    return f"{answering_model(answer)}:"


def other_beginnings(models: Sequence[Model]) -> list[str]:
    """List how lines begin that this program writes: no line of an answer may pass for one of them."""
    return [say("plain.you"), say("plain.note"), *(f"{clean_line(model.name)}:" for model in models)]


def read_out(name: str, text: str, models: Sequence[Model]) -> str:
    """Return a whole text as somebody's, to the end of its last line."""
    flow = AtEnd(Marked(name, other_beginnings(models)))
    return f"{flow.feed(text)}{flow.close()}"


def turns(conversation: Conversation, models: Sequence[Model], last: int | None = None) -> Iterator[str]:
    """Yield the prompts and answers of a conversation as they are read out; only so many at the end if `last` is given."""
    shown = conversation.shown
    for answer in shown if last is None else shown[-last:]:
        if answer.turn.is_summary:
            # The program wrote its prompt.
            yield f"{say('plain.note')} {say('context.summary_title')}.\n"
        else:
            yield read_out(say("plain.you"), answer.prompt, models)
        for attachment in answer.turn.attachments:
            name = clean_line(attachment.name, NAME_SHOWN)
            yield f"{say('plain.note')} {say('plain.attached', name=name)}\n"
        if answer.has_text:
            yield read_out(name_of(answer), answer.text, models)
        if answer.failure is not None:
            words = failure_words(answer.failure, model=answer.model.slug, place="plain")
            yield f"{say('plain.note')} {words} {charge_words(answer, is_past=True)}\n"


def shown_words(session: Session) -> str:
    """Say which conversation is on now, and what it sends besides its messages."""
    from elumenta_tui.transfer.parameter_words import summary

    conversation = session.conversation
    parts = [
        quoted_titles([conversation.title]),
        say("list.turns", n=len(conversation.shown)),
        *summary(conversation),
    ]
    if conversation.queued:
        parts.append(say("plain.queued", n=len(conversation.queued)))
    return say("plain.shown", what=", ".join(parts))


def bye_words(session: Session, *, are_saved: bool) -> str:
    """Say that the program ends, and how the conversation goes on."""
    conversation = session.conversation
    if not (are_saved and conversation.turns):
        return say("plain.bye")
    demo = " --demo" if session.backend.is_demo else ""
    title, command = quoted_titles([conversation.title]), f"elumenta-tui --plain{demo} --continue"
    return f"{say('plain.bye')} {say('cli.goes_on', title=title, command=command)}"


def attached_words(name: str, notes: Sequence[str]) -> str:
    """Say that a file goes along with the next prompt, and what of it is not sent as it is."""
    words = say("plain.attached", name=clean_line(name, NAME_SHOWN))
    return f"{words} {sentence(', '.join(notes))}." if notes else words
