"""After a program has ended badly: what it was doing, told and marked; and what can be read out of a damaged file."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from elumenta_tui.chat.conversation import title_of
from elumenta_tui.chat.turn import Failure, TurnState
from elumenta_tui.store import schema
from elumenta_tui.store.database import are_files, is_damage
from elumenta_tui.store.facts import text_of
from elumenta_tui.store.failures import failure_json
from elumenta_tui.store.guarded import Guarded, connect, private
from elumenta_tui.store.ids import adopted, new_id
from elumenta_tui.store.index import look_after
from elumenta_tui.store.records import CRASHED, RESCUED, CutTurn, TurnRecord
from elumenta_tui.store.tables import CONVERSATION, PASSAGE, TURN
from elumenta_tui.store.writing import gather, put_answer, put_turn

_UNFINISHED = "state IN ('waiting', 'streaming')"


def programs(connection: sqlite3.Connection) -> list[str]:
    """Ids of the programs that are running, or did not end properly; the one used last at the end."""
    return [row["id"] for row in connection.execute("SELECT id FROM program ORDER BY used")]


def left_open(connection: sqlite3.Connection, dead: Collection[str]) -> str:
    """The conversation that was last open in a program that did not end properly; empty if none has anything in it."""
    for program in connection.execute("SELECT id, conversation FROM program ORDER BY used DESC").fetchall():
        if program["id"] in dead and _has_anything(connection, program["conversation"]):
            conversation: str = program["conversation"]
            return conversation
    return ""


def _has_anything(connection: sqlite3.Connection, conversation: str) -> bool:
    row = connection.execute(
        "SELECT draft <> '' OR EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id) AS anything"
        " FROM conversation WHERE id = ?",
        (conversation,),
    ).fetchone()
    return row is not None and bool(row["anything"])


def forget_programs(connection: sqlite3.Connection, dead: Collection[str]) -> None:
    """They have been told of."""
    connection.executemany("DELETE FROM program WHERE id = ?", [(program,) for program in dead])


def unfinished(connection: sqlite3.Connection, alive: Callable[[object], bool]) -> list[sqlite3.Row]:
    """The turns whose program ended before them, oldest first."""
    rows = connection.execute(
        f"SELECT number, turn.id, conversation, program, prompt, title, demo FROM turn"
        f" JOIN passage ON passage.turn = number JOIN conversation ON conversation.id = conversation"
        f" WHERE {_UNFINISHED} ORDER BY number"
    ).fetchall()
    return [row for row in rows if not alive(row["program"])]


def count_turns(connection: sqlite3.Connection) -> int:
    """Count the turns of a database."""
    count: int = connection.execute("SELECT count(*) FROM turn").fetchone()[0]
    return count


def mark_cut(connection: sqlite3.Connection, alive: Callable[[object], bool]) -> tuple[CutTurn, ...]:
    """Give the turns whose program ended before them their final state, inside the caller's transaction."""
    cut = []
    for row in unfinished(connection, alive):
        answer = gather(connection, row["number"])
        state = TurnState.INTERRUPTED if answer.strip() else TurnState.FAILED
        connection.execute(
            "UPDATE turn SET state = ?, failure = ? WHERE number = ?",
            (state.value, failure_json(Failure(CRASHED)), row["number"]),
        )
        cut.append(
            CutTurn(
                id=row["id"],
                conversation=row["conversation"],
                title=text_of(row["title"]),
                prompt=text_of(row["prompt"]),
                length=len(answer),
                demo=bool(row["demo"]),
            )
        )
    return tuple(cut)


# -------------------------------------------------------------------------------------------------------------- rescue


