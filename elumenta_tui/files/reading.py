"""Reads a file to be attached. It may wait for the disk, so call it in a worker thread.

Only regular files are read, and never more of them than the bound. A pipe, a device, or a file that gives no end is refused.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from elumenta_tui.chat.attachment import (
    Attachment,
    Note,
    image_attachment,
    safe_name,
    text_attachment,
)
from elumenta_tui.files.encodings import decode
from elumenta_tui.files.images import MOST_PIXELS, Broken, kind_of, picture_of
from elumenta_tui.files.languages import language_of
from elumenta_tui.files.refused import FileReason, RefusedFile
from elumenta_tui.text.sanitize import clean_line

MOST_BYTES = 16_000_000
"""Bytes of a file that are read, at most."""

MOST_CHARACTERS = 200_000
"""Characters of a text that are sent, at most."""

MOST_SEARCHED = 4 * MOST_CHARACTERS
"""Characters that are searched for sequences of a terminal, at most: a log with colours has many."""

MOST_IMAGE_BYTES = 5_000_000
"""Bytes of an image as it is sent, at most."""

MOST_ATTACHMENTS = 50
"""Attachments of a prompt, at most."""

MOST_IN_ALL = 20_000_000
"""Bytes of the contents of all attachments of a prompt, at most: each of its requests carries them."""

_AT_ONCE = 1 << 20

_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
"""Matches what a log says to a terminal: colours, titles, links."""


def read_attachment(path: Path) -> Attachment | RefusedFile:
    """Read a file as an attachment, or say why it is none. Raises nothing."""
    data = read_file(path)
    return data if isinstance(data, RefusedFile) else attachment_of(name_of(path), data)


def name_of(path: Path) -> str:
    """Return the name by which a file is attached."""
    return safe_name(path.name or str(path))


def read_file(path: Path) -> bytes | RefusedFile:
    """Read a regular file within the bound, or say why not. Raises nothing."""
    name = name_of(path)
    try:
        data = _read(path)
    except _NoFile as why:
        return RefusedFile(why.reason, name)
    except FileNotFoundError:
        return RefusedFile("missing", clean_line(str(path), 500))
    except (OSError, ValueError) as error:
        # ValueError: a path with NUL in it.
        detail = getattr(error, "strerror", None) or type(error).__name__
        return RefusedFile("unreadable", name, clean_line(str(detail)))
    if len(data) > MOST_BYTES:
        return RefusedFile("too_large", name, size=_size_of(path), limit=MOST_BYTES)
    return data or RefusedFile("empty", name)


def attachment_of(name: str, data: bytes) -> Attachment | RefusedFile:
    """Make an attachment of a file's content, or say why it is none."""
    return _image(name, data) if kind_of(data) else _text(name, data)


class _NoFile(Exception):
    """Raised if no regular file stands at the path."""

    def __init__(self, reason: FileReason) -> None:
        super().__init__(reason)
        self.reason: FileReason = reason


def _read(path: Path) -> bytes:
    """Read a regular file up to the bound, and one byte more if there is any."""
    _check(os.stat(path))
    # It may have been replaced by a pipe, on which opening and reading would wait.
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    )
    handle = os.open(path, flags)
    try:
        _check(os.fstat(handle))
        pieces, left = [], MOST_BYTES + 1
        while left > 0 and (piece := os.read(handle, min(left, _AT_ONCE))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)
    finally:
        os.close(handle)


def _check(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise _NoFile("directory")
    if not stat.S_ISREG(found.st_mode):
        raise _NoFile("special")


def _size_of(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _text(name: str, data: bytes) -> Attachment | RefusedFile:
    decoded = decode(data)
    if decoded is None:
        return RefusedFile("binary", name)
    # A pattern holds all other threads up, so only what may be sent is looked at.
    text, notes = _SEQUENCES.sub("", decoded.text[:MOST_SEARCHED]), []
    unread = max(0, len(decoded.text) - MOST_SEARCHED)
    if decoded.is_guessed:
        notes.append(Note("guessed", decoded.encoding))
    if len(text) > MOST_CHARACTERS or unread:
        notes.append(Note("cut", str(len(text) + unread)))
        text = text[:MOST_CHARACTERS]
    return text_attachment(name, text, size=len(data), language=language_of(name, text), notes=notes)


def _image(name: str, data: bytes) -> Attachment | RefusedFile:
    """Return an image as it is sent. One that is too large is refused: this is where it would be scaled down."""
    try:
        picture = picture_of(data)
    except Broken:
        return RefusedFile("image_broken", name)
    if picture.width * picture.height > MOST_PIXELS:
        return RefusedFile("image_bomb", name, f"{picture.width}×{picture.height}", limit=MOST_PIXELS)
    if len(picture.data) > MOST_IMAGE_BYTES:
        return RefusedFile("image_too_large", name, size=len(picture.data), limit=MOST_IMAGE_BYTES)
    return image_attachment(
        name,
        picture.data,
        picture.media_type,
        size=len(data),
        width=picture.width,
        height=picture.height,
        notes=[Note("stripped")] if picture.is_stripped else (),
    )
