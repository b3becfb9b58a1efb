"""Reading from a database: conversations with their turns, and which ones there are. `listing` has lists with previews and search."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path

from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.store import schema
from elumenta_tui.store.changes import Change, SaveAnswer, SaveDraft, SetFacts
from elumenta_tui.store.database import Damaged, copy_with_log, examine, has_log
from elumenta_tui.store.deleting import IS_LISTED
from elumenta_tui.store.facts import held_by, seconds_of, text_of
from elumenta_tui.store.failures import CRASHED, ELSEWHERE
from elumenta_tui.store.guarded import Guarded, connect
from elumenta_tui.store.ids import safe_id
from elumenta_tui.store.queue import queue_of
from elumenta_tui.store.records import AnswerRecord, ConversationRecord, TurnRecord
from elumenta_tui.store.tables import CONVERSATION, NO_INSTRUCTIONS
from elumenta_tui.store.tree import Stored, Tree
from elumenta_tui.text.sanitize import clean, clean_line

Alive = Callable[[object], bool]
"""Whether the program with that id is running."""


def open_for_reading(path: Path, *, thorough: bool | None = None, alone: bool = False) -> Guarded:
    """Open a connection that changes nothing and needs no right to write. `thorough` and `alone` as in `examine`.

    A file of an older version is read as if it had the current tables. Raises OSError, Damaged, StoreTrouble or sqlite3.Error
    if the file can't be read.
    """
    with contextlib.suppress(sqlite3.OperationalError):
        examine(path, thorough=thorough, alone=alone)
        connection = connect(path, mode="ro")
        try:
            _prepare(connection)
            return connection
        except BaseException:
            connection.close()
            raise
    if has_log(path):
        return _copied(path)
    # Without a log, and in a directory where none can be made, nobody can be writing the file.
    return _readable(connect(path, mode="ro", immutable=True))


def _copied(path: Path) -> Guarded:
    """Open a copy of a database and its log: SQLite reads a log only where it can create a file beside it."""
    with tempfile.TemporaryDirectory(prefix="elumenta.", ignore_cleanup_errors=True) as place:
        # The files stay readable while they are open; their names are removed at once.
        copy = copy_with_log(path, Path(place))
        return _readable(connect(copy, mode="rw"))


def _prepare(connection: Guarded) -> None:
    """Have conversations readable on a connection; raises sqlite3.Error if they are not."""
    connection.execute("SELECT 1 FROM conversation LIMIT 1").fetchone()
    schema.present(connection)


def _readable(connection: Guarded) -> Guarded:
    """Return the connection if conversations can be read on it; close it and raise Damaged if they cannot."""
    try:
        _prepare(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise Damaged(str(error)) from error
    return connection


def stored(
    connection: sqlite3.Connection,
    conversation: str,
    alive: Alive,
    *,
    own: str | None = None,
    as_it_is: bool = False,
) -> Stored | None:
    """Read a conversation with all its turns; None if it does not exist.

    An answer that another program is still receiving counts as ended, unless `as_it_is`. `own` is the id of this program: what
    another running program has queued is left out, because that one will send it. None: all that is queued is read.
    """
    row = connection.execute("SELECT * FROM conversation WHERE id = ?", (conversation,)).fetchone()
    if row is None:
        return None
    tree = Tree()
    for turn, answer, text in _answers(connection, conversation, alive, as_it_is):
        tree.put(turn, answer, text)
    found = Stored.from_values(CONVERSATION.read(row), tree.turns())
    found.conversation.queued = queue_of(
        row["queued"], is_theirs=lambda program: own is not None and program != own and alive(program)
    )
    for queued in found.conversation.queued:
        if queued.attachments:
            from elumenta_tui.store.attachments import with_contents

            queued.attachments = with_contents(connection, queued.attachments)
    return _with_unsent(connection, found, row, lambda program: own not in (None, program) and alive(program))


def _with_unsent(
    connection: sqlite3.Connection,
    found: Stored,
    row: Mapping[str, object],
    is_theirs: Callable[[object], bool],
) -> Stored:
    """Read what belongs to the draft besides its text, and the prompts that were put aside."""
    if not row["draft_with"] and not row["parked"]:
        return found
    from elumenta_tui.store import attachments, drafts

    read = partial(attachments.with_contents, connection)
    found.conversation.parked = [
        each.but(draft=drafts.with_contents(each.draft, read))
        for each in drafts.parked_of(row["parked"], is_theirs=is_theirs)
    ]
    return found._replace(chips=drafts.with_contents(drafts.chips_of(row["draft_with"]), read))


ANSWERS = """
    SELECT turn.*, turn.id AS turn_id, answer.*, text
    FROM turn LEFT JOIN answer ON answer.turn = turn.number LEFT JOIN passage ON passage.answer = answer.number