def rescue(damaged: Path, into: sqlite3.Connection) -> int:
    """Copy what can be read of a damaged database into a good one, in one transaction; how many turns that are."""
    if not damaged.is_file():
        # Opening a pipe waits for somebody who writes into it.
        return 0
    for immutable in (False, True) if are_files(damaged) else (True,):
        with contextlib.suppress(sqlite3.Error, OSError):
            source = connect(damaged, mode="ro", immutable=immutable, defensive=False)
            try:
                # Otherwise SQLite refuses a file that is shorter than it was.
                source.execute("PRAGMA writable_schema = ON")
                version = schema.version_of(source)
                if not schema.is_restructured(version):
                    return _copy(source, partial(_readable, source), into)
                with contextlib.closing(as_current(source, version)) as older:
                    return _copy(older, partial(_all_of, older), into)
            finally:
                source.close()
    return 0


def as_current(source: sqlite3.Connection, version: int) -> Guarded:
    """Copy what can be read of a damaged file of an older version, so that it can be read as the current tables are.

    The copy has the tables of that version without their constraints, and the rows as they are; views show them as the current
    tables. Who reads them must expect any value, as in the damaged file itself.
    """
    copy = private()
    tables = schema.tables_at(version)
    for table in tables:
        facts = table.facts_at(version)
        columns = [f"{fact.name} {_loose(fact.sql)}" for fact in facts]
        copy.execute(f"CREATE TABLE {table.name} ({', '.join(columns)})")
        _insert_all(copy, table.name, _readable(source, table.name), {fact.name for fact in facts})
    for table in tables:
        if table.spare:
            with contextlib.suppress(sqlite3.Error):
                rows = source.execute(table.spare).fetchall()
                _insert_all(copy, table.name, rows, {fact.name for fact in table.facts})
    # Children first: a row that is added for one of them may need a parent itself.
    for table in reversed(tables):
        if table.complete:
            copy.execute(table.complete)
    schema.present(copy, version)
    return copy


def _loose(sql: str) -> str:
    """Reduce a column's type and constraints to the key. Two damaged rows may well have one UNIQUE value; both are kept."""
    return next((key for key in ("INTEGER PRIMARY KEY", "PRIMARY KEY") if key in sql), "")


def _insert_all(
    copy: sqlite3.Connection, table: str, rows: Iterable[sqlite3.Row], known: Collection[str]
) -> None:
    for row in rows:
        names = [name for name in row.keys() if name in known]  # noqa: SIM118  # a row's own iteration gives values
        with contextlib.suppress(sqlite3.Error):
            copy.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                [row[name] for name in names],
            )


