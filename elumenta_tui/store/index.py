"""The full-text index. It is derived from the passages, so a fault in it must never keep a text from being saved.

An error in the index takes back only the change of the index, and condemns it: from then on it is left alone, until the writer
has rebuilt it, a part at a time. What is to be done is noted in the table `chore`.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from elumenta_tui.store.attachments import attached_texts
from elumenta_tui.store.guarded import primary_code, transaction, writable_schema
from elumenta_tui.store.schema import INDEX
from elumenta_tui.text.matching import fold

CONDEMNED = "make the index anew"
"""Chore: the content of the index is worthless."""

_FILL = "index turns below "
"""Chore, followed by a row number: the answers below it that are not indexed have to be, the newest first."""

_FOLDED = f"folded with Unicode {unicodedata.unidata_version}"
"""Chore that names the folding of the indexed texts. Removing a text needs the same folding, which differs between Pythons."""

_HAS_ATTACHED = "attached texts are indexed"
"""Chore that says so. Without it, an earlier program has indexed the answers, and their attached texts are missing."""

FILL_SECONDS = 0.05
"""Seconds that one part of filling the index takes."""

Result = TypeVar("Result")

_NOT_ITS_FAULT = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""Errors that any statement may meet because of the disk or another program."""


def is_of_index(error: sqlite3.Error) -> bool:
    """Whether an error of a statement on the index means that the index is broken."""
    return primary_code(error) not in _NOT_ITS_FAULT


def index(connection: sqlite3.Connection, number: int) -> None:
    """Add an answer, its prompt and the texts that are attached to it to the index."""
    _attempt(connection, _put_in, number)


def unindex(connection: sqlite3.Connection, number: int) -> None:
    """Remove an answer from the index. Its texts must be those that were added, so the attached ones must still be there."""
    _attempt(connection, _take_out, number)


def _attempt(
    connection: sqlite3.Connection, work: Callable[[sqlite3.Connection, int], None], number: int
) -> None:
    if is_condemned(connection):
        return
    connection.execute("SAVEPOINT indexing")
    try:
        work(connection, number)
        connection.execute("RELEASE indexing")
    except sqlite3.Error as error:
        if not (connection.in_transaction and is_of_index(error)):
            raise
        connection.execute("ROLLBACK TO indexing")
        connection.execute("RELEASE indexing")
        condemn(connection)


def _put_in(connection: sqlite3.Connection, number: int) -> None:
    row = _indexable(connection, number)
    if row is not None and not row["indexed"]:
        connection.execute(
            "INSERT INTO words (rowid, prompt, answer) VALUES (?, ?, ?)",
            (number, *_texts(connection, row)),
        )
        connection.execute("UPDATE answer SET indexed = 1 WHERE number = ?", (number,))


def _take_out(connection: sqlite3.Connection, number: int) -> None:
    row = _indexable(connection, number)
    if row is not None and row["indexed"]:
        connection.execute(
            "INSERT INTO words (words, rowid, prompt, answer) VALUES ('delete', ?, ?, ?)",
            (number, *_texts(connection, row)),
        )
        connection.execute("UPDATE answer SET indexed = 0 WHERE number = ?", (number,))


def _texts(connection: sqlite3.Connection, row: sqlite3.Row) -> tuple[str, str]:
    """Return the folded columns. Attached texts stand with the answer: the column of the prompt finds what was typed."""
    texts = [row["text"]]
    if row["attachments"] is not None:
        texts += [text for _, text in attached_texts(connection, row["attachments"])]
    return fold(row["prompt"]), fold("\n".join(texts))


def _indexable(connection: sqlite3.Connection, number: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT indexed, prompt, text, attachments FROM answer JOIN turn ON turn.number = answer.turn"
        " JOIN passage ON passage.answer = answer.number WHERE answer.number = ?",
        (number,),
    ).fetchone()
    return row


# -------------------------------------------------------------------------------------------------------- made anew


def is_condemned(connection: sqlite3.Connection) -> bool:
    """Whether the index has to be rebuilt, and must be left alone until then."""
    return connection.execute("SELECT 1 FROM chore WHERE name = ?", (CONDEMNED,)).fetchone() is not None


def condemn(connection: sqlite3.Connection) -> None:
    """Note that the index has to be rebuilt, inside the caller's transaction."""
    connection.execute("INSERT OR REPLACE INTO chore (name) VALUES (?)", (CONDEMNED,))


