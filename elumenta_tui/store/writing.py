"""Writing changes as rows. Everything here runs inside a transaction that the caller has begun, unless it says otherwise."""

from __future__ import annotations

import sqlite3

from elumenta_tui.chat.conversation import title_of
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.store.adding import add
from elumenta_tui.store.attachments import forget_unused, named_in, put_contents
from elumenta_tui.store.changes import (
    AddCharge,
    AddConversation,
    Change,
    Delete,
    DeleteBranch,
    OpenHere,
    Rename,
    SaveAnswer,
    SaveCharge,
    SaveDraft,
    SaveParked,
    SaveQueued,
    SaveReading,
    SetFacts,
    prompt_sent,
)
from elumenta_tui.store.chores import DELETED
from elumenta_tui.store.drafts import digests_of_draft, digests_parked, draft_with, with_parked
from elumenta_tui.store.facts import text_of
from elumenta_tui.store.index import condemn, index, is_of_index, transact, unindex
from elumenta_tui.store.queue import digests_queued, with_queued, without_queued
from elumenta_tui.store.records import DRAFT_SHOWN, AnswerRecord, ConversationRecord
from elumenta_tui.store.rows import put_answer, put_text, put_turn
from elumenta_tui.store.tables import ANSWER, CHARGE, CONVERSATION, COSTS, HAS_INSTRUCTIONS, PROGRAM, READING
from elumenta_tui.text.sanitize import clean, clean_line


def apply(connection: sqlite3.Connection, change: Change, *, program: str, now: float) -> None:
    """Write a change. `program` is the id of this program, `now` is in Unix seconds."""
    match change:
        case SaveAnswer():
            _save_answer(connection, change, program, now)
        case SaveDraft():
            _save_draft(connection, change, now)
        case Rename() | SetFacts() | SaveQueued() | SaveParked() if is_deleted(
            connection, change.conversation.id
        ):
            # It was deleted in another window. Writing would bring a row back that has nothing but its title.
            pass
        case Rename():
            _ensure_row(connection, change.conversation, now, moves=False)
            if change.instead_of in (None, _title_of_row(connection, change.conversation.id)):
                _set(connection, change.conversation, title=change.title)
        case SetFacts():
            _ensure_row(connection, change.conversation, now, moves=False)
            _set(connection, change.conversation, **change.facts)
        case SaveQueued():
            _save_queued(connection, change, program, now)
        case SaveParked():
            _save_parked(connection, change, program, now)
        case Delete():
            if change.since is None or not is_used_since(connection, change, change.since):
                _delete(connection, change.conversation.id)
        case DeleteBranch():
            _delete_branch(connection, change)
        case OpenHere():
            use = _next_use(connection)
            PROGRAM.put(connection, {"id": program, "conversation": change.id, "used": use})
        case SaveCharge():
            CHARGE.put(connection, {**change.values, "program": program})
            # The answer may be one of a conversation that was left meanwhile.
            costs = {name: change.values[name] for name in COSTS if name in change.values}
            ANSWER.set(connection, change.values["id"], costs)
            if change.was_kept:
                connection.execute(
                    "UPDATE charge SET conversation = ? WHERE id = ?",
                    (change.values["conversation"], change.values["id"]),
                )
        case SaveReading():
            _save_reading(connection, change)
        case AddConversation():
            add(connection, change, program)
        case AddCharge():
            # Whatever is known of it here stays.
            CHARGE.put(connection, change.values, update=False)


def _save_reading(connection: sqlite3.Connection, change: SaveReading) -> None:
    last = connection.execute(
        "SELECT number, on_time, balance FROM reading WHERE account = ? ORDER BY number DESC LIMIT 2",
        (change.account,),
    ).fetchall()
    if len(last) == 2 and last[0]["balance"] == last[1]["balance"] == change.balance:
        # Of a balance that does not move, the first and the last reading are enough.
        connection.execute(
            "UPDATE reading SET on_time = max(on_time, ?) WHERE number = ?", (change.on, last[0]["number"])
        )
        return
    READING.put(connection, {"account": change.account, "on_time": change.on, "balance": change.balance})


