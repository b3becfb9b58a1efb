"""Adding what is missing here of a conversation that comes from elsewhere.

Ids tell what is known. An id that another conversation has here gets another one, the same each time, so that adding a
conversation twice adds it once.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.store.attachments import put_contents
from elumenta_tui.store.changes import AddConversation
from elumenta_tui.store.chores import bring_back
from elumenta_tui.store.facts import text_of
from elumenta_tui.store.failures import UNANSWERED
from elumenta_tui.store.queue import queue_column
from elumenta_tui.store.references import digests_in
from elumenta_tui.store.rows import number_of, put_answer, put_text, put_turn
from elumenta_tui.store.tables import CONVERSATION
from elumenta_tui.text.sanitize import clean

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.store.records import AnswerRecord, TurnRecord


class Missing(NamedTuple):
    """What adding a conversation would write."""

    is_new: bool
    """True if the conversation is not here."""
    answers: tuple[tuple[TurnRecord, AnswerRecord, str], ...]
    """Answers that are not here, as they are written, each with its turn and its text."""
    turns: int
    """Number of their turns that are not here."""
    contents: tuple[Attachment, ...]
    """Contents that turns here name and that are lost."""
    head: str
    """The head after that; empty where it is the newest turn."""


def derived_id(*parts: str) -> str:
    """Make an id that depends on these texts alone."""
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def place_of(connection: sqlite3.Connection, used_on: float) -> int:
    """Return the place in the order of use of a conversation that was last used then."""
    later = connection.execute("SELECT 1 FROM conversation WHERE used_on > ? LIMIT 1", (used_on,)).fetchone()
    condition = "" if later is None else "WHERE used_on <= :on"
    last: int = connection.execute(
        f"SELECT coalesce(max(used), 0) FROM conversation {condition}", {"on": used_on}
    ).fetchone()[0]
    return last + (later is None)


def missing_of(connection: sqlite3.Connection, change: AddConversation) -> Missing:
    """Compare a conversation with what is here of it."""
    return _Comparison(connection, change).missing()


class _Comparison:
    def __init__(self, connection: sqlite3.Connection, change: AddConversation) -> None:
        self._connection = connection
        self._change = change
        self._id = change.conversation.id
        self._turns: dict[str, str] = {}
        """Id here by the id there."""
        self._answers: dict[str, str] = {"": ""}
        self._new_turns: set[str] = set()
        self._coming: dict[str, set[str]] = {}
        """Ids of the answers here by the id of their turn, for all that comes."""
        self._parents: set[str] = set()
        """Ids of the answers, and "" for the root, that a turn follows here."""

    def missing(self) -> Missing:
        row = self._connection.execute("SELECT head FROM conversation WHERE id = ?", (self._id,)).fetchone()
        before = self._read_here()
        added = []
        # First all ids: a turn may name an answer that comes later as the chosen one.
        is_here = [
            (self._place_turn(turn.id), self._place_answer(answer.id))
            for turn, answer, _ in self._change.answers
        ]
        for turn, answer, _ in self._change.answers:
            self._coming.setdefault(self._turns[turn.id], set()).add(self._answers[answer.id])
        for (turn, answer, text), (has_turn, has_answer) in zip(self._change.answers, is_here, strict=True):
            if not has_answer:
                added.append(
                    (self._turn_here(turn, has_turn), answer.changed(id=self._answers[answer.id]), text)
                )
        head = self._head(text_of(row["head"]) if row is not None else "", before, added)
        contents = tuple(
            attachment
            for turn, _, _ in self._change.answers
            if self._turns[turn.id] not in self._new_turns
            for attachment in self._lost(turn)
        )
        if row is None:
            head = self._turns.get(str(self._change.conversation.values.get("head", "")), "")
        return Missing(row is None, tuple(added), len(self._new_turns), contents, head)

    def _read_here(self) -> str:
        """Note what the turns here follow; return the id of the newest."""
        rows = self._connection.execute(
            "SELECT id, parent FROM turn WHERE conversation = ? ORDER BY number", (self._id,)
        ).fetchall()
        self._parents = {text_of(row["parent"]) for row in rows}
        return text_of(rows[-1]["id"]) if rows else ""

    def _place_turn(self, id: str) -> bool:
        if id not in self._turns:
            self._turns[id], is_here = self._place("SELECT conversation FROM turn WHERE id = ?", id)
            if not is_here:
                self._new_turns.add(self._turns[id])
        return self._turns[id] not in self._new_turns

    def _place_answer(self, id: str) -> bool:
        query = "SELECT conversation FROM answer JOIN turn ON turn.number = answer.turn WHERE answer.id = ?"
        is_twice = id in self._answers
        self._answers[id], is_here = self._place(query, id)
        return is_here or is_twice

    def _place(self, query: str, id: str) -> tuple[str, bool]:
        """Return the id that something has here or gets, and whether it is here."""
        candidate = id
        while (row := self._connection.execute(query, (candidate,)).fetchone()) is not None:
            if row["conversation"] == self._id:
                return candidate, True
            candidate = derived_id(self._id, candidate)
        return candidate, False

    def _turn_here(self, turn: TurnRecord, is_here: bool) -> TurnRecord:
        parent = self._answers.get(turn.parent, turn.parent)
        values = {
            **turn.values,
            "id": self._turns[turn.id],
            "conversation": self._id,
            "parent": parent,
            "chosen": self._answers.get(turn.chosen, turn.chosen),
        }
        if not is_here and parent in self._parents and not self._is_first_here():
            # Another turn follows the same answer here: both stay where they belong.
            values["is_branch"] = True
        return turn._replace(values=values)

    def _is_first_here(self) -> bool:
        """Return whether nothing of the conversation is here: then its own turns say which of them are branches."""
        return not self._parents

    def _lost(self, turn: TurnRecord) -> list[Attachment]:
        """Return the contents of a turn that its row here names, and that are not here."""
        whole = [each for each in turn.attachments if not each.is_lost]
        if not whole:
            return []
        row = self._connection.execute(
            "SELECT attachments FROM turn WHERE id = ?", (self._turns[turn.id],)
        ).fetchone()
        named = set(digests_in(row["attachments"])) if row is not None else set()
        return [
            each
            for each in whole
            if each.digest in named
            and self._connection.execute("SELECT 1 FROM attachment WHERE hash = ?", (each.digest,)).fetchone()
            is None
        ]

    def _head(self, head: str, newest: str, added: list[tuple[TurnRecord, AnswerRecord, str]]) -> str:
        """Return the head: it moves on over what follows it, and stays where something was added beside."""
        if not added:
            return head
        at = head or newest
        last = newest
        for turn, _, _ in added:
            if turn.id not in self._new_turns or turn.id == last:
                continue
            last = turn.id
            if turn.parent in self._answers_of(at) and not turn.values["is_branch"]:
                at = turn.id
        return "" if at == last else at

    def _answers_of(self, turn: str) -> set[str]:
        """Return the ids of the answers to a turn, here and among those that are added."""
        rows = self._connection.execute(
            "SELECT answer.id AS id FROM answer JOIN turn ON turn.number = answer.turn WHERE turn.id = ?",
            (turn,),
        ).fetchall()
        return {text_of(row["id"]) for row in rows} | self._coming.get(turn, set())


def add(connection: sqlite3.Connection, change: AddConversation, program: str) -> None:
    """Add what is missing of a conversation of another store. What is here stays as it is."""
    id = change.conversation.id
    missing = missing_of(connection, change)
    if missing.is_new:
        facts = {
            **CONVERSATION.defaults,
            **change.conversation.values,
            **change.facts,
            "used_on": change.used_on,
        }
        CONVERSATION.put(connection, {**facts, "used": place_of(connection, change.used_on)}, update=False)
        for queued in change.queued:
            put_contents(connection, queued.attachments)
        CONVERSATION.set(connection, id, {"queued": queue_column(change.queued, program)})
        bring_back(connection, id)
    elif not missing.answers and not missing.contents:
        return
    put_contents(connection, missing.contents)
    for turn, answer, text in missing.answers:
        number = (
            number_of(connection, "turn", turn.id)
            if _is_here(connection, turn.id)
            else put_turn(connection, turn)
        )
        put_text(connection, put_answer(connection, number, answer, program), clean(text))
        if text.strip() and turn.chosen == answer.id:
            # The answer has come to the source since the prompt was imported.
            connection.execute(
                "UPDATE turn SET chosen = ? WHERE number = ? AND EXISTS"
                " (SELECT 1 FROM answer WHERE answer.id = turn.chosen AND failure LIKE ?)",
                (answer.id, number, f'%"kind": "{UNANSWERED}"%'),
            )
    if missing.answers:
        bring_back(connection, id)
        CONVERSATION.set(connection, id, {"head": missing.head})
        if not missing.is_new:
            connection.execute(
                "UPDATE conversation SET used_on = ?, used = ? WHERE id = ? AND used_on < ?",
                (change.used_on, place_of(connection, change.used_on), id, change.used_on),
            )


def _is_here(connection: sqlite3.Connection, turn: str) -> bool:
    return connection.execute("SELECT 1 FROM turn WHERE id = ?", (turn,)).fetchone() is not None
