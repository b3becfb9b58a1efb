"""Verbs of `elumenta-tui chats` that change stored conversations, as the app's list does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from elumenta_tui.cli.chats_finding import Found, as_sentence_names, found_by_id
from elumenta_tui.cli.database import database_path, read_database
from elumenta_tui.cli.progress import progress
from elumenta_tui.cli.running import CommandFailed
from elumenta_tui.cli.stdio import FAILED, OK, WRONG_USAGE, complain
from elumenta_tui.i18n import say
from elumenta_tui.store import Store, damaged_copies
from elumenta_tui.store.changes import Change, Delete, Rename, SetFacts
from elumenta_tui.store.events import NotSaving, StoreEvent
from elumenta_tui.store.records import ConversationRecord
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.text.tags import SIGNS, changed, shown

if TYPE_CHECKING:
    import argparse

_PATIENCE = 15.0
"""Seconds for one change: another program may be opening the database."""

_DELETING_PATIENCE = 60.0
"""Seconds in which deleted text is removed from the files. It takes as long only where there is very much of it."""


def run(verb: str, arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Change conversations. Return the exit code. Raises CommandFailed."""
    if verb == "rename":
        return _rename(arguments, environ)
    if verb == "tag":
        return _tag(arguments, environ)
    found = _find(arguments.ids, arguments, environ)
    if verb == "delete":
        return _delete(found, environ, is_confirmed=arguments.yes)
    name, value = {
        "archive": ("archived", True),
        "unarchive": ("archived", False),
        "pin": ("pinned", True),
        "unpin": ("pinned", False),
    }[verb]
    _save(environ, *(SetFacts(_record(each), {name: value}) for each in found))
    complain(f"{say(_DONE[verb])} {as_sentence_names(found)}")
    return OK


_DONE = {
    "archive": "chats.archived",
    "unarchive": "chats.unarchived",
    "pin": "chats.pinned",
    "unpin": "chats.unpinned",
}
"""Keys of what is said when it is done, by verb."""


def _find(
    beginnings: Sequence[str], arguments: argparse.Namespace, environ: Mapping[str, str]
) -> list[Found]:
    """Find all conversations before any is changed."""
    with progress(say("chats.reading")), read_database(environ) as connection:
        return found_by_id(connection, beginnings, environ, demo=arguments.demo)