def _save_draft(connection: sqlite3.Connection, change: SaveDraft, now: float) -> None:
    id = change.conversation.id
    before = _column(connection, "draft_with", id)
    along = draft_with(change.chips)
    if change.text or along:
        _ensure_row(connection, change.conversation, now)
        put_contents(connection, change.chips.attachments)
        _set(connection, change.conversation, draft=change.text, draft_with=along)
    else:
        _set(connection, change.conversation, draft="", draft_with="")
        _delete_if_empty(connection, id)
    if before:
        forget_unused(connection, digests_of_draft(before))


def _delete_if_empty(connection: sqlite3.Connection, id: str) -> None:
    """Delete a conversation without turns: it exists only as long as it has an unsent prompt or instructions."""
    connection.execute(
        "DELETE FROM conversation WHERE id = ? AND draft = '' AND draft_with = '' AND parked = ''"
        f" AND NOT {HAS_INSTRUCTIONS} AND NOT EXISTS (SELECT 1 FROM turn WHERE conversation = ?)",
        (id, id),
    )


def _save_parked(connection: sqlite3.Connection, change: SaveParked, program: str, now: float) -> None:
    id = change.conversation.id
    before = _column(connection, "parked", id)
    if change.draft is not None:
        _ensure_row(connection, change.conversation, now)
        put_contents(connection, change.draft.attachments)
    _set(connection, change.conversation, parked=with_parked(before, change, program))
    if change.draft is None:
        _delete_if_empty(connection, id)
        forget_unused(connection, digests_parked(before))


def _save_queued(connection: sqlite3.Connection, change: SaveQueued, program: str, now: float) -> None:
    id = change.conversation.id
    _ensure_row(connection, change.conversation, now, moves=False)
    before = _column(connection, "queued", id)
    queued = without_queued(before, change.id)
    if change.text:
        put_contents(connection, change.attachments)
        queued = with_queued(queued, change, program)
    _set(connection, change.conversation, queued=queued)
    if not change.text:
        forget_unused(connection, digests_queued(before))


def _column(connection: sqlite3.Connection, name: str, conversation: str) -> str:
    """Read a column of texts of a conversation."""
    row = connection.execute(f"SELECT {name} FROM conversation WHERE id = ?", (conversation,)).fetchone()
    return "" if row is None else text_of(row[name])


def _next_use(connection: sqlite3.Connection) -> int:
    """Return the next number in the order of use, which does not depend on a clock."""
    last: int = connection.execute(
        "SELECT max((SELECT coalesce(max(used), 0) FROM conversation), (SELECT coalesce(max(used), 0) FROM program))"
    ).fetchone()[0]
    return last + 1


def _ensure_row(
    connection: sqlite3.Connection, conversation: ConversationRecord, now: float, *, moves: bool = True
) -> None:
    """Ensure that the conversation row exists. `moves`: it was used now, which brings it to the top of the list."""
    use = _next_use(connection)
    deleted = is_deleted(connection, conversation.id)
    values = {
        **conversation.values,
        **({"pinned": False, "tags": ""} if deleted else {}),
        "title": "" if deleted else clean_line(conversation.title),
        "used_on": now,
        "used": use,
    }
    CONVERSATION.put(connection, values, update=False)
    if moves:
        connection.execute(
            "UPDATE conversation SET used_on = ?, used = ? WHERE id = ?", (now, use, conversation.id)
        )


def _set(connection: sqlite3.Connection, conversation: ConversationRecord, **facts: object) -> None:
    CONVERSATION.set(connection, conversation.id, facts)


# ---------------------------------------------------------------------------------------------------------------- turns


