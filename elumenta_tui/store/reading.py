"""What is read from a database: one conversation, lists of them, what was sent before."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from elumenta_tui.chat.turn import TurnState
from elumenta_tui.store import schema
from elumenta_tui.store.changes import Archive, Change, SaveDraft, SaveTurn, SetFacts
from elumenta_tui.store.database import Damaged, copy_with_log, examine, has_log
from elumenta_tui.store.facts import seconds_of, text_of
from elumenta_tui.store.guarded import Guarded, connect
from elumenta_tui.store.ids import adopted
from elumenta_tui.store.records import (
    CRASHED,
    ELSEWHERE,
    ConversationRecord,
    Stored,
    Summary,
    TurnRecord,
)
from elumenta_tui.store.search import expression, is_in
from elumenta_tui.store.tables import CONVERSATION
from elumenta_tui.text.matching import Wanted, fold
from elumenta_tui.text.sanitize import clean, clean_line

Alive = Callable[[object], bool]
"""Whether a running program has that id."""


def open_for_reading(path: Path, *, thorough: bool | None = None, alone: bool = False) -> Guarded:
    """A connection that changes nothing, also where nothing can be written. `thorough` and `alone` as in `examine`.

    OSError, Damaged, StoreTrouble or sqlite3.Error if there is nothing that can be read.
    """
    with contextlib.suppress(sqlite3.OperationalError):
        examine(path, thorough=thorough, alone=alone)
        connection = connect(path, mode="ro")
        try:
            connection.execute("SELECT 1 FROM conversation LIMIT 1").fetchone()
            schema.present(connection)
            return connection
        except BaseException:
            connection.close()
            raise
    if has_log(path):
        return _copied(path)
    # Beside a database that may not be written there can be no log of it that somebody writes.
    return _readable(connect(path, mode="ro", immutable=True))


def _copied(path: Path) -> Guarded:
    """A connection to a copy, with its log, which can only be read where something can be made beside it."""
    with tempfile.TemporaryDirectory(prefix="elumenta.", ignore_cleanup_errors=True) as place:
        # Its files are open already when their names go.
        copy = copy_with_log(path, Path(place))
        return _readable(connect(copy, mode="rw"))


def _readable(connection: Guarded) -> Guarded:
    """Return the connection if conversations can be read on it; close it and raise Damaged if they cannot."""
    try:
        connection.execute("SELECT 1 FROM conversation LIMIT 1").fetchone()
        schema.present(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise Damaged(str(error)) from error
    return connection


def stored(
    connection: sqlite3.Connection, conversation: str, alive: Alive, *, as_it_is: bool = False
) -> Stored | None:
    """A conversation with all its turns; None if there is no such one.

    An answer that another program is still receiving is over here, unless it is wanted `as_it_is`.
    """
    row = connection.execute("SELECT * FROM conversation WHERE id = ?", (conversation,)).fetchone()
    if row is None:
        return None
    turns = [record.turn(answer) for record, answer in _turns(connection, conversation, alive, as_it_is)]
    return Stored.from_values(CONVERSATION.read(row), turns)


def _turns(
    connection: sqlite3.Connection, conversation: str, alive: Alive, as_it_is: bool
) -> Iterator[tuple[TurnRecord, str]]:
    for row in connection.execute(
        "SELECT turn.*, prompt, answer FROM turn JOIN passage ON passage.turn = number WHERE conversation = ?"
        " ORDER BY number",
        (conversation,),
    ).fetchall():
        record = TurnRecord.from_row(row)
        answer = text_of(row["answer"])
        if not TurnState(record.state).final:
            answer = _pieces(connection, row["number"])
            is_alive = alive(row["program"])
            if not (as_it_is and is_alive):
                record = settled(record, answer, alive=is_alive)
        yield record, answer


def _pieces(connection: sqlite3.Connection, number: int) -> str:
    rows = connection.execute(
        "SELECT start, text FROM piece WHERE turn = ? ORDER BY start", (number,)
    ).fetchall()
    answer = ""
    for start, text in rows:
        answer = answer[:start] + text if isinstance(text, str) and start <= len(answer) else answer
    return clean(answer)


def settled(record: TurnRecord, answer: str, *, alive: bool) -> TurnRecord:
    """An unfinished turn as whoever reads it has to see it: nothing more will come here."""
    state = TurnState.INTERRUPTED if answer.strip() else TurnState.FAILED
    return record.ended(state, ELSEWHERE if alive else CRASHED)


def last_used(connection: sqlite3.Connection, *, demo: bool | None = None) -> str:
    """Id of the conversation that was used last and has turns; empty if there is none. `demo`: among the demo's, or the others."""
    row = connection.execute(
        "SELECT id FROM conversation WHERE (:demo IS NULL OR demo = :demo)"
        " AND EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id) ORDER BY used DESC LIMIT 1",
        {"demo": demo},
    ).fetchone()
    return "" if row is None else str(row["id"])


