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
from contextlib import closing
from functools import cache

APPLICATION = 0x454C5455
"""SQLite's `application_id`: the file is ours."""

INDEX = """CREATE VIRTUAL TABLE words USING fts5 (
        prompt, answer, content = '', tokenize = 'unicode61 remove_diacritics 2'
    )"""
"""It is fed with folded text. No text is kept in it: taking a turn out takes the texts that went in."""

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
    INDEX,
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


@cache
def _made_by(version: int) -> dict[str, tuple[str, str, str]]:
    """What a database of that version consists of: kind, table and statement by name."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statements in MIGRATIONS[:version]:
            for statement in statements:
                connection.execute(statement)
        return _contents(connection)


def _contents(connection: sqlite3.Connection) -> dict[str, tuple[str, str, str]]:
    rows = connection.execute("SELECT name, type, tbl_name, sql FROM sqlite_master").fetchall()
    return {
        str(name): (str(kind), str(table), " ".join(str(statement).split()))
        for name, kind, table, statement in rows
    }


def difference(connection: sqlite3.Connection) -> tuple[str, set[str]]:
    """Compare a database with what this program makes: what must not be in it or is missing (empty if nothing), and which
    of the tables and indexes that are derived from others are not as they should be.

    A trigger or a view runs a stranger's statements with ours. A table that has nothing to do with ours may stay.
    """
    ours = _made_by(_version(connection))
    found = _contents(connection)
    derived = {name for name in ours.keys() - found.keys() if _is_derived(name, ours[name][0])}
    missing = ours.keys() - found.keys() - derived
    if missing:
        return f"no {min(missing)}", derived
    for name, content in found.items():
        kind, table, statement = content
        if ours.get(name) == content:
            continue
        if kind == "table" and name in ours and _is_derived(name, ours[name][0]):
            derived.add(name)
        elif name in ours or not _is_harmless(connection, kind, name, table, statement, ours):
            return f"{kind} {name}", derived
    return "", derived


def _is_derived(name: str, kind: str) -> bool:
    return kind == "index" or name == "words" or name.startswith("words_")


def _is_harmless(
    connection: sqlite3.Connection,
    kind: str,
    name: str,
    table: str,
    statement: str,
    ours: dict[str, tuple[str, str, str]],
) -> bool:
    """Whether something that is not ours changes nothing of what is."""
    if kind == "index":
        return table not in ours
    if kind != "table" or statement.upper().startswith("CREATE VIRTUAL"):
        return False
    quoted = name.replace('"', '""')
    return not connection.execute(f'PRAGMA foreign_key_list("{quoted}")').fetchall()


_TEXT = "typeof({0}) <> 'text'"
_SHORT = "typeof({0}) <> 'text' OR length({0}) > 200"
_NAME = "typeof({0}) <> 'text' OR length({0}) NOT BETWEEN 1 AND 200 OR {0} GLOB '*[^ -~]*'"
_COUNT = "typeof({0}) <> 'integer' OR {0} NOT BETWEEN 0 AND 9007199254740991"
_TIME = "typeof({0}) NOT IN ('integer', 'real')"

_EXPECTED = {
    "conversation": {
        _NAME: "id", _TEXT: "title draft", _COUNT: "used", _TIME: "created_on used_on",
        "typeof({0}) <> 'integer'": "demo archived",
    },
    "turn": {
        _COUNT: "number deltas unreadable indexed", _SHORT: "id program model model_name served_by generation state",
        _NAME: "conversation", "typeof({0}) NOT IN ('text', 'null')": "failure",
    },
    "passage": {_COUNT: "turn", _TEXT: "prompt answer"},
    "piece": {_COUNT: "turn start", _TEXT: "text"},
    "program": {_SHORT: "id conversation", _COUNT: "used"},
    "chore": {_SHORT: "name"},
    "sqlite_sequence": {_COUNT: "seq"},
}  # fmt: skip
"""What must not be true of a column, by table: SQLite keeps any value in any column."""


def strange_rows(connection: sqlite3.Connection) -> str:
    """Name the first table with rows that this program can't have written; empty if there is none."""
    tables = _made_by(_version(connection))
    for table, columns in _EXPECTED.items():
        if table not in tables:
            continue
        wrong = " OR ".join(test.format(name) for test, names in columns.items() for name in names.split())
        if connection.execute(f"SELECT 1 FROM {table} WHERE {wrong} LIMIT 1").fetchone() is not None:
            return table
    return ""


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