"""
"""A turn without an answer, which only damage leaves, is read too."""


def _answers(
    connection: sqlite3.Connection, conversation: str, alive: Alive, as_it_is: bool
) -> Iterator[tuple[TurnRecord, AnswerRecord | None, str]]:
    for row in _rows(connection, conversation):
        yield read_answer(connection, row, alive, as_it_is=as_it_is)


def _rows(connection: sqlite3.Connection, conversation: str) -> Iterator[Mapping[str, object]]:
    """Read a conversation's answers with their turns, in the order of the turns."""
    rows = connection.execute(
        f"{ANSWERS} WHERE conversation = ? ORDER BY turn.number, answer.number", (conversation,)
    )
    return map(held_by, rows.fetchall())


def read_answer(
    connection: sqlite3.Connection, row: Mapping[str, object], alive: Alive, *, as_it_is: bool = False
) -> tuple[TurnRecord, AnswerRecord | None, str]:
    """Read a row of `ANSWERS`: the turn, its answer (None if it is lost) and the answer's text. `as_it_is`: see `stored`."""
    turn, text = _turn(connection, row), text_of(row["text"])
    if row["number"] is None:
        return turn, None, ""
    answer = AnswerRecord.from_row(row)
    if not AnswerState(answer.state).final:
        text = _pieces(connection, row["number"])
        is_alive = alive(row["program"])
        if not (as_it_is and is_alive):
            answer = as_ended(answer, text, alive=is_alive)
    return turn, answer, text


def _turn(connection: sqlite3.Connection, row: Mapping[str, object]) -> TurnRecord:
    record = TurnRecord.from_row({**row, "id": row["turn_id"]})
    if (column := record.values["attachments"]) is None:
        return record
    from elumenta_tui.store.attachments import attachments_of

    return record._replace(attachments=attachments_of(connection, column))


def _pieces(connection: sqlite3.Connection, number: object) -> str:
    rows = connection.execute(
        "SELECT start, text FROM piece WHERE answer = ? ORDER BY start", (number,)
    ).fetchall()
    whole = ""
    for start, text in rows:
        whole = whole[:start] + text if isinstance(text, str) and start <= len(whole) else whole
    return clean(whole)


def as_ended(record: AnswerRecord, text: str, *, alive: bool) -> AnswerRecord:
    """Return an unfinished answer as an ended one: nothing more of it will come here."""
    state = AnswerState.INTERRUPTED if text.strip() else AnswerState.FAILED
    return record.ended(state, ELSEWHERE if alive else CRASHED)


def last_used(connection: sqlite3.Connection, *, demo: bool | None = None) -> str:
    """Find the id of the conversation with turns that was used last; empty if there is none. `demo=None`: of either account."""
    row = connection.execute(
        f"SELECT id FROM conversation WHERE (:demo IS NULL OR demo = :demo) AND {IS_LISTED}"
        " AND EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id) ORDER BY used DESC LIMIT 1",
        {"demo": demo},
    ).fetchone()
    return "" if row is None else str(row["id"])


def generations(connection: sqlite3.Connection) -> dict[str, str]:
    """Map the service's ids of all generations that belong to an answer to the ids of the conversations.

    The id of a conversation that is to be deleted is empty.
    """
    rows = connection.execute(
        f"SELECT generation, CASE WHEN {IS_LISTED} THEN conversation.id ELSE '' END AS id FROM answer"
        " JOIN turn ON turn.number = answer.turn JOIN conversation ON conversation.id = turn.conversation"
        " WHERE generation <> ''"
    )
    return {str(row["generation"]): str(row["id"]) for row in rows}


