"""Lists of conversations, previews of them and prompts that were sent: all, or those that match what was typed."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from functools import cache
from typing import NamedTuple

from elumenta_tui.chat.failure import STOPPED
from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.store.attachments import attached_texts
from elumenta_tui.store.deleting import IS_LISTED
from elumenta_tui.store.facts import held_by, line_of, seconds_of, text_of
from elumenta_tui.store.failures import is_stopped
from elumenta_tui.store.filters import NO_FILTERS, Filters
from elumenta_tui.store.queue import queue_length
from elumenta_tui.store.reading import ANSWERS, Alive, read_answer
from elumenta_tui.store.records import DRAFT_SHOWN, Summary
from elumenta_tui.store.search import expression, is_in
from elumenta_tui.store.tables import HAS_DRAFT
from elumenta_tui.text.matching import Wanted, fold, has_place, places_of
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.text.tags import tags_of

_SUMMARIES = f"""
    SELECT conversation.id, title, used_on, archived, conversation.pinned AS pinned, tags, {HAS_DRAFT} AS has_draft, substr(draft, 1, {DRAFT_SHOWN}) AS draft, queued,
        coalesce(requests, 0) AS requests, state, failure, program, model_name
    FROM conversation LEFT JOIN (
        SELECT conversation, count(*) AS requests, max(answer.number) AS last
        FROM turn JOIN answer ON answer.turn = turn.number GROUP BY conversation
    ) ON conversation = conversation.id LEFT JOIN answer ON answer.number = last
    WHERE demo = :demo AND {IS_LISTED}
"""


def summaries(
    connection: sqlite3.Connection,
    ways: Sequence[str],
    *,
    demo: bool,
    alive: Alive,
    filters: Filters = NO_FILTERS,
) -> list[Summary]:
    """List conversations, the one used last first: all, or those whose title, prompts or answers match and that meet the filters.

    Of those that match, the ones with a title that matches go first: whoever types a title looks for its conversation.
    `ways` are the readings of the typed text in several keyboard layouts.
    """
    typed = [way for way in ways if way.strip()]
    condition, values = filters.condition()
    found = _found(connection, typed)
    rows: list[Summary] = []
    by_title: list[Summary] = []
    # There are few models, and thousands of conversations.
    name_of = cache(lambda name: clean_line(text_of(name)))
    query = f"{_SUMMARIES} AND {condition} ORDER BY used DESC"
    for row in connection.execute(query, {**values, "demo": demo}):
        times, number = found.get(row["id"], (0, 0))
        title = text_of(row["title"])
        named = title or text_of(row["draft"])
        is_titled = any(is_in(way, fold(named)) for way in typed)
        if typed and not times and not is_titled:
            continue
        if not row["requests"] and not row["has_draft"]:
            continue
        state = row["state"] or ""
        if state in ("waiting", "streaming") and not alive(row["program"]):
            state = AnswerState.INTERRUPTED.value
        if is_stopped(row["failure"]):
            state = STOPPED
        summary = Summary(
            id=row["id"],
            title=clean_line(title),
            used_on=seconds_of(row["used_on"]) or 0.0,
            requests=row["requests"],
            model=name_of(row["model_name"]),
            state=state,
            has_draft=bool(row["has_draft"]),
            archived=bool(row["archived"]),
            found=times,
            found_answer=number,
            draft=clean(text_of(row["draft"])) if row["has_draft"] else "",
            is_pinned=bool(row["pinned"]),
            tags=tags_of(line_of(row["tags"])) if row["tags"] else (),
            queued=queue_length(row["queued"]) if row["queued"] else 0,
        )
        if not filters.states or filters.has_state(summary):
            (by_title if is_titled else rows).append(summary)
    return by_title + rows


def _found(connection: sqlite3.Connection, typed: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return by conversation the number of answers that match, and the row number of the newest of them."""
    # What was typed as it stands is what is meant, if it is anywhere.
    return _answers_with(connection, expression(typed, as_phrase=True)) or _answers_with(
        connection, expression(typed)
    )


def _answers_with(connection: sqlite3.Connection, wanted: str) -> dict[str, tuple[int, int]]:
    if not wanted:
        return {}
    return {
        row["conversation"]: (row["times"], row["newest"])
        for row in connection.execute(
            "SELECT conversation, count(*) AS times, max(answer.number) AS newest"
            " FROM answer JOIN turn ON turn.number = answer.turn"
            " WHERE answer.number IN (SELECT rowid FROM words WHERE words MATCH ?) GROUP BY conversation",
            (wanted,),
        )
    }


_TURNS = """
    SELECT turn.number, turn.id, turn.parent, is_branch, answer.id AS answer
    FROM turn LEFT JOIN answer ON answer.turn = turn.number WHERE conversation = ? ORDER BY turn.number
"""


def turns_on_path(connection: sqlite3.Connection, conversation: str) -> int:
    """Count the turns of a conversation that its path leads through: those that are on the screen when it is opened.

    It reads no texts. A turn whose parent is unknown follows the one before it, as in `tree`.
    """
    before: dict[str, str] = {}
    """The turn before each one, by their ids; empty for a first one."""
    turn_of: dict[str, str] = {}
    rows = connection.execute(_TURNS, (conversation,)).fetchall()
    turn_of.update((text_of(row["answer"]), text_of(row["id"])) for row in rows)
    last = ""
    for row in rows:
        id = text_of(row["id"])
        if id not in before:
            before[id] = turn_of.get(text_of(row["parent"]), "" if row["is_branch"] else last)
            last = id
    found = connection.execute("SELECT head FROM conversation WHERE id = ?", (conversation,)).fetchone()
    head = text_of(found["head"]) if found is not None else ""
    turn = head if head in before else last
    path: set[str] = set()
    # A damaged file may lead in a circle.
    while turn and turn not in path:
        path.add(turn)
        turn = before.get(turn, "")
    return len(path)


