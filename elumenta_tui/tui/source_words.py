"""Sentences about what a source gave, or why it gave nothing."""

from __future__ import annotations

from elumenta_tui.i18n import say
from elumenta_tui.sources.results import Note, Refused

_MEGABYTE = 1024 * 1024


def refusal_words(refused: Refused) -> str:
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
