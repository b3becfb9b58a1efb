"""Changes to be written, as values. A newer change absorbs the older one of the same key.

So the memory that they need is bounded, however long the disk fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from elumenta_tui.chat.draft import NOTHING, Draft
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.store.facts import Values
from elumenta_tui.store.records import AnswerRecord, ConversationRecord, TurnRecord

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.queue import QueuedPrompt

Key = tuple[str, str]


class SaveAnswer(NamedTuple):
    """Save an answer and its turn as they are now, with the new pieces of the text, or the whole text."""

    conversation: ConversationRecord
    turn: TurnRecord
    answer: AnswerRecord
    pieces: Mapping[int, str] = MappingProxyType({})
    """New pieces of the text, by the index of their first character."""
    text: str | None = None
    """The whole text. It replaces all pieces. None: only the pieces are new."""
    place: int = 0
    """Number of the answer in its conversation, from 1, if it has just been asked for: then the draft is cleared. 0: it is older."""
    queued: str = ""
    """Id under which the prompt was queued, if it was: it leaves the queue in the same transaction, and the draft stays."""
    keeps_draft: bool = False
    """The draft stays, because it was not this prompt."""

    @property
    def key(self) -> Key:
        return "answer", self.answer.id

    def over(self, older: Change) -> Change:
        assert isinstance(older, SaveAnswer)
        merged = self._replace(
            place=self.place or older.place,
            queued=self.queued or older.queued,
            keeps_draft=self.keeps_draft or older.keeps_draft,
        )
        if older.answer.revision != self.answer.revision:
            # What came of the other text is void.
            return merged
        return merged._replace(
            pieces={**older.pieces, **self.pieces},
            text=self.text if self.text is not None else older.text,
        )


class SaveDraft(NamedTuple):
    """Save what is typed in a conversation and not sent. Empty text without files deletes the draft."""

    conversation: ConversationRecord
    text: str
    """With the quotes before it."""
    chips: Draft = NOTHING
    """Its quotes and files."""

    @property
    def key(self) -> Key:
        return "draft", self.conversation.id

    def over(self, older: Change) -> Change:
        return self


class SaveQueued(NamedTuple):
    """Save a queued prompt, or where it stands in the queue of its conversation. No text: it leaves the queue unsent."""

    conversation: ConversationRecord
    id: str
    place: int
    text: str
    attachments: tuple[Attachment, ...] = ()
    model: str = ""
    """Slug of the model that it goes to."""

    @property
    def key(self) -> Key:
        return "queued", self.id

    def over(self, older: Change) -> Change:
        return self


class SaveParked(NamedTuple):
    """Save a prompt that was put aside. None: it has come back."""

    conversation: ConversationRecord
    id: str
    place: int
    """Its place in the stack."""
    draft: Draft | None

    @property
    def key(self) -> Key:
        return "parked", self.id

    def over(self, older: Change) -> Change:
        return self


class Rename(NamedTuple):
    """Set the title."""

    conversation: ConversationRecord
    title: str
    instead_of: str | None = None
    """Change the title only if it is still this one, which the program gave. None: change it in any case."""

    @property
    def key(self) -> Key:
        return "title", self.conversation.id

    def over(self, older: Change) -> Change:
        return self


class SetFacts(NamedTuple):
    """Set facts of a conversation by name; see `tables`."""

    conversation: ConversationRecord
    facts: Values

    @property
    def key(self) -> Key:
        return "facts", self.conversation.id

    def over(self, older: Change) -> Change:
        assert isinstance(older, SetFacts)
        return self._replace(facts={**older.facts, **self.facts})


class Delete(NamedTuple):
    """Delete a conversation, and overwrite what the files hold of it."""

    conversation: ConversationRecord
    since: float | None = None
    """Unix seconds of the user's decision, if it is carried out later. A conversation in which another program has asked something
    since then, or left another draft, is not deleted. None: delete it in any case."""
    draft: str = ""
    """The beginning of the draft at that time."""

    @property
    def key(self) -> Key:
        return "deleted", self.conversation.id

    def over(self, older: Change) -> Change:
        return self


class DeleteBranch(NamedTuple):
    """Delete answers of a conversation, and those of their turns that have no other answer, and overwrite what the files hold.

    Another program may have added answers to these turns: they stay, and their prompts with them.
    """

    conversation: ConversationRecord
    answers: tuple[str, ...]
    """Ids."""
    turns: tuple[str, ...]
    """Ids."""

    @property
    def key(self) -> Key:
        return "branches", self.conversation.id

    def over(self, older: Change) -> Change:
        assert isinstance(older, DeleteBranch)
        return self._replace(answers=older.answers + self.answers, turns=older.turns + self.turns)

    def deletes(self, change: Change) -> bool:
        """Whether a change saves something that this one deletes."""
        return isinstance(change, SaveAnswer) and change.answer.id in self.answers


class OpenHere(NamedTuple):
    """Note which conversation this program shows (empty: none). The next start opens it if this program crashes."""

    id: str

    @property
    def key(self) -> Key:
        return "open", ""

    def over(self, older: Change) -> Change:
        return self


class SaveCharge(NamedTuple):
    """Save what a request has cost, as far as that is known. Nothing of a request's text is in it."""

    values: Values
    """By name; see `tables.CHARGE` and `tables.COSTS`."""
    was_kept: bool = False
    """Its conversation was temporary, and is stored now: the charge names it from now on."""

    @property
    def key(self) -> Key:
        return "charge", str(self.values["id"])

    def over(self, older: Change) -> Change:
        assert isinstance(older, SaveCharge)
        return self._replace(was_kept=self.was_kept or older.was_kept)


