"""What a session tells whoever shows it: plain values, without sentences.

They are named tuples, because making two dozen data classes would take a twentieth of the time until the first frame. Tell
them apart by their classes, never by equality.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.ledger import Balance
from elumenta_tui.chat.turn import Answer

if TYPE_CHECKING:
    from elumenta_tui.store.events import Trouble
    from elumenta_tui.store.records import CutAnswer, Stored

# ---------------------------------------------------------------------------------------------------------- an answer


class AnswerChanged(NamedTuple):
    """There is something new about an answer: text, state, cost or what is offered for it."""

    answer: Answer


class WaitChanged(NamedTuple):
    """A request has begun to wait for its retry, or waits no longer: see `Answer.retry_wait`."""

    answer: Answer


class AnswerEnded(NamedTuple):
    """An answer has come to its end, whole or not."""

    answer: Answer


class AnsweredElsewhere(NamedTuple):
    """An answer has come to its end in a conversation that is not the session's any more."""

    answer: Answer
    title: str
    """Title of that conversation."""


class AnswerCompleted(NamedTuple):
    """The whole answer from the service's history has taken the place of a broken one."""

    answer: Answer


class NothingRecovered(NamedTuple):
    """The service does not have the whole of the answer that was looked for."""

    answer: Answer


# --------------------------------------------------------------------------------------------------------- the account


class AccountChanged(NamedTuple):
    """The balance, the limits, the models or the way to the service are not what they were."""

    models: bool = False
    """There is another list of models."""


class BalanceRead(NamedTuple):
    """The balance that the user asked for."""

    balance: Balance


class AccountFailed(NamedTuple):
    """A look at the account came to nothing."""

    failure: Failure


class KeyRefused(NamedTuple):
    """There is no key, or the service does not take it: another one may help."""

    failure: Failure


class AccountSwitched(NamedTuple):
    """Another account answers from now on."""

    from_or_to_demo: bool
    """One of the two is the demo: the conversation is another one, too."""


# ---------------------------------------------------------------------------------------------------- conversations


class ConversationShown(NamedTuple):
    """Another conversation is the session's now."""

    stored: Stored | None = None
    """Where it comes from the disk."""
    is_stuck: bool = False
    """A program ended while it was showing it: it is to be shown without any layout."""
    sought: str = ""
    """What was looked for when it was chosen."""
    keeps_draft: bool = False
    """What is typed stays in the prompt."""


class OpenFailed(NamedTuple):
    """The store could not read a conversation; the one before is still there."""

    draft: str
    """What was typed in the one before."""


class PromptsRead(NamedTuple):
    """The prompts of earlier sessions, oldest first."""

    prompts: Sequence[str]


class NothingToContinue(NamedTuple):
    """No conversation is there that could be continued."""


class CrashFound(NamedTuple):
    """An earlier program did not end properly."""

    cut: Sequence[CutAnswer]
    """The answers that it did not get whole; none if it only had a conversation open."""


class StuckFound(NamedTuple):
    """An earlier program ended while it was showing these: none is opened by itself."""

    titles: Sequence[str]


class Renamed(NamedTuple):
    """The session's conversation has another title."""


class CopiesLeft(NamedTuple):
    """Something was deleted, and damaged copies of the database may still hold it."""

    copies: Sequence[Path]


# ------------------------------------------------------------------------------------------------------------ the disk


class CannotSave(NamedTuple):
    """Nothing can be saved for now; it is tried again."""

    trouble: Trouble
    detail: str
    """The system's own words; may be empty."""


class SavedAgain(NamedTuple):
    """Everything is on the disk again."""


class DatabaseSetAside(NamedTuple):
    """The database could not be used. It was kept under another name, and a new one begun."""

    path: Path
    rescued: int
    """Answers that were copied out of it."""
    is_foreign: bool
    """It held what this program never writes."""


class DatabaseReplaced(NamedTuple):
    """The file of the database was moved, deleted or replaced; a new one was begun."""


class LedElsewhere(NamedTuple):
    """Another program writes the same conversation."""


SessionEvent = (
    AnswerChanged
    | WaitChanged
    | AnswerEnded
    | AnsweredElsewhere
    | AnswerCompleted
    | NothingRecovered
    | AccountChanged
    | BalanceRead
    | AccountFailed
    | KeyRefused
    | AccountSwitched
    | ConversationShown
    | OpenFailed
    | PromptsRead
    | NothingToContinue
    | CrashFound
    | StuckFound
    | Renamed
    | CopiesLeft
    | CannotSave
    | SavedAgain
    | DatabaseSetAside
    | DatabaseReplaced
    | LedElsewhere
)

Notify = Callable[[SessionEvent], object]
"""Takes an event, on the session's loop. It must return at once and raise nothing."""
