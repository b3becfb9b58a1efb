"""Recovery after a crash: answers that were cut, and the salvage of damaged files."""

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
from elumenta_tui.store.database import are_files, is_damage, trouble_of
from elumenta_tui.store.facts import held_by, text_of
from elumenta_tui.store.failures import CRASHED, RESCUED, failure_json
from elumenta_tui.store.guarded import Guarded, connect, private
from elumenta_tui.store.ids import new_id, safe_id
from elumenta_tui.store.index import check_folding, is_of_index
from elumenta_tui.store.records import CutTurn, TurnRecord
from elumenta_tui.store.tables import CONVERSATION, PASSAGE, TURN
from elumenta_tui.store.writing import join_pieces, put_answer, put_turn

_UNFINISHED = "state IN ('waiting', 'streaming')"


def programs(connection: sqlite3.Connection) -> list[str]:
    """List the ids of programs that are running or have crashed, the one used last at the end."""
    return [row["id"] for row in connection.execute("SELECT id FROM program ORDER BY used")]


def left_open(connection: sqlite3.Connection, dead: Collection[str]) -> str:
    """Find the id of the conversation that was last open in a dead program, if it has a turn or a draft; else empty."""
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
    """Delete the rows of dead programs, which have been reported."""
    connection.executemany("DELETE FROM program WHERE id = ?", [(program,) for program in dead])


def unfinished(connection: sqlite3.Connection, alive: Callable[[object], bool]) -> list[sqlite3.Row]:
    """List the turns whose program ended before their answer did, oldest first."""
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
    """Give turns whose program ended before their answer their final state, inside the caller's transaction."""
    cut = []
    for row in unfinished(connection, alive):
        answer = join_pieces(connection, row["number"])
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
    """Copy whatever can be read of a damaged database into a good one, in one transaction; returns the number of turns.

    Raises StoreTrouble if the good one can't take it, for instance because the disk is full; then nothing was copied.
    """
    if not damaged.is_file():
        # Opening a pipe would wait for a writer.
        return 0
    for immutable in (False, True) if are_files(damaged) else (True,):
        with contextlib.suppress(sqlite3.Error, OSError):
            source = connect(damaged, mode="ro", immutable=immutable, defensive=False)
            try:
                # Otherwise SQLite refuses a truncated file.
                source.execute("PRAGMA writable_schema = ON")
                version = version_in(source)
                if not schema.needs_views(version):
                    return _copy(source, partial(_readable, source), into)
                try:
                    older = as_current(source, version)
                except sqlite3.Error as error:
                    # The damaged file's own errors are skipped; this is about the copy.
                    raise trouble_of(error) from error
                with contextlib.closing(older):
                    return _copy(older, partial(_all_of, older), into)
            finally:
                source.close()
    return 0


def version_in(source: sqlite3.Connection) -> int:
    """Return the version of the tables in a damaged file. Where `user_version` is none of ours, the columns tell."""
    version = schema.version_of(source)
    if 1 <= version <= schema.current():
        return version
    with contextlib.suppress(sqlite3.Error):
        for older in range(schema.current(), 0, -1):
            columns = {
                table.name: {row["name"] for row in source.execute(f"PRAGMA table_info({table.name})")}
                for table in schema.tables_at(older)
            }
            if all(
                {fact.name for fact in table.facts_at(older)} <= columns[table.name]
                for table in schema.tables_at(older)
                if columns[table.name]
            ):
                return older
    return schema.current()