def generations(connection: sqlite3.Connection) -> set[str]:
    """Ids of all generations that belong to a turn."""
    rows = connection.execute("SELECT generation FROM turn WHERE generation <> ''")
    return {str(row["generation"]) for row in rows}


def unsent(connection: sqlite3.Connection, *, demo: bool) -> str:
    """Id of the newest conversation that is a draft and nothing else; empty if there is none."""
    row = connection.execute(
        "SELECT id FROM conversation WHERE demo = ? AND draft <> '' AND archived = 0"
        " AND NOT EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id)"
        " AND NOT EXISTS (SELECT 1 FROM program WHERE conversation = conversation.id) ORDER BY used DESC LIMIT 1",
        (demo,),
    ).fetchone()
    return "" if row is None else str(row["id"])


def turns_before(connection: sqlite3.Connection, turn: str) -> int:
    """How many turns its conversation has up to that one."""
    count: int = connection.execute(
        "SELECT count(*) FROM turn WHERE number <= (SELECT number FROM turn WHERE id = :id)"
        " AND conversation = (SELECT conversation FROM turn WHERE id = :id)",
        {"id": turn},
    ).fetchone()[0]
    return count


def as_changes(connection: sqlite3.Connection, conversations: Collection[str]) -> Iterator[Change]:
    """What writes these conversations anew, into another database."""
    for row in connection.execute("SELECT * FROM conversation ORDER BY used").fetchall():
        if row["id"] not in conversations:
            continue
        record = replace(ConversationRecord.from_values(CONVERSATION.read(row)), id=row["id"])
        for turn in connection.execute(
            "SELECT turn.*, prompt, answer FROM turn JOIN passage ON passage.turn = number"
            " WHERE conversation = ? ORDER BY number",
            (row["id"],),
        ).fetchall():
            rows = connection.execute("SELECT start, text FROM piece WHERE turn = ?", (turn["number"],))
            pieces = {start: text for start, text in rows if isinstance(text, str)}
            answer = None if pieces else text_of(turn["answer"])
            yield SaveTurn(record, TurnRecord.from_row(turn), pieces, answer)
        if row["draft"]:
            yield SaveDraft(record, text_of(row["draft"]))
        if row["archived"]:
            yield Archive(record, archived=True)
        if record.more:
            yield SetFacts(record, record.more)


def ids(connection: sqlite3.Connection, beginning: str = "") -> list[str]:
    """The conversations with turns whose id begins so, the one used last first."""
    return [
        row["id"]
        for row in connection.execute(
            "SELECT id FROM conversation WHERE substr(CAST(id AS TEXT), 1, length(:beginning)) = :beginning"
            " AND EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id) ORDER BY used DESC",
            {"beginning": beginning},
        )
    ]


def titles(connection: sqlite3.Connection) -> Iterator[tuple[str, float, str]]:
    """Id, time of last use (Unix seconds) and title of every conversation with turns, the one used last first."""
    rows = connection.execute(
        "SELECT id, used_on, title FROM conversation"
        " WHERE EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id) ORDER BY used DESC"
    )
    # At once: whoever prints them may take as long as it takes, and the statement may not.
    for row in rows.fetchall():
        yield adopted(row["id"]), seconds_of(row["used_on"]) or 0.0, clean_line(text_of(row["title"]))


# ---------------------------------------------------------------------------------------------------------------- lists

_SUMMARIES = """
    SELECT id, title, used_on, archived, draft <> '' AS has_draft,
        (SELECT count(*) FROM turn WHERE conversation = conversation.id) AS turns,
        (SELECT max(number) FROM turn WHERE conversation = conversation.id) AS last
    FROM conversation WHERE demo = ? ORDER BY used DESC
"""


def summaries(
    connection: sqlite3.Connection, ways: Sequence[str], *, demo: bool, alive: Alive
) -> list[Summary]:
    """Conversations, the one used last first: all, or those that have what was typed in their title or in a turn.

    `ways` are the ways to read what was typed, as it is and as in other keyboard layouts.
    """
    typed = [way for way in ways if way.strip()]
    found = _found(connection, typed)
    latest = {
        row["number"]: row
        for row in connection.execute(
            "SELECT number, state, program, model_name FROM turn"
            " WHERE number IN (SELECT max(number) FROM turn GROUP BY conversation)"
        )
    }
    rows = []
    for row in connection.execute(_SUMMARIES, (demo,)):
        times, number = found.get(row["id"], (0, 0))
        title = text_of(row["title"])
        if typed and not times and not any(is_in(way, fold(title)) for way in typed):
            continue
        if not row["turns"] and not row["has_draft"]:
            continue
        last = latest.get(row["last"])
        state = last["state"] if last is not None else ""
        if last is not None and state in ("waiting", "streaming") and not alive(last["program"]):
            state = TurnState.INTERRUPTED.value
        rows.append(
            Summary(
                id=row["id"],
                title=clean_line(title),
                used_on=seconds_of(row["used_on"]) or 0.0,
                turns=row["turns"],
                model=clean_line(text_of(last["model_name"])) if last is not None else "",
                state=state,
                has_draft=bool(row["has_draft"]),
                archived=bool(row["archived"]),
                found=times,
                found_turn=number,
            )
        )
    return rows


