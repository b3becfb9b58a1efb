"""Events: what a session reports to its user interface, as plain values without sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.ledger import Balance
from elumenta_tui.chat.turn import Answer
from elumenta_tui.lean import Frozen

if TYPE_CHECKING:
    from elumenta_tui.session.guardrails import Hold
    from elumenta_tui.store.events import Trouble
    from elumenta_tui.store.records import CutAnswer
    from elumenta_tui.store.tree import Stored

# ---------------------------------------------------------------------------------------------------------- an answer


class AnswerChanged(Frozen):
    """The text, state, cost or offers of an answer have changed."""

    answer: Answer


class WaitChanged(Frozen):
    """A request began or ended its wait for a retry; see `Answer.retry_wait`."""

    answer: Answer


class AnswerEnded(Frozen):
    """An answer on the path of the current conversation ended, complete or not."""

    answer: Answer


class AnsweredElsewhere(Frozen):
    """An answer ended in a conversation that the session no longer shows."""

    answer: Answer
    title: str
    """Title of that conversation."""


class AnsweredBeside(Frozen):
    """An answer ended on another version or branch of the conversation that the session shows."""

    answer: Answer


class SideAnswerEnded(Frozen):
    """The answer to a side question ended, complete or not."""

    answer: Answer


class AnswerCompleted(Frozen):
    """The complete answer from the service's history has replaced an incomplete one."""

    answer: Answer


class NothingRecovered(Frozen):
    """The service's history has no complete version of the answer."""

    answer: Answer


# ----------------------------------------------------------------------------------------------------------- the queue


class QueueChanged(Frozen):
    """The queue of a conversation has changed, or begins or ends to wait."""

    conversation: Conversation


class QueuedSent(Frozen):
    """A queued prompt was sent, in the current conversation or in another one."""

    answer: Answer


class QueueHeld(Frozen):
    """The queue of a conversation that the session does not show waits for the user."""

    conversation: Conversation
    hold: Hold


# --------------------------------------------------------------------------------------------------------- the account


class AccountChanged(Frozen):
    """The balance, the limits, the list of models or the connection have changed."""

    models: bool = False
    """The list of models was replaced."""


class BalanceRead(Frozen):
    """The balance that the user asked for was read."""

    balance: Balance


class AccountFailed(Frozen):
    """Reading the account, or the history for a recovery, failed."""

    failure: Failure


class KeyRefused(Frozen):
    """A request needs a key, and there is none or the service refuses it. Ask for another key."""

    failure: Failure


class AccountSwitched(Frozen):
    """Requests go to another account from now on."""

    from_or_to_demo: bool
    """One of the two accounts is the demo, so the conversation has changed, too."""


# ---------------------------------------------------------------------------------------------------- conversations


class ConversationShown(Frozen):
    """The session switched to another conversation."""

    stored: Stored | None = None
    """The stored conversation; None if it is a new one."""
    is_stuck: bool = False
    """A program ended while it was showing this conversation. Show it as plain text, without any layout."""
    sought: str = ""
    """The search text by which the user found it."""
    keeps_draft: bool = False
    """Keep the text in the prompt."""


class ConversationCopied(Frozen):
    """A new conversation was made of copies, and is shown."""

    turns: int
    """Number of its turns."""


class PathChanged(Frozen):
    """Another path through the conversation is shown and sent from now on."""

    answer: Answer
    """The answer at which it turned off, or that was added."""


class ContextChanged(Frozen):
    """Other messages of the path are sent from now on, or another one is pinned, or a summary has another text."""


class OpenFailed(Frozen):
    """The store could not read a conversation; the session keeps the one before."""

    draft: str
    """The text that was typed in the conversation before."""


class PromptsRead(Frozen):
    """The prompts of earlier sessions were read, oldest first."""

    prompts: Sequence[str]


class NothingToContinue(Frozen):
    """There is no conversation to continue, or not one alone whose id begins as it was asked for."""

    found: int = 0
    """Number of conversations whose ids begin so."""


class CrashFound(Frozen):
    """An earlier program crashed."""

    cut: Sequence[CutAnswer]
    """The answers that the crash cut; empty if the program only had a conversation open."""


class StuckFound(Frozen):
    """An earlier program ended while it was showing these conversations.

    None of them is opened automatically.
    """

    titles: Sequence[str]


class Renamed(Frozen):
    """The session's conversation was renamed."""


class CopiesLeft(Frozen):
    """A conversation was deleted, but damaged copies of the database may still contain it."""

    copies: Sequence[Path]


# ------------------------------------------------------------------------------------------------------------ the disk


class CannotSave(Frozen):
    """Changes can't be saved for now. The store keeps trying."""

    trouble: Trouble
    detail: str
    """The system's error message; may be empty."""


class SavedAgain(Frozen):
    """All changes are saved again."""


class DatabaseSetAside(Frozen):
    """The database could not be used. It was renamed, and a new one was created."""

    path: Path
    rescued: int
    """The number of answers that were copied out of it."""
    is_foreign: bool
    """It contained something that this program never writes."""


class DatabaseReplaced(Frozen):
    """The database file was moved, deleted or replaced. A new one was created."""


class WrittenElsewhere(Frozen):
    """Another program writes the same conversation."""


SessionEvent = (
    AnswerChanged
    | WaitChanged
    | AnswerEnded
    | AnsweredElsewhere
    | AnsweredBeside
    | SideAnswerEnded
    | AnswerCompleted
    | NothingRecovered
    | QueueChanged
    | QueuedSent
    | QueueHeld
    | AccountChanged
    | BalanceRead
    | AccountFailed
    | KeyRefused
    | AccountSwitched
    | ConversationShown
    | PathChanged
    | ContextChanged
    | ConversationCopied
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
    | WrittenElsewhere
)

Notify = Callable[[SessionEvent], object]
"""Takes an event, on the session's loop. It must return immediately and raise nothing."""
