"""What is to be written, as values that absorb older ones: however long the disk is away, only the newest is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from elumenta_tui.store.facts import Values
from elumenta_tui.store.records import ConversationRecord, TurnRecord

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SaveTurn:
    """A turn as it is now, with what is new of its answer, or all of it."""

    conversation: ConversationRecord
    turn: TurnRecord
    pieces: dict[int, str] = field(default_factory=dict)
    """New pieces of the answer by the character that they begin at."""
    answer: str | None = None
    """The whole answer; it takes the place of all pieces."""
    place: int = 0
    """It has just been asked, as the turn of that number in its conversation (from 1): the draft has become its prompt."""

    @property
    def key(self) -> Key:
        return "turn", self.turn.id

    def over(self, older: Change) -> Change:
        assert isinstance(older, SaveTurn)
        answer = self.answer if self.answer is not None else older.answer
        return replace(
            self,
            pieces={**older.pieces, **self.pieces},
            answer=answer,
            place=self.place or older.place,
        )


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """What is typed in a conversation and not sent."""

    conversation: ConversationRecord
    text: str

    @property
    def key(self) -> Key:
        return "draft", self.conversation.id

    def over(self, older: Change) -> Change:
        return self


@dataclass(frozen=True, slots=True)
class Rename:
    """A title that a person gave, or another one in place of the program's own."""

    conversation: ConversationRecord
    title: str
    instead_of: str | None = None
    """The program's own title, which it takes the place of; another one is left as it is. None: whatever it is."""

    @property
    def key(self) -> Key:
        return "title", self.conversation.id

    def over(self, older: Change) -> Change:
        return self


@dataclass(frozen=True, slots=True)
class Archive:
    """Out of the list, or back into it."""

    conversation: ConversationRecord
    archived: bool

    @property
    def key(self) -> Key:
        return "archived", self.conversation.id

    def over(self, older: Change) -> Change:
        return self


@dataclass(frozen=True, slots=True)
class SetFacts:
    """Facts of a conversation by name (see `tables`), in place of whatever they were."""

    conversation: ConversationRecord
    facts: Values

    @property
    def key(self) -> Key:
        return "facts", self.conversation.id

    def over(self, older: Change) -> Change:
        assert isinstance(older, SetFacts)
        return replace(self, facts={**older.facts, **self.facts})


@dataclass(frozen=True, slots=True)
class Delete:
    """A conversation goes, out of the files too."""

    conversation: ConversationRecord

    @property
    def key(self) -> Key:
        return "deleted", self.conversation.id

    def over(self, older: Change) -> Change:
        return self


@dataclass(frozen=True, slots=True)
class OpenHere:
    """Which conversation this program shows: the next start goes there if this one ends badly. Empty: none."""

    id: str

    @property
    def key(self) -> Key:
        return "open", ""

    def over(self, older: Change) -> Change:
        return self


Change = SaveTurn | SaveDraft | Rename | Archive | SetFacts | Delete | OpenHere


class Pending:
    """Changes that are not on the disk, in the order in which they began."""

    def __init__(self) -> None:
        self._changes: dict[Key, Change] = {}

    def __len__(self) -> int:
        return len(self._changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(list(self._changes.values()))

    def copy(self) -> Pending:
        """The same changes, to look at while others come."""
        twin = Pending()
        twin._changes = dict(self._changes)
        return twin

    def add(self, change: Change) -> None:
        """A newer change takes the place of the older one. Nothing is to be written into what is deleted."""
        if isinstance(change, Delete):
            gone = change.conversation.id
            for key, other in list(self._changes.items()):
                if conversation_of(other) == gone:
                    del self._changes[key]
        older = self._changes.get(change.key)
        self._changes[change.key] = change if older is None else change.over(older)

    def put_back(self, earlier: Pending) -> None:
        """These could not be written: what has come since is newer."""
        since, self._changes = self._changes, earlier._changes
        for change in since.values():
            self.add(change)


def conversation_of(change: Change) -> str:
    """Id of the conversation that the change writes into; empty if none."""
    return "" if isinstance(change, OpenHere) else change.conversation.id