class SaveReading(NamedTuple):
    """Save a balance that was read while no request was in flight."""

    account: str
    on: float
    """Unix seconds."""
    balance: Amount

    @property
    def key(self) -> Key:
        # The difference of two readings says the same without those between them.
        return "reading", self.account

    def over(self, older: Change) -> Change:
        return self


class AddConversation(NamedTuple):
    """Add what is missing of a conversation that comes from elsewhere: another store, or an export. Nothing here is changed."""

    conversation: ConversationRecord
    answers: tuple[tuple[TurnRecord, AnswerRecord, str], ...]
    """Each with its turn and its text, in the order of the turns; parents stand before their children."""
    used_on: float = 0.0
    """Unix seconds of its last use there, which give it its place in the list."""
    facts: Values = MappingProxyType({})
    """Other facts of a conversation that is not here yet, such as its draft."""
    queued: tuple[QueuedPrompt, ...] = ()
    """Its queue, if it is not here yet."""

    @property
    def key(self) -> Key:
        return "added", self.conversation.id

    def over(self, older: Change) -> Change:
        assert isinstance(older, AddConversation)
        return self.and_also(older)

    def and_also(self, older: AddConversation) -> AddConversation:
        """Return the change that adds what both add."""
        return older._replace(answers=older.answers + self.answers, used_on=max(older.used_on, self.used_on))


class AddCharge(NamedTuple):
    """Add the charge of a request that another store knows, unless it is known here."""

    values: Values

    @property
    def key(self) -> Key:
        return "added charge", str(self.values["id"])

    def over(self, older: Change) -> Change:
        return older


Change = (
    SaveAnswer
    | SaveDraft
    | SaveQueued
    | SaveParked
    | Rename
    | SetFacts
    | Delete
    | DeleteBranch
    | OpenHere
    | SaveCharge
    | SaveReading
    | AddConversation
    | AddCharge
)


class Pending:
    """Changes that are not on the disk, in the order in which their keys first came; drafts, facts and deletions where they last came."""

    def __init__(self) -> None:
        self._changes: dict[Key, Change] = {}

    def __len__(self) -> int:
        return len(self._changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(list(self._changes.values()))

    def copy(self) -> Pending:
        """Copy the collection; the changes themselves are immutable."""
        twin = Pending()
        twin._changes = dict(self._changes)
        return twin

    def add(self, change: Change) -> None:
        """Add a change, in place of the older one of the same key. A deletion in any case drops all changes of its conversation."""
        if isinstance(change, SaveDraft | SetFacts | Delete):
            self._add_last(change)
            return
        if isinstance(change, DeleteBranch):
            for key, other in list(self._changes.items()):
                if change.deletes(other):
                    del self._changes[key]
        older = self._changes.get(change.key)
        self._changes[change.key] = change if older is None else change.over(older)
        if older is not None and isinstance(change, SaveAnswer):
            # It is written where the older one stands: other answers that are written after it must not bring back what its turn was.
            for key, other in self._changes.items():
                if isinstance(other, SaveAnswer) and other.turn.id == change.turn.id:
                    self._changes[key] = other._replace(turn=change.turn)

    def _add_last(self, change: SaveDraft | SetFacts | Delete) -> None:
        """Add a change behind all others: prompts that are sent since the older one of its key change the same facts."""
        if isinstance(change, Delete) and change.since is None:
            gone = change.conversation.id
            for key, other in list(self._changes.items()):
                if conversation_of(other) == gone:
                    del self._changes[key]
        older = self._changes.get(change.key)
        if isinstance(older, SetFacts):
            older = older._replace(facts=self._still_valid(older))
        self._changes.pop(change.key, None)
        self._changes[change.key] = change if older is None else change.over(older)

    def _still_valid(self, older: SetFacts) -> Values:
        """Return those facts of a waiting change that no prompt behind it changes."""
        facts = dict(older.facts)
        is_behind = False
        for other in self._changes.values():
            is_behind = is_behind or other is older
            is_here = is_behind and conversation_of(other) == older.conversation.id
            if is_here and isinstance(other, SaveAnswer) and other.place:
                for name in prompt_sent(other):
                    facts.pop(name, None)
        return facts

    def put_back(self, earlier: Pending) -> None:
        """Put back changes that could not be written, before those that have come since."""
        since, self._changes = self._changes, earlier._changes
        for change in since.values():
            self.add(change)


def prompt_sent(change: SaveAnswer) -> dict[str, Any]:
    """Return the facts of a conversation that change when a prompt is sent in it: it ends the path, and was the draft unless it
    was queued or came from elsewhere."""
    head = {"head": change.conversation.values.get("head", "")}
    return head if change.queued or change.keeps_draft else {"draft": "", "draft_with": "", **head}


def conversation_of(change: Change) -> str:
    """Return the id of the conversation that a change writes into; empty if none."""
    return (
        "" if isinstance(change, OpenHere | SaveCharge | SaveReading | AddCharge) else change.conversation.id
    )


def without_temporary(changes: Sequence[Change], temporary: Collection[str]) -> Sequence[Change]:
    """Return what may be written of changes if nothing of the conversations with these ids is: of a charge, all but the conversation."""
    if not temporary:
        return changes
    found: list[Change] = []
    for change in changes:
        if isinstance(change, OpenHere) and change.id in temporary:
            found.append(OpenHere(""))
        elif isinstance(change, SaveCharge) and change.values["conversation"] in temporary:
            found.append(change._replace(values={**change.values, "conversation": ""}))
        elif conversation_of(change) not in temporary:
            found.append(change)
    return found


def is_unqueued(change: Change) -> bool:
    """Return whether a change takes a prompt out of a queue or a stack unsent, which may delete what was attached to it."""
    return (isinstance(change, SaveQueued) and not change.text) or (
        isinstance(change, SaveParked) and change.draft is None
    )
