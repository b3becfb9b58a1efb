"""Unsent prompts: the column `draft_with`, which says what belongs to a draft beside its text, and the column `parked`.

`draft` holds the whole text, quotes included, as lists, searches and exports show it. `draft_with` is a JSON object with the quotes,
the references of the files and the open fields of a template. `parked` is a JSON list of prompts that were put aside, each with its id, its place in the stack and
the program that has put it there. They are put in and taken out one by one, so that two programs with the same conversation do not
overwrite each other's. In a stranger's file both may hold anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.draft import NOTHING, Draft, Parked
from elumenta_tui.store.facts import text_of
from elumenta_tui.store.ids import is_id
from elumenta_tui.store.references import as_items, of_items
from elumenta_tui.text.sanitize import clean, clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.quote import Quote
    from elumenta_tui.store.changes import SaveParked


def _as_item(draft: Draft) -> dict[str, Any]:
    item: dict[str, Any] = {}
    if draft.quotes:
        # Typed text may hold lone surrogates, which SQLite does not take.
        item["quotes"] = [{"text": clean(each.text), "language": each.language} for each in draft.quotes]
    if draft.attachments:
        item["attachments"] = as_items(draft.attachments)
    if draft.fields:
        item["fields"] = list(draft.fields)
    return item


def _quotes(value: object) -> Iterable[Quote]:
    from elumenta_tui.chat.quote import Quote

    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict) and isinstance(item.get("text"), str) and item["text"].strip():
            language = item.get("language")
            yield Quote(clean(item["text"]), clean_line(language, 60) if isinstance(language, str) else None)


def _draft(item: dict[str, Any], text: str) -> Draft:
    cursor = item.get("cursor")
    is_place = isinstance(cursor, int) and not isinstance(cursor, bool) and 0 <= cursor <= len(text)
    return Draft(
        text,
        cursor if is_place else None,
        tuple(_quotes(item.get("quotes"))),
        tuple(of_items(item.get("attachments"))),
        tuple(_names(item.get("fields"))),
    )


def _names(value: object) -> Iterable[str]:
    return (
        clean_line(name, 60) for name in (value if isinstance(value, list) else []) if isinstance(name, str)
    )


def _read(column: object) -> Any:
    source = text_of(column)
    if not source:
        # As nearly always: a conversation that is opened does not wait for the JSON module.
        return None
    import json

    try:
        return json.loads(source)
    except (ValueError, RecursionError):
        return None


def _written(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


# -------------------------------------------------------------------------------------------------------------- drafts


def draft_with(draft: Draft) -> str:
    """Return the column for a draft; empty if nothing but text belongs to it."""
    item = _as_item(draft)
    return _written(item) if item else ""


def chips_of(column: object) -> Draft:
    """Read the quotes and the files of a draft, with files but not their contents."""
    item = _read(column)
    return _draft(item, "").chips if isinstance(item, dict) else NOTHING


def digests_of_draft(column: object) -> list[str]:
    """Return the digests of the contents that a draft names."""
    item = _read(column)
    return [each.digest for each in of_items(item.get("attachments"))] if isinstance(item, dict) else []


# -------------------------------------------------------------------------------------------------------------- parked


def _items(column: object) -> list[dict[str, Any]]:
    found = _read(column)
    items = [item for item in found if _is_item(item)] if isinstance(found, list) else []
    return sorted(items, key=lambda item: int(item["place"]))


def _is_item(item: object) -> bool:
    return (
        isinstance(item, dict)
        and is_id(item.get("id"))
        and isinstance(item.get("place"), int)
        and isinstance(item.get("text"), str)
    )


def parked_of(column: object, *, is_theirs: Callable[[object], bool] = lambda program: False) -> list[Parked]:
    """Read the stack, the one that comes back first at the end, with files but not their contents.

    Left out are those of programs of which `is_theirs` says True.
    """
    return [
        Parked(item["id"], _draft(item, clean(item["text"])))
        for item in _items(column)
        if not is_theirs(item.get("program"))
    ]


def with_parked(column: str, change: SaveParked, program: str) -> str:
    """Return the column with a prompt that was put aside, or without it if the change has none."""
    items = [item for item in _items(column) if item["id"] != change.id]
    if change.draft is not None:
        head = {"id": change.id, "place": change.place, "program": program}
        text = {"text": clean(change.draft.text), "cursor": change.draft.cursor}
        items.append({**head, **text, **_as_item(change.draft)})
    return _written(items) if items else ""


def parked_with(parked: Sequence[Parked], change: SaveParked) -> list[Parked]:
    """Return a stack with a change applied."""
    rest = [each for each in parked if each.id != change.id]
    return rest if change.draft is None else [*rest, Parked(change.id, change.draft)]


def digests_parked(column: object) -> list[str]:
    """Return the digests of the contents that the prompts of a stack name."""
    return [each.digest for item in _items(column) for each in of_items(item.get("attachments"))]


def with_contents(draft: Draft, read: Callable[[Sequence[Attachment]], tuple[Attachment, ...]]) -> Draft:
    """Return a draft whose files have their contents, as far as `read` finds them."""
    if not draft.attachments:
        return draft
    return draft.but(attachments=read(draft.attachments))
