"""Words about an attached file: above the prompt, and in the transcript below it."""

from __future__ import annotations

from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.chat.context import estimated_tokens, image_tokens
from elumenta_tui.i18n import say
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.transfer.attachment_words import note_words

MARKS = {"text": "≡", "image": "▣"}
"""Signs of the kinds. Each is one cell in every terminal."""


def kind_words(attachment: Attachment) -> str:
    """Name the kind: the language of a text, or the format of an image."""
    if attachment.kind == "image":
        return attachment.media_type.removeprefix("image/").upper() or say("attach.kind.image")
    return attachment.language or say("attach.kind.text")


def added_words(attachment: Attachment) -> str:
    """State what a file adds to a request."""
    if attachment.kind == "image":
        tokens = image_tokens(attachment.width, attachment.height)
        size = f"{attachment.width}×{attachment.height}" if attachment.width else ""
        return f"{size} {say('attach.tokens', n=tokens)}".strip()
    characters = say("attach.characters", n=attachment.characters)
    return f"{characters} {say('attach.tokens', n=estimated_tokens(attachment.text))}"


def stripped_words(attachment: Attachment) -> list[str]:
    """State that an image has lost what it said of its origin."""
    return [say("attach.stripped")] if attachment.note("stripped") is not None else []


def size_of(attachment: Attachment) -> str:
    """State the size of the file."""
    return size_words(attachment.size)


def sent_words(attachment: Attachment) -> str:
    """Return the line of a file below the prompt that it was sent with."""
    facts = [attachment.name, size_of(attachment), kind_words(attachment), *note_words(attachment)]
    facts += stripped_words(attachment)
    return f"{MARKS[attachment.kind]} {' · '.join(facts)}"
