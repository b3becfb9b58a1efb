"""Attached files in exports: what is said of them, and under which names they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elumenta_tui.i18n import say
from elumenta_tui.i18n.sizes import size_words
from elumenta_tui.process.files import write_under_free_name
from elumenta_tui.transfer.export_names import file_name
from elumenta_tui.transfer.quoting import name

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment

Saved = Callable[["Attachment"], str]
"""Returns the name of the file that an attachment is written to; empty if it is written nowhere."""


def attachment_json(attachment: Attachment, saved: Saved) -> dict[str, Any]:
    """Return an attachment as JSON values, without its content."""
    return {
        "name": attachment.name,
        "kind": attachment.kind,
        "size": attachment.size,
        "language": attachment.language or None,
        "media_type": attachment.media_type or None,
        "width": attachment.width or None,
        "height": attachment.height or None,
        "notes": [list(note) for note in attachment.notes],
        "sha256": attachment.digest,
        "lost": attachment.is_lost,
        "file": saved(attachment) or None,
    }


def attachment_line(attachment: Attachment, saved: Saved) -> str:
    """Return an attachment as a line of a Markdown list."""
    facts = [name(attachment.name), say(f"attach.kind.{attachment.kind}"), size_words(attachment.size)]
    if attachment.is_lost:
        facts.append(say("attach.lost"))
    if written := saved(attachment):
        facts.append(say("export.attached_as", name=name(written)))
    return f"- {' · '.join(facts)}"


def attachment_names(attachment: Attachment) -> Iterator[str]:
    """Yield safe names of a file for an attachment, to be tried until one is free."""
    stem, dot, ending = attachment.name.rpartition(".")
    is_named = bool(stem.strip()) and ending.isalnum() and len(ending) <= 12
    # Unlike a stem, an ending is never changed: it decides what opens the file.
    title, format = (stem, ending) if dot and is_named else (attachment.name, "")
    return (file_name(title, format, number) for number in count(1))


class NotWritten(Exception):
    """An attached file can't be written, for the reason that is the text."""


class AttachedFiles:
    """Writes each attached file once into a directory, under a name that is free there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._names: dict[tuple[str, str], str] = {}
        """By digest and name."""

    @property
    def count(self) -> int:
        """Number of files that were written."""
        return sum(map(bool, self._names.values()))

    def saved(self, attachment: Attachment) -> str:
        """Write a file, and return its name; empty if its content is lost. Raises NotWritten."""
        key = attachment.digest, attachment.name
        if key not in self._names:
            self._names[key] = "" if attachment.is_lost else self._write(attachment)
        return self._names[key]

    def _write(self, attachment: Attachment) -> str:
        names = attachment_names(attachment)
        try:
            return write_under_free_name(self._directory, names, lambda: [attachment.content]).name
        except OSError as error:
            raise NotWritten(error.strerror or str(error)) from error