def _save_answer(connection: sqlite3.Connection, change: SaveAnswer, program: str, now: float) -> None:
    deleted = is_deleted(connection, change.conversation.id)
    has_news = change.text is not None or change.pieces or change.place
    if not has_news and (deleted or is_deleted(connection, change.answer.id)):
        # The answer was deleted in another window, and this change has no new text.
        return
    _ensure_row(connection, change.conversation, now)
    if not _is_titled(connection, change.conversation.id):
        # Text that comes after a deletion in another window is kept, but the deleted title does not come back.
        title = title_of(change.turn.prompt) if deleted else change.conversation.title
        _set(connection, change.conversation, title=title)
    turn = put_turn(connection, change.turn)
    _drop_void_pieces(connection, change.answer)
    _move(connection, change.answer, turn)
    number = put_answer(connection, turn, change.answer, program)
    for start, text in change.pieces.items():
        # Not cleaned: a piece may begin with a joiner or an accent, which cleaning would take for misplaced.
        connection.execute(
            "INSERT OR REPLACE INTO piece (answer, start, text) VALUES (?, ?, ?)", (number, start, text)
        )
    if change.text is not None:
        put_text(connection, number, clean(change.text))
    elif AnswerState(change.answer.state).final:
        index(connection, number)
    if change.place:
        facts = prompt_sent(change)
        along = _column(connection, "draft_with", change.conversation.id) if "draft_with" in facts else ""
        _set(connection, change.conversation, **facts)
        if along:
            forget_unused(connection, digests_of_draft(along))
    if change.queued:
        queued = without_queued(_column(connection, "queued", change.conversation.id), change.queued)
        _set(connection, change.conversation, queued=queued)


def _move(connection: sqlite3.Connection, answer: AnswerRecord, turn: int) -> None:
    """Move an answer to its turn, if it is below another one: its own was lost by damage, and is saved anew."""
    row = connection.execute("SELECT number, turn FROM answer WHERE id = ?", (answer.id,)).fetchone()
    if row is None or row["turn"] == turn:
        return
    # The index knows it with the prompt of the other turn.
    unindex(connection, row["number"])
    connection.execute("UPDATE answer SET turn = ? WHERE number = ?", (turn, row["number"]))
    connection.execute(
        "DELETE FROM turn WHERE number = ? AND NOT EXISTS (SELECT 1 FROM answer WHERE turn = ?)",
        (row["turn"], row["turn"]),
    )
    if AnswerState(answer.state).final:
        index(connection, row["number"])


def _drop_void_pieces(connection: sqlite3.Connection, answer: AnswerRecord) -> None:
    """Delete the pieces of an answer that belong to a text which another one has replaced."""
    connection.execute(
        "DELETE FROM piece WHERE answer IN (SELECT number FROM answer WHERE id = ? AND revision <> ?)",
        (answer.id, answer.revision),
    )


def _is_titled(connection: sqlite3.Connection, conversation: str) -> bool:
    return bool(_title_of_row(connection, conversation))


def _title_of_row(connection: sqlite3.Connection, conversation: str) -> str:
    row = connection.execute("SELECT title FROM conversation WHERE id = ?", (conversation,)).fetchone()
    return "" if row is None else text_of(row["title"])


# ------------------------------------------------------------------------------------------------------------- deleting


_BEGIN_MERGING, _MERGING = "begin merging", "merging"


def is_deleted(connection: sqlite3.Connection, id: str) -> bool:
    """Whether a conversation or an answer was deleted while this or another program may have had it open."""
    chore = f"{DELETED}{id}"
    return connection.execute("SELECT 1 FROM chore WHERE name = ?", (chore,)).fetchone() is not None


def forget_deleted(connection: sqlite3.Connection) -> None:
    """Forget what was deleted: no other program is running that may have it open."""
    connection.execute("DELETE FROM chore WHERE name LIKE ?", (f"{DELETED}%",))


