"""The salvage of damaged databases: whatever can be read is copied into a good one."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path

from elumenta_tui.chat.conversation import title_of
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.store import schema
from elumenta_tui.store.attachments import forget_all_unused
from elumenta_tui.store.database import are_files, is_damage, trouble_of
from elumenta_tui.store.facts import held_by, seconds_of, text_of
from elumenta_tui.store.failures import RESCUED
from elumenta_tui.store.guarded import Guarded, connect, private
from elumenta_tui.store.ids import new_id, safe_id
from elumenta_tui.store.index import check_folding, is_of_index
from elumenta_tui.store.records import AnswerRecord, TurnRecord
from elumenta_tui.store.recovery import count_answers
from elumenta_tui.store.rows import join_pieces, put_answer, put_text, put_turn
from elumenta_tui.store.schema import former_charges
from elumenta_tui.store.tables import ANSWER, ATTACHMENT, CHARGE, CONVERSATION, READING, TURN


def rescue(damaged: Path, into: sqlite3.Connection) -> int:
    """Copy whatever can be read of a damaged database into a good one, in one transaction; returns the number of answers.

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
    for table in tables:
        for statement in table.indexes:
            # What the views compute looks for the turn before another one.
            copy.execute(statement)
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
    into.execute("BEGIN IMMEDIATE")
    try:
        check_folding(into)
        for row in rows_of("conversation"):
            with _skip_bad_rows():
                CONVERSATION.put(into, CONVERSATION.salvage(row), update=False)
        count = _Rescue(source, rows_of, into).run()
        _copy_charges(rows_of, into)
        into.execute("COMMIT")
    except BaseException as error:
        if into.in_transaction:
            into.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error) and not is_of_index(error):
            # The disk's fault, and not that of the damaged file.
            raise trouble_of(error) from error
        raise
    return count


def _copy_charges(rows_of: Callable[[str], Iterable[sqlite3.Row]], into: sqlite3.Connection) -> None:
    """Copy what requests have cost, and add what the salvaged answers tell of those whose charges are lost."""
    for table in (CHARGE, READING):
        for row in rows_of(table.name):
            with _skip_bad_rows():
                values = table.salvage(row)
                del values["number"]
                table.put(into, values, update=False)
    facts = [fact.name for fact in CHARGE.facts if fact.name != "number"]
    into.execute(
        f"INSERT OR IGNORE INTO charge ({', '.join(facts)}) SELECT {', '.join(facts)} FROM ({former_charges()})"
        # What was imported was not paid for here.
        " WHERE id NOT IN (SELECT id FROM answer WHERE origin <> '')"
    )


