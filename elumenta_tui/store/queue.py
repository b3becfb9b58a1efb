"""The column `queued` of a conversation: a JSON list of prompts, each with its id, its place, and the program that will send it.

Prompts are put in and taken out one by one, so that two programs with the same conversation do not overwrite each other's. In a
stranger's file the column may hold anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.store.changes import SaveQueued
from elumenta_tui.store.facts import line_of, text_of
from elumenta_tui.store.ids import is_id
from elumenta_tui.store.records import ConversationRecord
from elumenta_tui.store.references import as_items, of_items
from elumenta_tui.text.sanitize import clean, clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment


def _items(column: object) -> list[dict[str, Any]]:
    """Read the entries of the column, the next prompt first."""
    source = text_of(column)
    if not source:
        # As nearly always: a conversation that is opened does not wait for the JSON module.
        return []
    import json

    try:
        found = json.loads(source)
    except (ValueError, RecursionError):
        return []
    items = [item for item in found if _is_item(item)] if isinstance(found, list) else []
    return sorted(items, key=lambda item: int(item["place"]))


def _is_item(item: object) -> bool:
    return (
        isinstance(item, dict)
        and is_id(item.get("id"))
        and isinstance(item.get("place"), int)
        and isinstance(item.get("text"), str)
        and bool(item["text"].strip())
    )


def _column(items: Iterable[dict[str, Any]]) -> str:
    if not items:
        return ""
    import json

    return json.dumps(list(items), ensure_ascii=False)


def queue_of(
    column: object, *, is_theirs: Callable[[object], bool] = lambda program: False
) -> list[QueuedPrompt]:
    """Read the queue, the next prompt first, with attachments but not their contents. Left out are the prompts of programs of which `is_theirs` says True."""
    return [
        QueuedPrompt(
            clean(item["text"]),
            item["id"],
            tuple(of_items(item.get("attachments"))),
            line_of(item.get("model")),
        )
        for item in _items(column)
        if not is_theirs(item.get("program"))
    ]


def queue_length(column: object) -> int:
    """Count the prompts in the queue."""
    return len(_items(column))


def queue_column(queue: Iterable[QueuedPrompt], program: str) -> str:
    """Return the column with these prompts, which that program will send."""
    column = ""
    for place, queued in enumerate(queue):
        record = ConversationRecord("", "", demo=False, created_on=0.0)
        column = with_queued(
            column,
            SaveQueued(record, queued.id, place, queued.text, queued.attachments, queued.model),
            program,
        )
    return column


def with_queued(column: str, change: SaveQueued, program: str) -> str:
    """Return the column with a prompt, which that program will send. There must be none of the same id."""
    # Typed text may hold lone surrogates, which SQLite does not take.
    item: dict[str, Any] = {
        "id": change.id,
        "place": change.place,
        "program": program,
        "text": clean(change.text),
    }
    if change.attachments:
        item["attachments"] = as_items(change.attachments)
    if change.model:
        item["model"] = clean_line(change.model)
    return _column([*_items(column), item])


def without_queued(column: str, id: str) -> str:
    """Return the column without the prompt of that id."""
    return _column([item for item in _items(column) if item["id"] != id])


def digests_queued(column: object) -> list[str]:
    """Return the digests of the contents that the prompts of a queue name."""
    return [each.digest for item in _items(column) for each in of_items(item.get("attachments"))]


def queue_with(
    queue: list[QueuedPrompt],
    id: str,
    text: str = "",
    place: int = 0,
    attachments: tuple[Attachment, ...] = (),
    model: str = "",
) -> list[QueuedPrompt]:
    """Return a queue with the prompt of that id at its place; without it if there is no text."""
    rest = [queued for queued in queue if queued.id != id]
    if text:
        rest.insert(place, QueuedPrompt(text, id, attachments, model))
    return rest
