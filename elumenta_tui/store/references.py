"""References to attached files, as JSON: what a turn or a queued prompt says of them besides their contents.

In a stranger's file the JSON may be anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment

MOST = 50
"""Attachments of a prompt, at most."""

_DIGEST = re.compile("[0-9a-f]{64}")
_MEDIA_TYPE = re.compile("image/[a-z0-9.+-]{1,40}")


def references(attachments: Sequence[Attachment]) -> str | None:
    """Return the references as JSON; None if there are none."""
    return json.dumps(as_items(attachments), ensure_ascii=False) if attachments else None


def as_items(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Return the references as JSON values."""
    return [
        {
            "kind": each.kind,
            "name": each.name,
            "hash": each.digest,
            "size": each.size,
            "language": each.language,
            "media_type": each.media_type,
            "width": each.width,
            "height": each.height,
            "notes": [list(note) for note in each.notes],
        }
        for each in attachments
    ]


def digests_in(column: object) -> list[str]:
    """Return the digests that a column names."""
    return [item["hash"] for item in _items(column)]


def without_contents(column: object) -> list[Attachment]:
    """Read the references of a column: attachments without their contents."""
    return of_items(_items(column))


def of_items(items: object) -> list[Attachment]:
    """Read references from JSON values."""
    found = [item for item in items if _is_item(item)] if isinstance(items, list) else []
    if not found:
        return []
    from elumenta_tui.chat.attachment import Attachment, Note

    return [
        Attachment(
            kind=item["kind"],
            name=clean_line(item["name"]),
            size=_count(item.get("size")),
            language=_line(item.get("language")),
            media_type=_media_type(item),
            width=_count(item.get("width")),
            height=_count(item.get("height")),
            notes=tuple(Note(_line(kind), _line(detail)) for kind, detail in _notes(item.get("notes"))),
            digest=item["hash"],
        )
        for item in found[:MOST]
    ]


def _items(column: object) -> list[dict[str, Any]]:
    if not isinstance(column, str):
        return []
    try:
        found = json.loads(column)
    except (ValueError, RecursionError):
        return []
    return [item for item in found if _is_item(item)][:MOST] if isinstance(found, list) else []


def _is_item(item: object) -> bool:
    return (
        isinstance(item, dict)
        and item.get("kind") in ("text", "image")
        and isinstance(item.get("name"), str)
        and isinstance(item.get("hash"), str)
        and _DIGEST.fullmatch(item["hash"]) is not None
    )


def _media_type(item: dict[str, Any]) -> str:
    said = item.get("media_type")
    if item["kind"] == "image" and isinstance(said, str) and _MEDIA_TYPE.fullmatch(said):
        return said
    return "image/png" if item["kind"] == "image" else ""


def _notes(value: object) -> Iterable[tuple[object, object]]:
    for note in value if isinstance(value, list) else []:
        if isinstance(note, list) and len(note) == 2:
            yield note[0], note[1]


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def _line(value: object) -> str:
    return clean_line(value, 60) if isinstance(value, str) else ""