def as_current(source: sqlite3.Connection, version: int) -> Guarded:
    """Copy what can be read of a damaged file of an older version, so that it can be read as the current tables are.

    The copy has the tables of that version without their constraints, and the rows as they are; views show them as the current
    tables. Who reads them must expect any value, as in the damaged file itself.
    """
    copy = private()
    copy.execute("BEGIN")
    tables = schema.tables_at(version)
    for table in tables:
        facts = table.facts_at(version)
        columns = [f"{fact.name} {_loose(fact.sql)}" for fact in facts]
        copy.execute(f"CREATE TABLE {table.name} ({', '.join(columns)})")
        _insert_all(copy, table.name, _readable(source, table.name), {fact.name for fact in facts})
    for table in tables:
        if table.spare:
            rows: list[sqlite3.Row] = []
            with contextlib.suppress(sqlite3.Error):
                rows = source.execute(table.spare).fetchall()
            _insert_all(copy, table.name, rows, {fact.name for fact in table.facts})
    # Children first: a row that is added for one of them may need a parent itself.
    for table in reversed(tables):
        if table.complete:
            copy.execute(table.complete)
    copy.execute("COMMIT")
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
        with _skip_bad_rows():
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
        check_folding(into)
        for row in rows_of("conversation"):
            with _skip_bad_rows():
                CONVERSATION.put(into, CONVERSATION.salvage(row), update=False)
        known = {}
        for row in rows_of("turn"):
            with contextlib.suppress(LookupError):
                known[row["number"]] = row
        places = _places(source)
        has_pieces = _is_plain(source, "piece")
        taken: set[str] = set()
        for passage in rows_of("passage"):
            with _skip_bad_rows():
                number = passage["turn"]
                record, program = _record(known.get(number), passage, places.get(number, ""))
                if record.id in taken:
                    # Where an index is broken, two turns may have one id; one of them would replace the other.
                    record = record.changed(id=new_id())
                taken.add(record.id)
                _copy_turn(source if has_pieces else None, number, record, program, passage, into)
                turns += 1
        into.execute("COMMIT")
    except BaseException as error:
        if into.in_transaction:
            into.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error) and not is_of_index(error):
            # The disk's fault, and not that of the damaged file.
            raise trouble_of(error) from error
        raise
    return turns


@contextlib.contextmanager
def _skip_bad_rows() -> Iterator[None]:
    """Suppress the errors of a row that can't be copied, but not those of the disk."""
    try:
        yield
    except LookupError:
        pass
    except sqlite3.Error as error:
        if not is_of_index(error):
            raise


def _places(source: sqlite3.Connection) -> dict[int, str]:
    """Read the conversation of every turn, by row number, from an index: it may be whole where the table is not."""
    with contextlib.suppress(sqlite3.Error):
        rows = source.execute(TURN.spare).fetchall()
        return {row["number"]: safe_id(row["conversation"]) for row in rows}
    return {}


def _record(row: sqlite3.Row | None, passage: sqlite3.Row, conversation: str) -> tuple[TurnRecord, str]:
    """Build the record of a turn, and the id of its program.

    Where only the texts are left, `row` is None, or has no id and perhaps a conversation.
    """
    known = held_by(row) if row is not None else {}
    if known.get("id") is not None:
        with contextlib.suppress(LookupError):
            values = {**TURN.salvage(known), **PASSAGE.salvage(passage)}
            own = {fact.name for table in (TURN, PASSAGE) for fact in table.facts if fact.own}
            record = TurnRecord({name: value for name, value in values.items() if name not in own})
            return record, values["program"]
    if not conversation and known.get("conversation") is not None:
        conversation = safe_id(known["conversation"])
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
        into.execute(
            "INSERT OR REPLACE INTO piece (turn, start, text) VALUES (?, ?, ?)", (copy, start, text_of(text))
        )
    if not pieces:
        put_answer(into, copy, text_of(passage["answer"]))
    elif TurnState(record.state).final:
        # Only unfinished answers are read from their pieces, and the state of this one was lost.
        join_pieces(into, copy)


def _is_plain(source: sqlite3.Connection, table: str) -> bool:
    """Whether a name means a plain table, or nothing readable. Views and virtual tables would run a stranger's statements."""
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
"""Number of failed reads after which the rest of a table is given up."""


def _readable(source: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Yield the readable rows of a table in order. A range that fails is halved, until only the bad pages are left out."""
    if not _is_plain(source, table):
        return
    try:
        first, last = source.execute(f"SELECT min(rowid), max(rowid) FROM {table}").fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damage(error) or error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            return
        # The first or last page is lost; the pages between may be whole.
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
