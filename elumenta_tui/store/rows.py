"""Turns, answers and texts as rows. Everything here runs inside a transaction that the caller has begun."""

from __future__ import annotations

import sqlite3

from elumenta_tui.store.attachments import put_contents
from elumenta_tui.store.database import Damaged
from elumenta_tui.store.index import index, unindex
from elumenta_tui.store.records import AnswerRecord, TurnRecord
from elumenta_tui.store.tables import ANSWER, PASSAGE, TURN


def put_turn(connection: sqlite3.Connection, turn: TurnRecord) -> int:
    """Write a turn, with what is attached to it; returns its number."""
    TURN.put(connection, turn.values)
    if turn.attachments:
        put_contents(connection, turn.attachments)
    return number_of(connection, "turn", turn.id)


def put_answer(connection: sqlite3.Connection, turn: int, answer: AnswerRecord, program: str) -> int:
    """Write an answer, without its text, to the turn of that number; returns the answer's number."""
    ANSWER.put(connection, {**answer.values, "turn": turn, "program": program})
    number = number_of(connection, "answer", answer.id)
    PASSAGE.put(connection, {"answer": number})
    return number


def number_of(connection: sqlite3.Connection, table: str, id: str) -> int:
    # SQLite before 3.35 can't return it with the insert.
    row = connection.execute(f"SELECT number FROM {table} WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise Damaged(f"a row of {table} is missing right after it was written")
    number: int = row["number"]
    return number


def put_text(connection: sqlite3.Connection, number: int, text: str) -> None:
    """Write the whole text of an answer in place of its pieces, and index it."""
    unindex(connection, number)
    connection.execute("UPDATE passage SET text = ? WHERE answer = ?", (text, number))
    connection.execute("DELETE FROM piece WHERE answer = ?", (number,))
    index(connection, number)


def join_pieces(connection: sqlite3.Connection, number: int) -> str:
    """Join the pieces of an answer, write the result and return it. Pieces after a gap are dropped."""
    whole = ""
    for start, text in connection.execute(
        "SELECT start, text FROM piece WHERE answer = ? ORDER BY start", (number,)
    ).fetchall():
        whole = whole[:start] + text if start <= len(whole) else whole
    put_text(connection, number, whole)
    return whole