def check_folding(connection: sqlite3.Connection) -> None:
    """Condemn an index that a Python with another folding or an earlier program has filled, inside the caller's transaction."""
    names = {row["name"] for row in connection.execute("SELECT name FROM chore").fetchall()}
    indexed = []
    if _FOLDED not in names:
        connection.execute("DELETE FROM chore WHERE name LIKE 'folded with %'")
        indexed.append("SELECT 1 FROM answer LIMIT 1")
    if _HAS_ATTACHED not in names:
        indexed.append("SELECT 1 FROM turn WHERE attachments IS NOT NULL LIMIT 1")
    connection.executemany("INSERT OR REPLACE INTO chore (name) VALUES (?)", [(_FOLDED,), (_HAS_ATTACHED,)])
    if any(connection.execute(query).fetchone() is not None for query in indexed):
        condemn(connection)


def rebuild_part(connection: sqlite3.Connection) -> bool:
    """Rebuild a part of the index, in a transaction of its own; returns whether there was anything to do.

    Raises sqlite3.Error if the index can't be rebuilt.
    """
    if is_condemned(connection):
        transact(connection, lambda: _empty(connection))
        return True
    row = connection.execute("SELECT name FROM chore WHERE name LIKE ?", (f"{_FILL}%",)).fetchone()
    if row is None:
        return False
    chore = str(row["name"])
    below = re.search(r"[0-9]{1,18}\Z", chore)
    transact(connection, lambda: _fill(connection, chore, int(below[0]) if below else 0))
    return True


def _empty(connection: sqlite3.Connection) -> None:
    connection.execute("SAVEPOINT dropping")
    try:
        connection.execute("DROP TABLE IF EXISTS words")
    except sqlite3.Error as error:
        if not is_of_index(error):
            raise
        connection.execute("ROLLBACK TO dropping")
        _drop_by_force(connection)
    connection.execute("RELEASE dropping")
    connection.execute(INDEX)
    connection.execute("UPDATE answer SET indexed = 0 WHERE indexed <> 0")
    connection.execute("DELETE FROM chore WHERE name = ? OR name LIKE ?", (CONDEMNED, f"{_FILL}%"))
    last: int | None = connection.execute("SELECT max(number) FROM answer").fetchone()[0]
    if last is not None:
        connection.execute("INSERT INTO chore (name) VALUES (?)", (f"{_FILL}{last + 1}",))


def _drop_by_force(connection: sqlite3.Connection) -> None:
    """Drop an index that FTS5 can't even open: delete its entry in the schema, then its tables."""
    with writable_schema(connection):
        connection.execute("DELETE FROM sqlite_master WHERE name = 'words'")
    shadows = connection.execute(
        "SELECT name FROM sqlite_master WHERE name LIKE 'words\\_%' ESCAPE '\\'"
    ).fetchall()
    for (name,) in shadows:
        connection.execute(f'DROP TABLE "{name}"')


def _fill(connection: sqlite3.Connection, chore: str, below: int) -> None:
    end = monotonic() + FILL_SECONDS
    numbers = connection.execute(
        "SELECT number FROM answer WHERE number < ? AND indexed = 0 AND state NOT IN ('waiting', 'streaming')"
        " ORDER BY number DESC LIMIT 1000",
        (below,),
    ).fetchall()
    connection.execute("DELETE FROM chore WHERE name = ?", (chore,))
    for (number,) in numbers:
        index(connection, number)
        if monotonic() > end:
            break
    if numbers and not is_condemned(connection):
        connection.execute("INSERT OR REPLACE INTO chore (name) VALUES (?)", (f"{_FILL}{number}",))


# ------------------------------------------------------------------------------------------------------ transactions


def transact(connection: sqlite3.Connection, work: Callable[[], Result]) -> Result:
    """Run `work` in a transaction, which is rolled back if it raises."""
    with transaction(connection):
        return work()


def transact_without(connection: sqlite3.Connection, work: Callable[[], Result]) -> Result:
    """Run `work` as `transact` does. After damage, which may be in the index only, condemn the index and run it again."""
    try:
        return transact(connection, work)
    except sqlite3.DatabaseError as error:
        code = primary_code(error)
        if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR) or is_condemned(connection):
            raise
    transact(connection, lambda: condemn(connection))
    return transact(connection, work)
