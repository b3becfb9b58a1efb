"""Unsaved changes applied to what was read: while nothing can be saved, nothing is missing on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from elumenta_tui.chat.draft import NOTHING
from elumenta_tui.store.attachments import MOST_SEARCHED
from elumenta_tui.store.changes import (
    AddConversation,
    Change,
    Delete,
    DeleteBranch,
    Pending,
    Rename,
    SaveAnswer,
    SaveDraft,
    SaveParked,
    SaveQueued,
    SetFacts,
    prompt_sent,
)
from elumenta_tui.store.drafts import parked_with
from elumenta_tui.store.filters import NO_FILTERS, Filters
from elumenta_tui.store.queue import queue_with
from elumenta_tui.store.records import DRAFT_SHOWN, ConversationRecord, Summary
from elumenta_tui.store.search import is_in
from elumenta_tui.store.tables import CONVERSATION
from elumenta_tui.store.tree import Stored, Tree
from elumenta_tui.text.matching import fold, words_of
from elumenta_tui.text.sanitize import clean
from elumenta_tui.text.tags import tags_of


def _of(pending: Pending, conversation: str) -> list[Change]:
    return [change for change in pending if _record(change).id == conversation]


_NONE = ConversationRecord("", "", demo=False, created_on=0.0)


def _record(change: Change) -> ConversationRecord:
    return getattr(change, "conversation", _NONE)


def stored_with(stored: Stored | None, pending: Pending, conversation: str) -> Stored | None:
    """Return a conversation with the changes in `pending` applied; None if it does not exist, or is deleted."""
    tree: Tree | None = None
    facts: dict[str, Any] = {}
    for change in _of(pending, conversation):
        if isinstance(change, Delete):
            stored, tree, facts = None, None, {}
            continue
        if stored is None:
            record = _record(change)
            values = {**CONVERSATION.defaults, **record.values, "used_on": record.created_on}
            stored = Stored.from_values(values, [])
        match change:
            case SaveAnswer():
                tree = tree or Tree(stored.conversation)
                _put(tree, change)
                if change.place and "draft" in (sent := prompt_sent(change)):
                    facts.update(sent, chips=NOTHING)
                elif change.place:
                    facts.update(sent)
                stored.conversation.queued = queue_with(stored.conversation.queued, change.queued)
            case AddConversation():
                tree = tree or Tree(stored.conversation)
                for turn, answer, text in change.answers:
                    if not tree.has(answer.id):
                        tree.put(turn, answer, text)
            case SaveQueued():
                queued = queue_with(
                    stored.conversation.queued,
                    change.id,
                    change.text,
                    change.place,
                    change.attachments,
                    change.model,
                )
                stored.conversation.queued = queued
            case DeleteBranch():
                tree = tree or Tree(stored.conversation)
                tree.remove(change.answers, change.turns)
            case SaveDraft():
                facts.update(draft=change.text, chips=change.chips)
            case SaveParked():
                stored.conversation.parked = parked_with(stored.conversation.parked, change)
            case Rename() if change.instead_of in (None, facts.get("title", stored.conversation.title)):
                facts["title"] = change.title
            case SetFacts():
                facts.update(change.facts)
    if stored is None:
        return None
    return (stored if tree is None else stored.with_turns(tree.turns())).changed(facts)


def _put(tree: Tree, change: SaveAnswer) -> None:
    text = change.text
    if text is None:
        text = tree.text_of(change.answer)
        for start, piece in sorted(change.pieces.items()):
            text = text[:start] + piece
    tree.put(change.turn, change.answer, text)


def summaries_with(
    rows: list[Summary],
    pending: Pending,
    ways: Sequence[str],
    *,
    demo: bool,
    filters: Filters = NO_FILTERS,
) -> list[Summary]:
    """Return the list with the changes in `pending` applied: pinned conversations first, then new ones that match the search."""
    known = {row.id: row for row in rows}
    fresh: dict[str, Summary] = {}
    for change in pending:
        record = _record(change)
        if not record.id or record.demo != demo:
            continue
        row = fresh.get(record.id) or known.get(record.id)
        if isinstance(change, Delete):
            known.pop(record.id, None)
            fresh.pop(record.id, None)
            continue
        if row is None:
            row = Summary(
                record.id, record.title, record.created_on, 0, "", "", has_draft=False, archived=False
            )
        fresh[record.id] = _changed(row, change, is_new=record.id not in known)
    typed = [way for way in ways if way.strip()]
    new = [
        row
        for row in fresh.values()
        if row.id not in known
        and (row.requests or row.has_draft)
        and filters.fits_new(row)
        and (
            not typed
            or any(
                is_in(way, fold(row.title or row.draft)) or _is_in_answers(way, pending, row.id)
                for way in typed
            )
        )
    ]
    known_now = [fresh.get(row.id, row) for row in rows if row.id in known]
    found = [*reversed(new), *[row for row in known_now if row.id not in fresh or filters.fits(row)]]
    # Sorting keeps the order of use among the pinned ones, and among the others.
    return sorted(found, key=lambda row: not row.is_pinned)


def _changed(row: Summary, change: Change, *, is_new: bool) -> Summary:
    match change:
        case SaveAnswer():
            answer = change.answer
            return row._replace(
                requests=row.requests + (1 if is_new or change.place else 0),
                model=answer.model_name,
                state=answer.outcome,
                used_on=answer.asked_on or row.used_on,
            )
        case SaveDraft():
            has_draft = bool(change.text or change.chips.attachments)
            return row._replace(has_draft=has_draft, draft=clean(change.text)[:DRAFT_SHOWN])
        case SaveParked():
            return row._replace(has_draft=row.has_draft or change.draft is not None)
        case Rename() if change.instead_of in (None, row.title):
            return row._replace(title=change.title)
        case SetFacts(facts=facts):
            return row._replace(
                archived=facts.get("archived", row.archived),
                is_pinned=facts.get("pinned", row.is_pinned),
                tags=tags_of(facts["tags"]) if "tags" in facts else row.tags,
            )
    return row


def _is_in_answers(way: str, pending: Pending, conversation: str) -> bool:
    words = words_of(way)
    return bool(words) and any(
        all(word in fold(_searched(change)) for word in words)
        for change in _of(pending, conversation)
        if isinstance(change, SaveAnswer)
    )


def _searched(change: SaveAnswer) -> str:
    attached = "\n".join(each.text for each in change.turn.attachments)[:MOST_SEARCHED]
    return f"{change.turn.prompt} {change.text or ''} {attached}"