def is_used_since(connection: sqlite3.Connection, change: Delete, since: float) -> bool:
    """Whether a conversation has got a prompt or another draft after the user has decided to delete it."""
    row = connection.execute(
        "SELECT substr(draft, 1, :shown) AS draft, EXISTS (SELECT 1 FROM turn JOIN answer ON answer.turn = turn.number"
        " WHERE conversation = :id AND asked_on > :since) AS is_asked FROM conversation WHERE id = :id",
        {"id": change.conversation.id, "since": since, "shown": DRAFT_SHOWN},
    ).fetchone()
    if row is None:
        return False
    draft = clean(text_of(row["draft"]))
    return bool(row["is_asked"]) or draft not in ("", clean(change.draft))


def _delete(connection: sqlite3.Connection, conversation: str) -> None:
    _unindex_answers(connection, "turn.conversation = ?", conversation)
    digests = named_in(connection, "conversation = ?", (conversation,))
    digests += digests_queued(_column(connection, "queued", conversation))
    digests += digests_parked(_column(connection, "parked", conversation))
    digests += digests_of_draft(_column(connection, "draft_with", conversation))
    connection.execute("DELETE FROM conversation WHERE id = ?", (conversation,))
    connection.execute("UPDATE charge SET conversation = '' WHERE conversation = ?", (conversation,))
    forget_unused(connection, digests)
    connection.executemany(
        "INSERT OR REPLACE INTO chore (name) VALUES (?)", [(_BEGIN_MERGING,), (f"{DELETED}{conversation}",)]
    )


def _delete_branch(connection: sqlite3.Connection, change: DeleteBranch) -> None:
    digests = [digest for id in change.turns for digest in named_in(connection, "id = ?", (id,))]
    for id in change.answers:
        _unindex_answers(connection, "answer.id = ?", id)
        connection.execute("DELETE FROM answer WHERE id = ?", (id,))
    connection.executemany(
        "DELETE FROM turn WHERE id = ? AND NOT EXISTS (SELECT 1 FROM answer WHERE answer.turn = turn.number)",
        [(id,) for id in change.turns],
    )
    forget_unused(connection, digests)
    chores = [_BEGIN_MERGING, *(f"{DELETED}{id}" for id in change.answers)]
    connection.executemany("INSERT OR REPLACE INTO chore (name) VALUES (?)", [(chore,) for chore in chores])


def _unindex_answers(connection: sqlite3.Connection, which: str, id: str) -> None:
    numbers = connection.execute(
        f"SELECT answer.number FROM turn JOIN answer ON answer.turn = turn.number WHERE {which}", (id,)
    ).fetchall()
    for (number,) in numbers:
        unindex(connection, number)


MERGED_AT_ONCE = 200
"""Pages of the index that are merged in one transaction, which takes some milliseconds."""


def scrub(connection: sqlite3.Connection) -> bool:
    """Remove a part of the deleted text from the file, in a transaction of its own; returns whether there is more to do.

    Words that are deleted from the index stay readable in it until its segments are merged. The write-ahead log holds old
    pages until it is emptied.
    """
    chores = {row["name"] for row in connection.execute("SELECT name FROM chore").fetchall()}
    if not chores & {_BEGIN_MERGING, _MERGING}:
        return not _empty_log(connection)
    try:
        transact(connection, lambda: _merge(connection, begins=_BEGIN_MERGING in chores))
    except sqlite3.Error as error:
        if not is_of_index(error):
            raise
        transact(connection, lambda: condemn(connection))
    return True


def _merge(connection: sqlite3.Connection, *, begins: bool) -> None:
    before = connection.total_changes
    # A negative number makes FTS5 begin a merge of all segments, however small they are.
    pages = -MERGED_AT_ONCE if begins else MERGED_AT_ONCE
    connection.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
    is_done = connection.total_changes - before < 2
    connection.execute("DELETE FROM chore WHERE name IN (?, ?)", (_BEGIN_MERGING, _MERGING))
    if not is_done:
        connection.execute("INSERT INTO chore (name) VALUES (?)", (_MERGING,))


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Empty the write-ahead log; returns whether that was possible: another connection may be reading from it."""
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")
    return not busy
