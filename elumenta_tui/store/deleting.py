"""Deletions of whole conversations that the end of a program leaves to be carried out, one at a time.

The decisions are noted as chores in one small transaction, so that they hold even if the program has no time for the rest: the next
one goes on. From the decision on, no list shows the conversation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from time import monotonic

from elumenta_tui.store.changes import Delete
from elumenta_tui.store.chores import DECISION, HIDDEN
from elumenta_tui.store.guarded import primary_code
from elumenta_tui.store.index import transact_without
from elumenta_tui.store.records import ConversationRecord
from elumenta_tui.store.writing import apply, is_used_since

IS_LISTED = f"NOT EXISTS (SELECT 1 FROM chore WHERE chore.name = '{HIDDEN}' || conversation.id)"
"""SQL: the conversation is not to be deleted."""


def decide(connection: sqlite3.Connection, deletions: Iterable[Delete]) -> None:
    """Note deletions, inside the caller's transaction."""
    for change in deletions:
        import json

        id = change.conversation.id
        decision = json.dumps([id, change.since, change.draft])
        connection.executemany(
            "INSERT OR REPLACE INTO chore (name) VALUES (?)",
            [(f"{HIDDEN}{id}",), (f"{DECISION}{decision}",)],
        )


def carry_out(connection: sqlite3.Connection, until: float, *, program: str) -> list[str]:
    """Carry out deletions that were noted until that time of the monotonic clock, at least one, each in a transaction of its own.

    Returns the ids of the conversations; none if nothing is left to do. If the connection is interrupted, the rest stays noted.
    """
    gone: list[str] = []
    try:
        while id := _carry_out_next(connection, program):
            gone.append(id)
            if monotonic() >= until:
                break
    except sqlite3.OperationalError as error:
        if primary_code(error) != sqlite3.SQLITE_INTERRUPT:
            raise
    return gone


def _carry_out_next(connection: sqlite3.Connection, program: str) -> str:
    """Carry out one deletion; returns the conversation's id, empty if none is left.

    A conversation that was used after the decision stays, and is listed again.
    """
    if _next_chore(connection) is None:
        return ""

    def carry_out() -> str:
        chore = _next_chore(connection)
        if chore is None:
            # Another program was faster.
            return ""
        change = _decision(chore)
        if change is None:
            _forget(connection, chore)
            return chore
        apply(connection, change, program=program, now=0.0)
        _forget(connection, chore, f"{HIDDEN}{change.conversation.id}")
        return change.conversation.id

    return transact_without(connection, carry_out)


def release_used(connection: sqlite3.Connection) -> None:
    """List conversations again that were used after the decision to delete them, inside the caller's transaction."""
    chores = connection.execute("SELECT name FROM chore WHERE name LIKE ?", (f"{DECISION}%",)).fetchall()
    for row in chores:
        change = _decision(row["name"])
        if change is None or (change.since is not None and is_used_since(connection, change, change.since)):
            _forget(connection, row["name"], f"{HIDDEN}{change.conversation.id}" if change else "")
    if not chores:
        connection.execute("DELETE FROM chore WHERE name LIKE ?", (f"{HIDDEN}%",))


def _next_chore(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT name FROM chore WHERE name LIKE ? LIMIT 1", (f"{DECISION}%",)).fetchone()
    return None if row is None else str(row["name"])


def _decision(chore: str) -> Delete | None:
    """Return the deletion that a chore notes; None if it is not readable."""
    import json

    try:
        id, since, draft = json.loads(chore.removeprefix(DECISION))
        return Delete(ConversationRecord(str(id), "", demo=False, created_on=0.0), float(since), str(draft))
    except (ValueError, TypeError):
        return None


def _forget(connection: sqlite3.Connection, *chores: str) -> None:
    connection.executemany("DELETE FROM chore WHERE name = ?", [(chore,) for chore in chores])
