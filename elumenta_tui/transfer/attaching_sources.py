"""Attachments that are no plain files: documents, large images, web pages, and outputs of commands."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from elumenta_tui.chat.attachment import (
    NAME_LIMIT,
    SOURCE,
    Attachment,
    Note,
    image_attachment,
    text_attachment,
)
from elumenta_tui.i18n import say
from elumenta_tui.sources.results import Picture, RefusedSource, Text
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.transfer import source_words

Found = Text | Picture | RefusedSource
Read = Callable[[], Coroutine[Any, Any, Found]]


def page_of(typed: str) -> Read | None:
    """Return what fetches a typed web address; None if it is none."""
    if not typed.lower().startswith(("https://", "http://")):
        return None
    from elumenta_tui.sources.page import fetch_page

    return partial(fetch_page, typed)


def document_of(name: str, data: bytes) -> Read | None:
    """Return what reads the text of a document; None if the bytes of the file are none."""
    from elumenta_tui.sources.document import document_kind, read_document

    return partial(read_document, name, data) if document_kind(data) else None


def smaller_image_of(name: str, data: bytes) -> Read:
    """Return what scales an image down that is too large as it is."""
    from elumenta_tui.sources.images import prepare_picture

    return partial(prepare_picture, name, data)


def attachment_of(found: Text | Picture, *, size: int | None = None) -> Attachment:
    """Make an attachment of what a source gave. `size`: bytes of the file, if it was one."""
    notes = [
        Note(f"{SOURCE}{note.kind}", json.dumps(dict(note.facts), ensure_ascii=False)) for note in found.notes
    ]
    # Addresses and commands have slashes, which are no directories.
    name = clean_line(found.name, NAME_LIMIT)
    if isinstance(found, Text):
        made = text_attachment(name, found.text, size=size, language=found.language, notes=notes)
    else:
        made = image_attachment(
            name,
            found.data,
            found.media_type,
            size=size,
            width=found.width,
            height=found.height,
            notes=notes,
        )
    return replace(made, name=name)


def refusal_words(name: str, refused: RefusedSource) -> str:
    """Say why nothing of a source is attached."""
    return say("attach.source_refused", name=name, reason=source_words.refusal_words(refused))
