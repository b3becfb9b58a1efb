"""The tables, and the way from every earlier version of them to this one.

```
conversation  one row each; `used` counts up with every change, so that no clock decides what was last
turn          all of a turn but its texts, small enough to be read by the thousand; `number` is the order of insertion
passage       the prompt and the answer of a turn
piece         an answer that is still coming, piece by piece; the end puts them together into its passage
words         the full-text index of prompts and answers, by the turn's number; it holds no text
program       the programs that are running, or did not end properly
chore         what is still to be done with the file
```
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

APPLICATION = 0x454C5455
"""SQLite's `application_id`: the file is ours."""

_FIRST = (
    """CREATE TABLE conversation (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        demo INTEGER NOT NULL,
        archived INTEGER NOT NULL DEFAULT 0,
        created_on REAL NOT NULL,
        used_on REAL NOT NULL,
        used INTEGER NOT NULL,
        draft TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX conversation_by_use ON conversation (used)",
    """CREATE TABLE turn (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
        program TEXT NOT NULL,
        state TEXT NOT NULL,
        model TEXT NOT NULL,
        model_name TEXT NOT NULL,
        served_by TEXT NOT NULL,
        generation TEXT NOT NULL,
        asked_on REAL,
        ended_on REAL,
        first_text REAL,
        last_text REAL,
        seconds REAL,
        deltas INTEGER NOT NULL,
        unreadable INTEGER NOT NULL,
        cost,
        balance_before,
        balance_after,
        failure TEXT,
        given_back INTEGER NOT NULL,
        was_found INTEGER NOT NULL,
        asked_again INTEGER NOT NULL,
        indexed INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX turn_by_conversation ON turn (conversation, number)",
    "CREATE INDEX turn_to_conversation ON turn (number, conversation)",
    "CREATE INDEX turn_unfinished ON turn (state) WHERE state IN ('waiting', 'streaming')",
    """CREATE TABLE passage (
        turn INTEGER PRIMARY KEY REFERENCES turn (number) ON DELETE CASCADE,
        prompt TEXT NOT NULL,
        answer TEXT NOT NULL DEFAULT ''
    )""",
    """CREATE TABLE piece (
        turn INTEGER NOT NULL REFERENCES turn (number) ON DELETE CASCADE,
        start INTEGER NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (turn, start)
    )""",
    # It is fed with folded text. No text is kept in it: taking a turn out takes the texts that went in.
    """CREATE VIRTUAL TABLE words USING fts5 (
        prompt, answer, content = '', tokenize = 'unicode61 remove_diacritics 2'
    )""",
    """CREATE TABLE program (
        id TEXT PRIMARY KEY,
        conversation TEXT NOT NULL,
        used INTEGER NOT NULL
    )""",
    "CREATE TABLE chore (name TEXT PRIMARY KEY)",
)

MIGRATIONS: Sequence[Sequence[str]] = (_FIRST,)
"""What leads from each version to the next; `user_version` is how many of them a file has behind it."""

VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Bring the tables up to date, in one transaction."""
    if _version(connection) >= len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another program may have been faster.
        for statements in migrations[_version(connection) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {max(_version(connection), len(migrations))}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