class _Rescue:
    """Copies turns and answers. Any of the rows that belong together may be lost; those that are left stay together."""

    def __init__(
        self,
        source: sqlite3.Connection,
        rows_of: Callable[[str], Iterable[sqlite3.Row]],
        into: sqlite3.Connection,
    ) -> None:
        self._source = source
        self._rows_of = rows_of
        self._into = into
        self._has_pieces = _is_plain(source, "piece")
        # An index may be whole where its table is not.
        self._turn_of = _column(source, ANSWER.spare, "turn")
        self._conversation_of = _column(source, TURN.spare, "conversation")
        self._answers: dict[int, Mapping[str, object]] = {}
        self._asked_on: dict[object, float] = {}
        self._turns: dict[int, int] = {}
        """Number of each turn in the good database, by the one in the damaged one."""
        self._unanswered: set[int] = set()
        self._turn_ids: set[str] = set()
        self._answer_ids: set[str] = set()

    def run(self) -> int:
        """Copy everything; return the number of answers."""
        for row in self._rows_of("answer"):
            with _skip_bad_rows():
                held = held_by(row)
                self._answers[row["number"]] = held
                on = seconds_of(held.get("asked_on"))
                if on is not None:
                    self._asked_on.setdefault(held.get("turn"), on)
        # Turns whose rows are lost get their place among the others: the order of the numbers is that of the conversation.
        named = {self._turn_of_answer(number) for number in {*self._answers, *self._turn_of}}
        lost = deque(sorted(number for number in named if number is not None))
        for row in self._rows_of("turn"):
            with _skip_bad_rows():
                number = row["number"]
                while lost and lost[0] <= number:
                    self._fill_gap(lost.popleft(), before=number)
                self._copy_turn(number, held_by(row))
        copied: set[int] = set()
        for row in self._rows_of("passage"):
            with _skip_bad_rows():
                self._copy_answer(row["answer"], text_of(row["text"]))
                copied.add(row["answer"])
        for number in sorted(self._answers.keys() - copied):
            with _skip_bad_rows():
                self._copy_answer(number, None)
                copied.add(number)
        for turn in sorted(self._unanswered):
            with _skip_bad_rows():
                # A prompt whose answers are all lost is somebody's text, too.
                put_answer(self._into, turn, AnswerRecord.unknown(new_id()), "")
        self._copy_attachments()
        return count_answers(self._into)

    def _copy_attachments(self) -> None:
        """Copy the contents that are whole and that anything names. What names a lost one keeps its name."""
        for row in self._rows_of("attachment"):
            with _skip_bad_rows():
                content = row["content"]
                if isinstance(content, bytes) and sha256(content).hexdigest() == row["hash"]:
                    ATTACHMENT.put(self._into, {"hash": row["hash"], "content": content}, update=False)
        forget_all_unused(self._into)

    def _turn_of_answer(self, number: int) -> int | None:
        """Return the number of an answer's turn in the damaged file; None if nothing tells it."""
        of = self._answers.get(number, {}).get("turn")
        of = self._turn_of.get(number) if not isinstance(of, int) else of
        return of if isinstance(of, int) else None

    def _fill_gap(self, number: int, *, before: int) -> None:
        """Put a turn in the place of one whose row is lost, unless the next row is its own."""
        if number < before and number not in self._turns:
            with _skip_bad_rows():
                self._put_turn(number, self._unknown_turn(number))

    def _copy_turn(self, number: int, row: Mapping[str, object]) -> None:
        record = TurnRecord.from_row(TURN.salvage(row)) if row.get("id") is not None else None
        if record is None:
            values = {"prompt": text_of(row.get("prompt")), "conversation": row.get("conversation")}
            record = self._unknown_turn(number, values)
        self._put_turn(
            number, record._replace(values={**record.values, "id": _free(record.id, self._turn_ids)})
        )

    def _unknown_turn(self, number: int, values: Mapping[str, object] | None = None) -> TurnRecord:
        """Return the record of a turn of which the prompt is left, or nothing."""
        known = values or {}
        conversation = self._conversation_of.get(number) or known.get("conversation")
        id = f"{RESCUED}-{number}"
        bare = {"id": id, "conversation": safe_id(conversation) if conversation is not None else RESCUED}
        # No answer has this id: the turn follows the one before it, and its newest answer is chosen.
        unknown = {"parent": "?", "chosen": "?"}
        return TurnRecord({**TURN.defaults, **bare, **unknown, "prompt": known.get("prompt") or ""})

    def _put_turn(self, number: int, record: TurnRecord) -> int:
        on = self._asked_on.get(number, 0.0)
        bare = {"id": record.conversation, "title": title_of(record.prompt), "created_on": on, "used_on": on}
        CONVERSATION.put(self._into, {**CONVERSATION.defaults, **bare, "used": 0}, update=False)
        copy = self._turns[number] = put_turn(self._into, record)
        self._unanswered.add(copy)
        return copy

    def _copy_answer(self, number: int, text: str | None) -> None:
        """Copy an answer; `text` is None if it is lost."""
        row = self._answers.get(number, {})
        of = self._turn_of_answer(number)
        of = number if of is None else of
        turn = self._turns.get(of)
        if turn is None:
            turn = self._put_turn(of, self._unknown_turn(of))
        record, program = AnswerRecord.unknown(f"{RESCUED}-{number}"), ""
        if row.get("id") is not None:
            with contextlib.suppress(LookupError):
                values = ANSWER.salvage(row)
                program = values["program"]
                record = AnswerRecord.from_row(values)
        if text is None:
            record = record.ended(AnswerState.FAILED, RESCUED)
        copy = put_answer(self._into, turn, record.changed(id=_free(record.id, self._answer_ids)), program)
        self._unanswered.discard(turn)
        pieces = self._pieces(number)
        for start, piece in pieces:
            self._into.execute(
                "INSERT OR REPLACE INTO piece (answer, start, text) VALUES (?, ?, ?)", (copy, start, piece)
            )
        if not pieces:
            put_text(self._into, copy, text or "")
        elif AnswerState(record.state).final:
            # Only unfinished answers are read from their pieces, and the state of this one was lost.
            join_pieces(self._into, copy)

    def _pieces(self, number: int) -> list[tuple[int, str]]:
        rows: list[sqlite3.Row] = []
        with contextlib.suppress(sqlite3.Error):
            if self._has_pieces:
                rows = self._source.execute(
                    "SELECT start, text FROM piece WHERE answer = ? ORDER BY start", (number,)
                ).fetchall()
        return [
            (start, text_of(text)) for start, text in rows if isinstance(start, int) and 0 <= start < 2**31
        ]


def _free(id: str, taken: set[str]) -> str:
    """Return an id that no row has yet. Where an index is broken two may have one, and one would replace the other."""
    free = new_id() if id in taken else id
    taken.add(free)
    return free


def _column(source: sqlite3.Connection, query: str, name: str) -> dict[int, object]:
    """Read one column by row number."""
    with contextlib.suppress(sqlite3.Error):
        return {row["number"]: row[name] for row in source.execute(query).fetchall()}
    return {}


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
