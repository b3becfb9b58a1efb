"""Words about an attached file: above the prompt, and in the transcript below it."""

from __future__ import annotations

from elumenta_tui.chat.attachment import SOURCE, Attachment
from elumenta_tui.chat.context import estimated_tokens, image_tokens
from elumenta_tui.i18n import number, say
from elumenta_tui.i18n.sizes import size_words

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
    characters = say("attach.characters", n=len(attachment.text))
    return f"{characters} {say('attach.tokens', n=estimated_tokens(attachment.text))}"


def note_words(attachment: Attachment) -> list[str]:
    """State what of a file is not sent as it is, or may have been misread."""
    words = []
    if attachment.is_lost:
        words.append(say("attach.lost"))
    if (cut := attachment.note("cut")) is not None:
        of = int(cut.detail) if cut.detail.isdecimal() else len(attachment.text)
        words.append(say("attach.cut", n=len(attachment.text), of=number(of)))
    if (guess := attachment.note("guessed")) is not None:
        words.append(say("attach.guessed", encoding=guess.detail))
    if any(note.kind.startswith(SOURCE) for note in attachment.notes):
        from elumenta_tui.tui.source_words import source_note_words

        words += source_note_words(attachment)
    return words


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
