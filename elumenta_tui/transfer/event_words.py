"""Sentences for the session's events, in the user's language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from elumenta_tui.i18n import say
from elumenta_tui.i18n.failures import Place, failure_words
from elumenta_tui.i18n.titles import quoted_titles
from elumenta_tui.session.events import (
    AccountFailed,
    AnswerCompleted,
    AnsweredBeside,
    AnsweredElsewhere,
    BalanceRead,
    CannotSave,
    ConversationCopied,
    CopiesLeft,
    CrashFound,
    DatabaseReplaced,
    DatabaseSetAside,
    NothingRecovered,
    NothingToContinue,
    QueueHeld,
    SavedAgain,
    SessionEvent,
    StuckFound,
    WrittenElsewhere,
)

Severity = Literal["information", "warning", "error"]

Hint = Callable[[str], str]
"""Returns how the user asks for an action of that name: its key, or its slash word."""


class Notice(NamedTuple):
    """A sentence, and how it is shown."""

    text: str
    severity: Severity = "information"
    lasting: bool = False
    of_conversation: bool = False


def notice_of(event: SessionEvent, database: Path, hint: Hint, place: Place = "app") -> Notice | None:
    """Return the notice for an event; None if the event has no sentence.

    `database` is the path of the database; `place` is where the advice about a failure is read.
    """
    match event:
        case AnsweredElsewhere(answer, title):
            key = "notice.answered_elsewhere" if answer.has_text else "notice.failed_elsewhere"
            text = say(key, title=quoted_titles([title]), key=hint("conversations"))
            return Notice(text, "information" if answer.has_text else "warning", lasting=True)
        case AnsweredBeside(answer):
            key = "notice.answered_beside" if answer.has_text else "notice.failed_beside"
            return Notice(
                say(key, key=hint("running")), "information" if answer.has_text else "warning", lasting=True
            )
        case ConversationCopied(turns):
            return Notice(say("notice.copied_conversation", n=turns))
        case QueueHeld(conversation, hold):
            text = say(
                "notice.queue_held",
                n=len(conversation.queued),
                title=quoted_titles([conversation.title]),
                why=say(f"queue.why.{hold.value}"),
                key=hint("conversations"),
            )
            return Notice(text, "warning", lasting=True)
        case AnswerCompleted():
            return Notice(say("notice.completed"))
        case NothingRecovered():
            return Notice(say("notice.not_found"), "warning")
        case BalanceRead(balance) if balance.tokens is not None:
            return Notice(say("notice.balance", n=balance.tokens))
        case AccountFailed(failure):
            return Notice(failure_words(failure, place=place), "error")
        case NothingToContinue():
            return Notice(say("notice.nothing_to_continue"))
        case StuckFound(titles):
            text = say("notice.stuck", titles=quoted_titles(titles), key=hint("conversations"))
            return Notice(text, "warning", lasting=True)
        case CrashFound():
            return _crash(event, hint)
        case CopiesLeft(copies):
            text = say("notice.copies_left", n=len(copies), path=copies[-1])
            return Notice(text, "warning", lasting=True)
        case CannotSave(trouble, detail):
            reason = say(f"saving.{trouble.value}", path=database, detail=detail)
            return Notice(say("notice.unsaved", reason=reason), "error", lasting=True)
        case SavedAgain():
            return Notice(say("notice.saved_again"))
        case DatabaseSetAside(path, rescued, is_foreign):
            key = "notice.set_aside_foreign" if is_foreign else "notice.set_aside"
            return Notice(say(key, path=path, n=rescued), "warning", lasting=True)
        case DatabaseReplaced():
            return Notice(say("notice.replaced", path=database), "warning", lasting=True)
        case WrittenElsewhere():
            text = say("notice.others_write", key=hint("conversations"))
            return Notice(text, "warning", lasting=True, of_conversation=True)
    return None


def _crash(found: CrashFound, hint: Hint) -> Notice:
    """Report what a crashed program was doing. What the user can do about it is shown at the answer."""
    if not found.cut:
        return Notice(say("notice.left_open"), lasting=True)
    titles = [answer.title for answer in found.cut]
    if len(found.cut) == 1:
        text = say("notice.cut", titles=quoted_titles(titles))
    else:
        text = say("notice.cut_several", n=len(found.cut), titles=quoted_titles(titles))
    if len(set(titles)) > 1:
        text += f" {say('notice.cut_others', key=hint('conversations'))}"
    return Notice(text, "warning", lasting=True)
