"""Sentences about what a source gave, or why it gave nothing."""

from __future__ import annotations

import json

from elumenta_tui.chat.attachment import SOURCE, Attachment
from elumenta_tui.i18n import say
from elumenta_tui.sources.results import Note, NoteKind, RefusedSource
from elumenta_tui.text.sanitize import clean_line

_MEGABYTE = 1024 * 1024


def refusal_words(refused: RefusedSource) -> str:
    """Say why a source gave nothing."""
    facts = dict(refused.facts)
    if isinstance(limit := facts.get("limit"), int):
        facts["megabytes"] = limit // _MEGABYTE
    if "kind" in facts:
        facts["kind"] = facts["kind"] or say("source.unknown_kind")
    if isinstance(tools := facts.get("tools"), str):
        facts["tools"] = tools.replace(",", ", ")
    # Codes have no separators of thousands.
    facts |= {name: str(facts[name]) for name in ("port", "status") if name in facts}
    return say(f"source.refused.{refused.reason}", **facts)


def note_words(note: Note) -> str:
    """Say something about a text or a picture in a few words, for a chip."""
    return say(f"source.note.{note.kind}", **dict(note.facts))


def source_note_words(attachment: Attachment) -> list[str]:
    """State what a source has said of an attachment. A stored note that is not understood is left out."""
    words = []
    for note in attachment.notes:
        if not note.kind.startswith(SOURCE):
            continue
        try:
            kind, facts = NoteKind(note.kind.removeprefix(SOURCE)), json.loads(note.detail)
            known = {
                str(key): clean_line(value, 200) if isinstance(value, str) else int(value)
                for key, value in facts.items()
            }
            words.append(say(f"source.note.{kind}", **known))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return words