def _all_of(source: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    yield from source.execute(f"SELECT * FROM {table}").fetchall()


def _copy(
    source: sqlite3.Connection,
    rows_of: Callable[[str], Iterable[sqlite3.Row]],
    into: sqlite3.Connection,
) -> int:
    turns = 0
    into.execute("BEGIN IMMEDIATE")
    try:
        look_after(into)
        for row in rows_of("conversation"):
            with contextlib.suppress(sqlite3.Error, LookupError):
                CONVERSATION.put(into, CONVERSATION.salvage(row), update=False)
        known = {}
        for row in rows_of("turn"):
            with contextlib.suppress(LookupError):
                known[row["number"]] = row
        places = _places(source)
        has_pieces = _is_plain(source, "piece")
        taken: set[str] = set()
        for passage in rows_of("passage"):
            with contextlib.suppress(sqlite3.Error, LookupError):
                number = passage["turn"]
                record, program = _record(known.get(number), passage, places.get(number, ""))
                if record.id in taken:
                    # Where an index is broken, two turns may have one id; one of them would replace the other.
                    record = record.changed(id=new_id())
                taken.add(record.id)
                _copy_turn(source if has_pieces else None, number, record, program, passage, into)
                turns += 1
        into.execute("COMMIT")
    except BaseException:
        into.execute("ROLLBACK")
        raise
    return turns


def _places(source: sqlite3.Connection) -> dict[int, str]:
    """The conversation of every turn by its number, out of an index, which may be whole where the table is not."""
    with contextlib.suppress(sqlite3.Error):
        rows = source.execute(TURN.spare).fetchall()
        return {row["number"]: adopted(row["conversation"]) for row in rows}
    return {}


def _record(row: sqlite3.Row | None, passage: sqlite3.Row, conversation: str) -> tuple[TurnRecord, str]:
    """What is known of a turn besides its texts, and its program; of some there is nothing left but these."""
    if row is not None and row["id"] is not None:
        with contextlib.suppress(LookupError):
            values = {**TURN.salvage(row), **PASSAGE.salvage(passage)}
            own = {fact.name for table in (TURN, PASSAGE) for fact in table.facts if fact.own}
            record = TurnRecord({name: value for name, value in values.items() if name not in own})
            return record, values["program"]
    id = f"{RESCUED}-{passage['turn']}"
    bare = {"id": id, "conversation": conversation or RESCUED, "prompt": text_of(passage["prompt"])}
    unknown = TurnRecord({**TURN.defaults, **PASSAGE.defaults, **bare, "model": "?", "model_name": "?"})
    return unknown.ended(TurnState.INTERRUPTED, RESCUED), ""


def _copy_turn(
    source: sqlite3.Connection | None,
    number: int,
    record: TurnRecord,
    program: str,
    passage: sqlite3.Row,
    into: sqlite3.Connection,
) -> None:
    pieces: list[sqlite3.Row] = []
    with contextlib.suppress(sqlite3.Error):
        if source is not None:
            pieces = source.execute(
                "SELECT start, text FROM piece WHERE turn = ? ORDER BY start", (number,)
            ).fetchall()
    on = record.asked_on or 0.0
    bare = {"id": record.conversation, "title": title_of(record.prompt), "created_on": on, "used_on": on}
    CONVERSATION.put(into, {**CONVERSATION.defaults, **bare, "used": 0}, update=False)
    copy = put_turn(into, record, program)
    pieces = [piece for piece in pieces if isinstance(piece["start"], int) and 0 <= piece["start"] < 2**31]
    for start, text in pieces:
        into.execute("INSERT OR REPLACE INTO piece VALUES (?, ?, ?)", (copy, start, text_of(text)))
    if not pieces:
        put_answer(into, copy, text_of(passage["answer"]))
    elif TurnState(record.state).final:
        # The facts are lost that said it was still coming, and only unfinished answers are read from their pieces.
        gather(into, copy)


def _is_plain(source: sqlite3.Connection, table: str) -> bool:
    """Whether there is such a table, or that can't be read; a view or a virtual table runs what a stranger wrote."""
    with contextlib.suppress(sqlite3.DatabaseError):
        rows = source.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (table,)).fetchall()
        return not rows or all(
            row["type"] == "table"
            and re.match(rf'CREATE TABLE "?{table}\b', " ".join(str(row["sql"]).split()), re.IGNORECASE)
            and " AS (" not in " ".join(str(row["sql"]).split()).upper()
            for row in rows
        )
    return True


FAILURES = 2_000
"""So often reading a table may fail until the rest of it is given up."""


def _readable(source: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """The rows of a table that can be read, in their order: around a bad page it is halved until only that is left out."""
    if not _is_plain(source, table):
        return
    try:
        first, last = source.execute(f"SELECT min(rowid), max(rowid) FROM {table}").fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damage(error) or error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            return
        # The edges of the table are gone; what is in between may not be.
        first, last = 1, 2**20
    if first is None:
        return
    spans = [(first, last)]
    failures = 0
    while spans and failures < FAILURES:
        low, high = spans.pop()
        try:
            yield from source.execute(
                f"SELECT * FROM {table} WHERE rowid BETWEEN ? AND ? ORDER BY rowid", (low, high)
            ).fetchall()
        except sqlite3.Error:
            failures += 1
            if low < high:
                middle = (low + high) // 2
                spans += [(middle + 1, high), (low, middle)]
