"""Recovery after a crash: programs that are gone, and the answers that were cut with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection

from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.store.deleting import IS_LISTED
from elumenta_tui.store.facts import text_of
from elumenta_tui.store.failures import CRASHED, failure_json
from elumenta_tui.store.records import CutAnswer
from elumenta_tui.store.rows import join_pieces
from elumenta_tui.store.tables import HAS_DRAFT, HAS_INSTRUCTIONS

_UNFINISHED = "state IN ('waiting', 'streaming')"


def programs(connection: sqlite3.Connection) -> list[str]:
    """List the ids of programs that are running or have crashed, the one used last at the end."""
    return [row["id"] for row in connection.execute("SELECT id FROM program ORDER BY used")]


def left_open(connection: sqlite3.Connection, dead: Collection[str]) -> str:
    """Find the id of the conversation that was last open in a dead program, if it has a turn, a draft or instructions; else empty."""
    for program in connection.execute("SELECT id, conversation FROM program ORDER BY used DESC").fetchall():
        if program["id"] in dead and _has_anything(connection, program["conversation"]):
            conversation: str = program["conversation"]
            return conversation
    return ""


def _has_anything(connection: sqlite3.Connection, conversation: str) -> bool:
    row = connection.execute(
        f"SELECT {HAS_DRAFT} OR {HAS_INSTRUCTIONS} OR EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id) AS anything"
        f" FROM conversation WHERE id = ? AND {IS_LISTED}",
        (conversation,),
    ).fetchone()
    return row is not None and bool(row["anything"])


def forget_programs(connection: sqlite3.Connection, dead: Collection[str]) -> None:
    """Delete the rows of dead programs, which have been reported."""
    connection.executemany("DELETE FROM program WHERE id = ?", [(program,) for program in dead])


def unfinished(connection: sqlite3.Connection, alive: Callable[[object], bool]) -> list[sqlite3.Row]:
    """List the answers whose program ended before they did, oldest first."""
    rows = connection.execute(
        "SELECT answer.number, answer.id, conversation, program, prompt, title, demo"
        " FROM answer JOIN turn ON turn.number = answer.turn JOIN conversation ON conversation.id = conversation"
        f" WHERE {_UNFINISHED} ORDER BY answer.number"
    ).fetchall()
    return [row for row in rows if not alive(row["program"])]


def count_answers(connection: sqlite3.Connection) -> int:
    """Count the answers of a database."""
    count: int = connection.execute("SELECT count(*) FROM answer").fetchone()[0]
    return count


def mark_cut(connection: sqlite3.Connection, alive: Callable[[object], bool]) -> tuple[CutAnswer, ...]:
    """Give answers whose program ended before they did their final state, inside the caller's transaction."""
    cut = []
    for row in unfinished(connection, alive):
        text = join_pieces(connection, row["number"])
        state = AnswerState.INTERRUPTED if text.strip() else AnswerState.FAILED
        connection.execute(
            "UPDATE answer SET state = ?, failure = ? WHERE number = ?",
            (state.value, failure_json(Failure(CRASHED)), row["number"]),
        )
        cut.append(
            CutAnswer(
                id=row["id"],
                conversation=row["conversation"],
                title=text_of(row["title"]),
                prompt=text_of(row["prompt"]),
                length=len(text),
                demo=bool(row["demo"]),
            )
        )
    return tuple(cut)