def unsent(connection: sqlite3.Connection, *, demo: bool) -> str:
    """Find the id of the newest conversation with a draft or instructions and no turn, which is open nowhere; empty if there is none."""
    rows = connection.execute(
        f"SELECT * FROM conversation WHERE demo = ? AND archived = 0 AND {IS_LISTED}"
        " AND NOT EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id)"
        " AND NOT EXISTS (SELECT 1 FROM program WHERE conversation = conversation.id) ORDER BY used DESC",
        (demo,),
    )
    for row in rows:
        # Not by SQL: an older file that can only be read lacks some of the columns.
        values = CONVERSATION.read(row)
        has_draft = any(values[name] for name in ("draft", "draft_with", "parked"))
        if has_draft or any(values[name] != none for name, none in NO_INSTRUCTIONS.items()):
            return str(row["id"])
    return ""


def answers_before(connection: sqlite3.Connection, answer: str) -> int:
    """Count the answers of a conversation up to the one with that id."""
    count: int = connection.execute(
        "SELECT count(*) FROM turn JOIN answer ON answer.turn = turn.number"
        " WHERE answer.number <= (SELECT number FROM answer WHERE id = :id)"
        " AND conversation = (SELECT conversation FROM answer JOIN turn ON turn.number = answer.turn WHERE answer.id = :id)",
        {"id": answer},
    ).fetchone()[0]
    return count


def as_changes(connection: sqlite3.Connection, conversations: Collection[str]) -> Iterator[Change]:
    """Yield the changes that write these conversations into another database."""
    for conversation in connection.execute("SELECT * FROM conversation ORDER BY used").fetchall():
        id = conversation["id"]
        if id not in conversations:
            continue
        record = ConversationRecord.from_values(CONVERSATION.read(conversation))._replace(id=id)
        for row in _rows(connection, id):
            if row["number"] is None:
                continue
            found = connection.execute("SELECT start, text FROM piece WHERE answer = ?", (row["number"],))
            pieces = {start: text for start, text in found if isinstance(text, str)}
            text = None if pieces else text_of(row["text"])
            yield SaveAnswer(record, _turn(connection, row), AnswerRecord.from_row(row), pieces, text)
        if conversation["draft"]:
            yield SaveDraft(record, text_of(conversation["draft"]))
        unsent = {name: text_of(conversation[name]) for name in ("queued", "draft_with", "parked")}
        kept = {"archived": conversation["archived"], **unsent}
        yield SetFacts(record, {**record.more, **kept})


def ids(connection: sqlite3.Connection, beginning: str = "", *, demo: bool | None = None) -> list[str]:
    """List the ids of conversations with turns that have that beginning, the one used last first. `demo=None`: of either account."""
    return [
        row["id"]
        for row in connection.execute(
            "SELECT id FROM conversation WHERE substr(CAST(id AS TEXT), 1, length(:beginning)) = :beginning"
            f" AND (:demo IS NULL OR demo = :demo) AND {IS_LISTED}"
            " AND EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id) ORDER BY used DESC",
            {"beginning": beginning, "demo": demo},
        )
    ]


def titles(connection: sqlite3.Connection, *, demo: bool) -> Iterator[tuple[str, float, str]]:
    """Yield id, time of last use (Unix seconds) and title of an account's conversations with turns, the one used last first."""
    rows = connection.execute(
        f"SELECT id, used_on, title FROM conversation WHERE demo = ? AND {IS_LISTED}"
        " AND EXISTS (SELECT 1 FROM turn WHERE conversation = conversation.id) ORDER BY used DESC",
        (demo,),
    )
    # All at once: printing may take as long as it likes, the statement may not.
    for row in rows.fetchall():
        yield safe_id(row["id"]), seconds_of(row["used_on"]) or 0.0, clean_line(text_of(row["title"]))
