"""The versions of the schema: the steps from each to the next, what a file of each consists of, and how older files are read.

Everything here is derived from the declarations in `tables`. `user_version` of a file says how many steps it has behind it.

A new fact of an existing table needs `since` and nothing else. To move facts to other tables in version 2:

1. Give the old table `until=2`. Its declaration stays for ever: files of version 1 are checked and salvaged by it.
2. Declare each new table with `since=2` and a `Former`, which says where its rows come from. It may reuse the `Fact` objects and
   the name of the old table. Add it to `TABLES`.
3. Add to `EXTRA[2]` whatever else the step has to do, and what it has to preserve.

From this follow the migration, the views through which a file that can't be migrated is read, and the salvage of a damaged one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from typing import NamedTuple

from elumenta_tui.store import tables
from elumenta_tui.store.facts import Table, literal
from elumenta_tui.store.guarded import Guarded

APPLICATION = 0x454C5455
"""SQLite's `application_id`: the file is ours."""

INDEX = """CREATE VIRTUAL TABLE words USING fts5 (
        prompt, answer, content = '', tokenize = 'unicode61 remove_diacritics 2'
    )"""
"""The full-text index by the number of an answer. It is fed with folded text and keeps no text: to take an answer out,
SQLite needs the texts that were put in."""


class Step(NamedTuple):
    """The way from one version to the next."""

    statements: Sequence[str]
    preserves: Sequence[tuple[str, str]] = ()
    """Pairs of queries. The migration is committed only if the first, before the step, and the second, after it, give the same
    rows."""


_KEEPS_TEXTS = (
    "SELECT count(*), total(length(prompt)), total(length(answer)) FROM passage",
    "SELECT count(*), (SELECT total(length(prompt)) FROM turn), total(length(text)) FROM passage",
)
_KEEPS_PIECES = (
    "SELECT turn, start, length(text) FROM piece ORDER BY 1, 2",
    "SELECT answer, start, length(text) FROM piece ORDER BY 1, 2",
)

_ATTACHED = "CREATE INDEX turn_with_attachments ON turn (attachments) WHERE attachments IS NOT NULL"
"""Finds out quickly whether any turn still names a content."""

EXTRA: dict[int, Step] = {
    1: Step((INDEX,)),
    2: Step((), preserves=(_KEEPS_TEXTS, _KEEPS_PIECES)),
    4: Step((_ATTACHED,)),
}
"""By version: what a step does besides what follows from the tables, after that."""


def current() -> int:
    """Return the version that this program writes: the newest that any declaration mentions."""
    mentioned = [*EXTRA]
    for table in tables.TABLES:
        mentioned += [table.since, table.until or 1, *(fact.since for fact in table.facts)]
    return max(mentioned)


def tables_at(version: int) -> tuple[Table, ...]:
    """Return the tables of that version, parents before their children."""
    return tuple(table for table in tables.TABLES if table.is_at(version))


def steps() -> tuple[Step, ...]:
    """Return the steps that lead from an empty file to the current version."""
    return tuple(_step(version) for version in range(1, current() + 1))


def _step(to: int) -> Step:
    extra = EXTRA.get(to, Step(()))
    # Columns first: what they begin with may be computed from tables that go.
    statements = [*_add_columns(to), *_restructure(to), *extra.statements]
    return Step(tuple(statements), extra.preserves)


def _restructure(to: int) -> Iterator[str]:
    """Create the tables that begin with a version, fill them from those that end with it, and drop these."""
    new = [table for table in tables.TABLES if table.since == to]
    taken = {table.name for table in tables_at(to - 1)}
    names = {table.name: f"new_{table.name}" if table.name in taken else table.name for table in new}
    before = {table.name: table.name for table in tables_at(to - 1)}
    for table in new:
        yield table.create(names[table.name])
        if table.former is not None:
            facts = ", ".join(fact.name for fact in table.facts_at(to))
            yield f"INSERT INTO {names[table.name]} ({facts}) {_select_former(table, to, before)}"
    for table in reversed(tables.TABLES):
        if table.until == to:
            yield f"DROP TABLE {table.name}"
    for table in new:
        if names[table.name] != table.name:
            yield f"ALTER TABLE {names[table.name]} RENAME TO {table.name}"
        yield from table.indexes


def _add_columns(to: int) -> Iterator[str]:
    for table in tables_at(to):
        if table.since < to:
            for fact in table.facts:
                if fact.since == to:
                    yield f"ALTER TABLE {table.name} ADD COLUMN {fact.added}"
                    if fact.older:
                        plain = _aliases({other.name: other.name for other in tables_at(to - 1)})
                        yield f"UPDATE {table.name} SET {fact.name} = {fact.older.format(**plain)}"


def _select_former(table: Table, version: int, relations: dict[str, str]) -> str:
    """SELECT that yields the rows of a table from those of the version before. `relations` are the old tables by name."""
    former = table.former
    assert former is not None
    names = _aliases(relations)
    columns = []
    for fact in table.facts_at(version):
        expression = former.columns.get(fact.name, "").format(**names)
        expression = expression or _same_column(fact.name, former.tables, version - 1)
        columns.append(f"{expression or literal(fact.default)} AS {fact.name}")
    return f"SELECT {', '.join(columns)} FROM {former.source.format(**names)}"


def former_charges() -> str:
    """SELECT that yields the charges of the stored answers, as the migration that adds `charge` makes them."""
    return _select_former(
        tables.CHARGE, tables.CHARGE.since, {name: name for name in ("answer", "turn", "conversation")}
    )


