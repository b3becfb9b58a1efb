"""The conversations and charges of another database, as changes that add them here."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from elumenta_tui.store import FILE, database, reading
from elumenta_tui.store.changes import AddCharge, AddConversation
from elumenta_tui.store.facts import text_of
from elumenta_tui.store.failures import ELSEWHERE
from elumenta_tui.store.records import AnswerRecord, ConversationRecord, TurnRecord
from elumenta_tui.store.salvage import rescue
from elumenta_tui.store.tables import CHARGE, CONVERSATION
from elumenta_tui.store.writer import is_running


class Source(NamedTuple):
    """Another database, open for reading."""

    connection: sqlite3.Connection
    is_damaged: bool = False
    """True if it holds only what could be read of the file."""


@contextmanager
def another(path: Path) -> Iterator[Source]:
    """Open another database for reading. What can be read of a damaged one is copied to a temporary file first.

    Raises StoreTrouble if a newer version wrote it; OSError or sqlite3.Error; Damaged if it is none of this program's.
    """
    try:
        connection = reading.open_for_reading(path, thorough=True, alone=True)
    except database.Damaged:
        with TemporaryDirectory(prefix="elumenta.") as place:
            copy = Path(place) / FILE
            database.make(copy)
            with closing(database.open_for_writing(copy)) as into:
                if not rescue(path, into):
                    raise
                yield Source(into, is_damaged=True)
        return
    with closing(connection):
        # One snapshot: another program may be writing it.
        connection.execute("BEGIN")
        yield Source(connection)


def conversations(
    connection: sqlite3.Connection, path: Path
) -> Iterator[Callable[[], AddConversation | None]]:
    """Yield, for each conversation, the one used last at the end, what reads the change that adds it.

    That returns None for a conversation with nothing in it. Answers that a running program is still receiving are left out:
    they would stay as they are now.
    """

    def alive(program: object) -> bool:
        return is_running(path, program)

    rows = connection.execute("SELECT id FROM conversation ORDER BY used").fetchall()
    for row in rows:
        yield lambda id=row["id"]: _change(connection, id, alive)  # type: ignore[misc]  # bound at once


def _change(connection: sqlite3.Connection, id: str, alive: reading.Alive) -> AddConversation | None:
    row = connection.execute("SELECT * FROM conversation WHERE id = ?", (id,)).fetchone()
    stored = reading.stored(connection, id, alive)
    if row is None or stored is None:
        return None
    conversation = stored.conversation
    answers = tuple(
        (TurnRecord.of(answer.turn, conversation.id), AnswerRecord.of(answer), answer.text)
        for answer in conversation.all_answers()
        if answer.failure is None or answer.failure.kind != ELSEWHERE
    )
    if not answers and not stored.draft:
        return None
    values = CONVERSATION.read(row)
    return AddConversation(
        ConversationRecord.of(conversation, demo=stored.demo),
        answers,
        used_on=stored.used_on,
        facts={"archived": values["archived"], "draft": text_of(values["draft"])},
        queued=tuple(conversation.queued),
    )


def charges(connection: sqlite3.Connection) -> Iterator[AddCharge]:
    """Yield the changes that add what requests have cost."""
    for row in connection.execute("SELECT * FROM charge ORDER BY number").fetchall():
        values = CHARGE.salvage(row)
        del values["number"]
        yield AddCharge(values)