def _rename(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    title = clean_line(arguments.title)
    if not title:
        raise CommandFailed(WRONG_USAGE, say("chats.no_title"))
    [found] = _find([arguments.id], arguments, environ)
    _save(environ, Rename(_record(found), title))
    complain(f"{say('chats.renamed')} {say('list.quoted', title=title)}")
    return OK


def _tag(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    ids = [word for word in arguments.ids if word[:1] not in ("+", "−", *SIGNS)]
    typed = [word.lstrip("+") for word in arguments.ids if word not in ids]
    if not ids or not typed:
        raise CommandFailed(WRONG_USAGE, say("chats.no_tags"))
    for word in typed:
        if len(word.split()) > 1:
            # Two tags, silently, are not what the quotes were for.
            sign = "-" if word[0] in "-−" else "+"
            like = f"{sign}{'-'.join(word.lstrip('-−').split())}"
            raise CommandFailed(WRONG_USAGE, say("chats.tag_is_a_word", like=clean_line(like, 60)))
    found = _find(ids, arguments, environ)
    tags = [changed(each.summary.tags, " ".join(typed)) for each in found]
    facts = zip(found, tags, strict=True)
    _save(environ, *(SetFacts(_record(each), {"tags": " ".join(own)}) for each, own in facts))
    for each, own in zip(found, tags, strict=True):
        complain(f"{as_sentence_names([each])} {shown(own) or say('chats.untagged')}")
    return OK


def _record(found: Found) -> ConversationRecord:
    summary = found.summary
    return ConversationRecord(summary.id, summary.title, found.demo, summary.used_on)


def _save(environ: Mapping[str, str], *changes: Change) -> None:
    """Write changes together. Raises CommandFailed if they can't be written; then none of them is."""
    troubles: list[NotSaving] = []
    with progress(say("chats.saving")):
        store = _started(environ, troubles)
        done = store.put(*changes)
        try:
            is_saved = done.result(_PATIENCE)
        except TimeoutError:
            is_saved = False
        unsaved = store.close(_PATIENCE if is_saved else 0.5)
    if not is_saved or unsaved:
        raise CommandFailed(FAILED, say("chats.unsaved", reason=_reason(store.path, troubles)))


def _started(environ: Mapping[str, str], troubles: list[NotSaving]) -> Store:
    def note(event: StoreEvent) -> None:
        if isinstance(event, NotSaving):
            troubles.append(event)

    # What crashed programs have left is for the next window, which shows it.
    store = Store(database_path(environ).parent, note, looks_back=False)
    store.start()
    return store


def _reason(path: Path, troubles: Sequence[NotSaving]) -> str:
    if not troubles:
        return say("saving.locked", path=path)
    return say(f"saving.{troubles[-1].trouble.value}", path=path, detail=troubles[-1].detail)


def _delete(found: Sequence[Found], environ: Mapping[str, str], *, is_confirmed: bool) -> int:
    """Delete conversations as the app does at its end: from the database, its index and its log."""
    coming = [each for each in found if each.summary.state in ("waiting", "streaming")]
    if coming:
        raise CommandFailed(FAILED, say("chats.still_answering", titles=as_sentence_names(coming)))
    if not is_confirmed:
        _confirm(found)
    now, troubles = time(), list[NotSaving]()
    deletions = [Delete(_record(each), since=now, draft=each.summary.draft) for each in found]
    with progress(say("chats.deleting")):
        store = _started(environ, troubles)
        # An empty change: a database that can't be written says so now, and not at the end.
        try:
            is_open = store.put().result(_PATIENCE)
        except TimeoutError:
            is_open = False
        if is_open:
            store.delete_at_end(deletions)
        unsaved = store.close(_DELETING_PATIENCE if is_open else 0.5)
    if not is_open or unsaved:
        raise CommandFailed(FAILED, say("chats.unsaved", reason=_reason(store.path, troubles)))
    with read_database(environ) as connection:
        wanted = [each.summary.id for each in found]
        marks = ", ".join("?" * len(wanted))
        rows = connection.execute(f"SELECT id FROM conversation WHERE id IN ({marks})", wanted).fetchall()
    kept = [each for each in found if each.summary.id in {row["id"] for row in rows}]
    gone = [each for each in found if each not in kept]
    if gone:
        complain(f"{say('chats.deleted')} {as_sentence_names(gone)}")
    if copies := damaged_copies(store.path):
        complain(say("chats.copies", paths=", ".join(copy.name for copy in copies)))
    if kept:
        raise CommandFailed(FAILED, say("chats.kept", titles=as_sentence_names(kept)))
    return OK


def _confirm(found: Sequence[Found]) -> None:
    """Ask at the terminal. Raises CommandFailed if there is none, or if the user does not say yes."""
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stderr)):
        raise CommandFailed(WRONG_USAGE, say("chats.needs_yes"))
    titles = as_sentence_names(found)
    one = say("chats.delete_one", titles=titles)
    question = one if len(found) == 1 else f"{say('chats.delete_many', n=len(found))} {titles}"
    complain(f"{question} {say('chats.yes_or_no')}")
    line: str = sys.stdin.readline()
    if line.strip().lower() not in say("guard.yes").split():
        raise CommandFailed(FAILED, say("chats.not_deleted"))


def _is_terminal(stream: object) -> bool:
    isatty: Callable[[], bool] | None = getattr(stream, "isatty", None)
    try:
        return isatty is not None and isatty()
    except ValueError:
        return False
