"""`elumenta-tui chats list`: searches with the words and the filters of the app's list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

from elumenta_tui.cli.chats_finding import name_of, shortest_length
from elumenta_tui.cli.database import database_path, has_demo_only, is_alive, read_database
from elumenta_tui.cli.json_output import json_lines, local, utc
from elumenta_tui.cli.progress import progress
from elumenta_tui.cli.running import CommandFailed
from elumenta_tui.cli.stdio import NOTHING_THERE, OK, WRONG_USAGE, complain, put_out
from elumenta_tui.cli.tables import Look, cut, standard_look, table
from elumenta_tui.i18n import in_every_language, say, spoken
from elumenta_tui.session.search_terms import SearchTerms, parse
from elumenta_tui.store.ids import safe_id
from elumenta_tui.store.listing import summaries, turns_on_path
from elumenta_tui.store.records import Summary
from elumenta_tui.text.layouts import ways
from elumenta_tui.text.tags import shown

if TYPE_CHECKING:
    import argparse

    from elumenta_tui.store.guarded import Guarded

_ON_TERMINAL = 30
"""Conversations that a terminal gets if no other limit is given."""

_TURNS_FROM, _MODEL_FROM, _NOTES_FROM = 60, 90, 46
"""Columns of a terminal from which on it shows the number of turns, the model and the notes."""

_NOTES = 28
"""Columns of the notes on a terminal, at most."""


class _Listed(NamedTuple):
    """A conversation that is listed."""

    summary: Summary
    turns: int
    """Turns that its path leads through, as it would be shown."""


def run(verb: str, arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print the conversations that are found. Return the exit code. Raises CommandFailed."""
    terms = parse(" ".join(arguments.words), time(), in_every_language)
    if terms.complaint is not None:
        if terms.is_misread:
            raise CommandFailed(WRONG_USAGE, spoken(terms.complaint))
        complain(spoken(terms.complaint))
    look = standard_look(environ)
    on_terminal = _ON_TERMINAL if look.width and not arguments.json else 0
    limit = arguments.limit if arguments.limit is not None else on_terminal
    with progress(say("chats.searching")), read_database(environ) as connection:
        rows = _found(connection, terms, arguments, environ)
        length = shortest_length(connection)
        is_demo_only = not rows and not arguments.demo and has_demo_only(connection)
        listed = [_Listed(row, turns_on_path(connection, row.id)) for row in rows[: limit or None]]
    if arguments.json:
        code = put_out([json_lines([_as_json(row, demo=arguments.demo) for row in listed])], encoding="utf-8")
        return code if rows or code != OK else NOTHING_THERE
    if is_demo_only:
        raise CommandFailed(NOTHING_THERE, say("export.nothing_but_demo", path=database_path(environ)))
    if not rows:
        raise CommandFailed(NOTHING_THERE, say("chats.none_found"))
    code = put_out(_table(listed, look, length))
    if len(listed) < len(rows):
        complain(say("chats.more", n=len(rows), shown=len(listed)))
    return code


def _found(
    connection: Guarded, terms: SearchTerms, arguments: argparse.Namespace, environ: Mapping[str, str]
) -> list[Summary]:
    """Return the conversations that the app's list would show, in its order."""
    found = summaries(
        connection, ways(terms.words), demo=arguments.demo, alive=is_alive(environ), filters=terms.filters
    )
    if not (arguments.archived or terms.filters.archived):
        found = [row for row in found if not row.archived]
    # Sorting keeps the order of use among the pinned ones, and among the others.
    return sorted(found, key=lambda row: not row.is_pinned)


def _as_json(listed: _Listed, *, demo: bool) -> dict[str, Any]:
    row = listed.summary
    return {
        "id": safe_id(row.id),
        "title": name_of(row),
        "used_at": utc(row.used_on),
        "turns": listed.turns,
        "answers": row.requests,
        "model": row.model,
        "state": row.state or None,
        "archived": row.archived,
        "pinned": row.is_pinned,
        "tags": list(row.tags),
        "has_draft": row.has_draft,
        "queued": row.queued,
        "turns_found": row.found,
        "demo": demo,
    }


def _table(listed: list[_Listed], look: Look, length: int) -> Iterator[str]:
    width = look.width or 1_000
    rows = [each.summary for each in listed]
    columns = {
        say("chats.head.id"): [safe_id(row.id)[:length] for row in rows],
        say("chats.head.used"): [local(row.used_on) for row in rows],
        say("chats.head.title"): [name_of(row) for row in rows],
    }
    right = []
    if width >= _TURNS_FROM:
        right.append(len(columns))
        columns[say("chats.head.turns")] = [str(each.turns) for each in listed]
    if width >= _MODEL_FROM:
        columns[say("chats.head.model")] = [row.model for row in rows]
    if width >= _NOTES_FROM:
        notes = [_notes(row) for row in rows]
        columns[say("chats.head.notes")] = [cut(note, _NOTES) for note in notes] if look.width else notes
    return table(list(columns), list(zip(*columns.values(), strict=True)), look, right=right, flexible=2)


def _notes(row: Summary) -> str:
    """Return what is unusual about a conversation, and its tags."""
    notes = [
        say("list.found", n=row.found) if row.found else "",
        say("list.pinned") if row.is_pinned else "",
        say("list.archived") if row.archived else "",
        say("list.draft") if row.has_draft else "",
        say("list.queued", n=row.queued) if row.queued else "",
        say(f"state.{row.state}").lower() if row.state not in ("", "complete") else "",
        shown(row.tags),
    ]
    return ", ".join(filter(None, notes))