LOOKED_THROUGH = 20
"""Rows that are read for each wanted prompt: many may have the same text."""


def prompts(
    connection: sqlite3.Connection,
    ways: Sequence[str],
    *,
    demo: bool,
    limit: int,
    without: Collection[str] = (),
) -> list[str]:
    """List prompts, each text once, the newest first; with `ways`, only those that match.

    `without`: ids of conversations whose prompts are left out.
    """
    wanted = expression(way for way in ways if way.strip())
    matching = (
        "AND number IN (SELECT turn FROM answer WHERE number IN (SELECT rowid FROM words WHERE words MATCH :wanted))"
        if wanted
        else ""
    )
    rows = connection.execute(
        f"SELECT conversation, prompt FROM turn JOIN conversation ON conversation.id = conversation"
        f" WHERE demo = :demo AND {IS_LISTED} {matching} ORDER BY number DESC LIMIT :limit",
        {"demo": demo, "limit": limit * LOOKED_THROUGH, "wanted": f"prompt : ({wanted})"},
    )
    # A dict keeps the order in which its keys came.
    found: dict[str, None] = {}
    for row in rows:
        if row["conversation"] in without:
            continue
        found[text_of(row["prompt"])] = None
        if len(found) == limit:
            break
    return list(found)


class Excerpt(NamedTuple):
    """An answer and its prompt in a preview."""

    prompt: str
    answer: str
    model: str
    state: str
    asked_on: float | None
    attached: str = ""
    """Text of an attached file around its first match, if neither the prompt nor the answer has one."""
    attached_name: str = ""
    """Name of that file."""


EXCERPT_LIMIT = 4_000
"""Characters of a prompt or an answer in a preview."""


def excerpts(
    connection: sqlite3.Connection, conversation: str, *, found_answer: int, ways: Sequence[str], alive: Alive
) -> list[Excerpt]:
    """Read the last answers of a conversation, oldest first; or the one numbered `found_answer`, from its first match on."""
    rows = connection.execute(
        f"{ANSWERS} WHERE conversation = ? AND answer.number IS NOT NULL AND (? = 0 OR answer.number = ?)"
        " ORDER BY answer.number DESC LIMIT 3",
        (conversation, found_answer, found_answer),
    ).fetchall()
    found = []
    for row in reversed(rows):
        turn, answer, text = read_answer(connection, held_by(row), alive)
        assert answer is not None
        name, attached = "", ""
        if (
            found_answer
            and row["attachments"]
            and not (has_place(turn.prompt, ways) or has_place(text, ways))
        ):
            name, attached = _in_attached(connection, row["attachments"], ways)
        found.append(
            Excerpt(
                _around(turn.prompt, ways),
                _around(text, ways),
                answer.model_name,
                answer.outcome,
                answer.asked_on,
                attached,
                name,
            )
        )
    return found


def _in_attached(connection: sqlite3.Connection, column: object, ways: Sequence[str]) -> tuple[str, str]:
    """Return the name of the first attached text that matches, and its lines from a little before the match on."""
    for name, text in attached_texts(connection, column):
        if (place := next(places_of(text, ways), None)) is not None:
            line = text.rfind("\n", 0, place.start) + 1
            return name, text[max(line, place.start - 100) : place.start + ATTACHED_SHOWN]
    return "", ""


def _around(text: str, ways: Sequence[str]) -> str:
    """Cut a text to EXCERPT_LIMIT characters from a little before the first match, or from its start."""
    first = next(places_of(text, ways), None)
    start = 0
    if first is not None and first.start > 300:
        start = text.rfind("\n", 0, first.start - 100) + 1 or first.start - 100
    part = text[start : start + EXCERPT_LIMIT]
    return f"…{part}" if start else part


ATTACHED_SHOWN = 500
"""Characters of an attached text in a preview, from its match on."""

COUNTED_CHARACTERS = 4_000_000
"""Characters of attached texts in which matches are counted, which takes some tenths of a second."""

COUNTED_ANSWERS = 300
"""Largest number of answers in which matches are counted, which takes some hundredths of a second."""


def hits(connection: sqlite3.Connection, conversation: str, ways: Sequence[str]) -> int | None:
    """Count the places in one conversation that match; None if more than COUNTED_ANSWERS of its answers do, or if their attached texts
    are too long."""
    found = _places(connection, conversation, ways, as_phrase=True)
    return _places(connection, conversation, ways, as_phrase=False) if found == 0 else found


def _places(
    connection: sqlite3.Connection, conversation: str, ways: Sequence[str], *, as_phrase: bool
) -> int | None:
    wanted = Wanted(ways, as_phrase=as_phrase)
    if not wanted:
        return 0
    rows = connection.execute(
        "SELECT prompt, text, attachments FROM turn JOIN answer ON answer.turn = turn.number"
        " JOIN passage ON passage.answer = answer.number WHERE conversation = ?"
        " AND answer.number IN (SELECT rowid FROM words WHERE words MATCH ?) LIMIT ?",
        (conversation, expression(ways, as_phrase=as_phrase), COUNTED_ANSWERS + 1),
    ).fetchall()
    if len(rows) > COUNTED_ANSWERS:
        return None
    count, rest = 0, COUNTED_CHARACTERS
    for row in rows:
        texts = [text_of(row["prompt"]), text_of(row["text"])]
        if row["attachments"] is not None:
            attached = [text for _, text in attached_texts(connection, row["attachments"])]
            rest -= sum(map(len, attached))
            if rest < 0:
                return None
            texts += attached
        count += sum(1 for text in texts for _ in wanted.places(text))
    return count