def _found(connection: sqlite3.Connection, typed: Sequence[str]) -> dict[str, tuple[int, int]]:
    """By conversation: in how many turns the words are, and the number of the newest of them."""
    wanted = expression(typed)
    if not wanted:
        return {}
    return {
        row["conversation"]: (row["times"], row["newest"])
        for row in connection.execute(
            "SELECT conversation, count(*) AS times, max(number) AS newest FROM turn"
            " WHERE number IN (SELECT rowid FROM words WHERE words MATCH ?) GROUP BY conversation",
            (wanted,),
        )
    }


LOOKED_THROUGH = 20
"""So many times the wanted number of prompts is looked at, to find each text once."""


def prompts(connection: sqlite3.Connection, ways: Sequence[str], *, demo: bool, limit: int) -> list[str]:
    """What was sent before, each text once, the newest first; only what has the words of `ways`, if there are any."""
    wanted = expression(way for way in ways if way.strip())
    matching = "AND number IN (SELECT rowid FROM words WHERE words MATCH :wanted)" if wanted else ""
    rows = connection.execute(
        f"SELECT prompt FROM turn JOIN passage ON passage.turn = number"
        f" JOIN conversation ON conversation.id = conversation"
        f" WHERE demo = :demo {matching} ORDER BY number DESC LIMIT :limit",
        {"demo": demo, "limit": limit * LOOKED_THROUGH, "wanted": f"prompt : ({wanted})"},
    )
    # A dict keeps the order in which its keys came.
    found: dict[str, None] = {}
    for row in rows:
        found[text_of(row["prompt"])] = None
        if len(found) == limit:
            break
    return list(found)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A turn in a preview."""

    prompt: str
    answer: str
    model: str
    state: str
    asked_on: float | None


EXCERPT_LIMIT = 4_000
"""Characters of a prompt or an answer in a preview."""


def excerpts(
    connection: sqlite3.Connection, conversation: str, *, found_turn: int, ways: Sequence[str], alive: Alive
) -> list[Excerpt]:
    """The end of a conversation, oldest first; or the turn that a search has found, from where its words are."""
    rows = connection.execute(
        "SELECT turn.*, prompt, answer FROM turn JOIN passage ON passage.turn = number"
        " WHERE conversation = ? AND (? = 0 OR number = ?) ORDER BY number DESC LIMIT 3",
        (conversation, found_turn, found_turn),
    ).fetchall()
    found = []
    for row in reversed(rows):
        record = TurnRecord.from_row(row)
        answer = text_of(row["answer"])
        if not TurnState(record.state).final:
            answer = _pieces(connection, row["number"])
            record = settled(record, answer, alive=alive(row["program"]))
        found.append(
            Excerpt(
                _around(record.prompt, ways),
                _around(answer, ways),
                record.model_name,
                record.state,
                record.asked_on,
            )
        )
    return found


def _around(text: str, ways: Sequence[str]) -> str:
    """A part of the text that begins a little before what was searched for, or at its start."""
    first = next(Wanted(ways).places(text), None)
    start = 0
    if first is not None and first.start > 300:
        start = text.rfind("\n", 0, first.start - 100) + 1 or first.start - 100
    part = text[start : start + EXCERPT_LIMIT]
    return f"…{part}" if start else part


COUNTED_TURNS = 300
"""Turns of one conversation in which hits are counted at most: some hundredths of a second."""


def hits(connection: sqlite3.Connection, conversation: str, ways: Sequence[str]) -> int | None:
    """Count the places where the words are in one conversation; None if they are in too many turns to be counted."""
    wanted = Wanted(ways)
    if not wanted:
        return 0
    rows = connection.execute(
        "SELECT prompt, answer FROM turn JOIN passage ON passage.turn = number WHERE conversation = ?"
        " AND number IN (SELECT rowid FROM words WHERE words MATCH ?) LIMIT ?",
        (conversation, expression(ways), COUNTED_TURNS + 1),
    ).fetchall()
    if len(rows) > COUNTED_TURNS:
        return None
    return sum(1 for row in rows for column in row for _ in wanted.places(text_of(column)))
