"""Sentences about files that are to be attached: what of them is not sent as it is, and why one is not attached."""

from __future__ import annotations

from elumenta_tui.chat.attachment import SOURCE, Attachment
from elumenta_tui.files.refused import RefusedFile
from elumenta_tui.i18n import number, say
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.text.secrets import FoundSecret, SecretKind

SHOWN = 6
"""Characters of a secret in a sentence."""


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
        from elumenta_tui.transfer.source_words import source_note_words

        words += source_note_words(attachment)
    return words


def is_success(attachment: Attachment) -> bool:
    """Return whether all that is to be said of an attachment is that the command whose output it is has succeeded."""
    import json

    exit = f"{SOURCE}exit"
    return all(note.kind == exit and json.loads(note.detail) == {"code": 0} for note in attachment.notes)


def refused_words(refused: RefusedFile) -> str:
    """Say why a file is not attached."""
    return say(
        f"attach.refused.{refused.reason}",
        name=refused.name,
        detail=refused.detail,
        size=size_words(refused.size),
        limit=size_words(refused.limit),
    )


def secret_words(attachment: Attachment, secret: FoundSecret) -> tuple[int, str]:
    """Return the line of a file that holds what looks like a secret, and what that is."""
    is_block = secret.kind is SecretKind.PRIVATE_KEY
    # Its first characters tell which one it is, and nothing of its value.
    shown = f"{attachment.text[secret.start : secret.start + SHOWN]}…"
    what = say("attach.secret.private_key" if is_block else "attach.secret.key", shown=shown)
    return attachment.text.count("\n", 0, secret.start) + 1, what