def _aliases(relations: dict[str, str]) -> dict[str, str]:
    """Return the text that `{table}` becomes in a FROM clause, and `{bare_table}`, which has no name yet."""
    named = {
        name: relation if relation == name else f"{relation} AS {name}"
        for name, relation in relations.items()
    }
    return {**named, **{f"bare_{name}": relation for name, relation in relations.items()}}


def _same_column(name: str, old: Sequence[str], version: int) -> str:
    for table in tables_at(version):
        if table.name in old and name in {fact.name for fact in table.facts_at(version)}:
            return f"{table.name}.{name}"
    return ""


# ----------------------------------------------------------------------------------------------------------- older files


def needs_views(version: int) -> bool:
    """Whether defaults alone do not make current rows of that version's: a table was replaced, or a value must be computed."""
    return any(
        table.is_at(version)
        and (
            table.until is not None
            or any(fact.older for fact in table.facts_at(current()) if fact.since > version)
        )
        for table in tables.TABLES
    )


def present(connection: Guarded, version: int | None = None) -> None:
    """Let queries for the current tables read a file of an older version (by default its own), without a change to the file.

    Temporary views take the place of the tables that have changed since. They fit that version only: after somebody else has
    migrated the file, the connection must be opened anew.
    """
    version = version_of(connection) if version is None else version
    connection.presented = version
    if version >= current():
        return
    connection.execute("PRAGMA temp_store = MEMORY")
    relations = {table.name: f"main.{table.name}" for table in tables_at(version)}
    for to in range(version + 1, current() + 1):
        now: dict[str, str] = {}
        for table in tables_at(to):
            select = _select_at(table, to, relations)
            if select:
                now[table.name] = f"temp.{table.name}_{to}"
                connection.execute(f"CREATE TEMP VIEW {table.name}_{to} AS {select}")
            else:
                now[table.name] = relations[table.name]
        relations = now
    for name, relation in relations.items():
        if relation != f"main.{name}":
            connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM {relation}")


def _select_at(table: Table, to: int, before: dict[str, str]) -> str:
    """SELECT that shows a table as it is after a step; empty if the step leaves it as it was."""
    if table.since == to and table.former is not None:
        return _select_former(table, to, before)
    if table.since == to:
        nothing = ", ".join(f"NULL AS {fact.name}" for fact in table.facts_at(to))
        return f"SELECT {nothing} WHERE 0"
    names = _aliases(before)
    added = [
        f"{fact.older.format(**names) or literal(fact.default)} AS {fact.name}"
        for fact in table.facts
        if fact.since == to
    ]
    return f"SELECT *, {', '.join(added)} FROM {names[table.name]}" if added else ""


# ------------------------------------------------------------------------------------------------------ what is in a file


@cache
def _made_by(statements: tuple[str, ...]) -> dict[str, tuple[str, str, str]]:
    """Run statements and return what the database then consists of: kind, table and statement by name."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        return _contents(connection)


def _made_at(version: int) -> dict[str, tuple[str, str, str]]:
    return _made_by(tuple(statement for step in steps()[:version] for statement in step.statements))


def _contents(connection: sqlite3.Connection) -> dict[str, tuple[str, str, str]]:
    rows = connection.execute("SELECT name, type, tbl_name, sql FROM main.sqlite_master").fetchall()
    return {
        str(name): (str(kind), str(table), " ".join(str(statement).split()))
        for name, kind, table, statement in rows
    }


def difference(connection: sqlite3.Connection) -> tuple[str, set[str]]:
    """Compare a database with what this program makes in the file's version.

    Returns what is missing or must not be there (empty if nothing), and the names of derived tables and indexes that have to be
    made anew. A trigger or a view is never allowed: it would run a stranger's statements with ours. An unrelated table is,
    unless a migration needs its name.
    """
    version = version_of(connection)
    ours = _made_at(version)
    reserved = {name for later in range(version + 1, current() + 1) for name in _made_at(later)}
    reserved |= {f"new_{table.name}" for table in tables.TABLES if table.since > version}
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
        elif (
            name in ours
            or name in reserved
            or not _is_harmless(connection, kind, name, table, statement, ours)
        ):
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
    """Whether something that is not ours cannot affect our tables."""
    if kind == "index":
        return table not in ours
    if kind != "table" or statement.upper().startswith("CREATE VIRTUAL"):
        return False
    quoted = name.replace('"', '""')
    return not connection.execute(f'PRAGMA foreign_key_list("{quoted}")').fetchall()


def index_statements() -> dict[str, str]:
    """Return the CREATE INDEX statements of the current version by the name of the index."""
    # Where two versions have an index of the same name, the newer one counts.
    return {
        statement.split()[2]: statement
        for step in steps()
        for statement in step.statements
        if statement.startswith("CREATE INDEX ")
    }


def strange_rows(connection: sqlite3.Connection) -> str:
    """Name the first table with rows that this program can't have written; empty if there is none."""
    version = version_of(connection)
    tests = {table.name: table.strange(version) for table in tables_at(version)}
    tests["sqlite_sequence"] = "typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND 9007199254740991"
    made = _made_at(version)
    for name, test in tests.items():
        if not test or name not in made:
            continue
        if connection.execute(f"SELECT 1 FROM main.{name} WHERE {test} LIMIT 1").fetchone() is not None:
            return name
    return ""


def version_of(connection: sqlite3.Connection) -> int:
    """Read the version of a file's schema; 0 if it is empty."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
