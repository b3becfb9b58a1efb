"""Attachments: files that are sent with a prompt, and the message that they make with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal, NamedTuple

from elumenta_tui.chat.message import Image, Message, Text
from elumenta_tui.text.blocks import code_block
from elumenta_tui.text.sanitize import clean, clean_line

Kind = Literal["text", "image"]

NAME_LIMIT = 120
"""Characters of a name."""

CUT = "[…]"
"""Last line of a text that was cut, so that the model does not take it for the end."""


SOURCE = "source."
"""Begins the kind of a note that another source than a file has made; its facts are JSON."""


class Note(NamedTuple):
    """A change that was made to a file when it was read, or a guess about it."""

    kind: str
    """`guessed`: the encoding, `detail`, is a guess. `cut`: the text had `detail` characters. `stripped`: an image lost what it
    said of its origin."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text or an image that goes along with a prompt. It is what it was when the file was read."""

    kind: Kind
    name: str
    """One clean line, without a directory."""
    size: int
    """Bytes of the file."""
    text: str = field(default="", repr=False)
    """The text; empty for an image."""
    data: bytes = field(default=b"", repr=False)
    """The image as it is sent; empty for a text."""
    language: str = ""
    """Language of a text, for its fence; empty if it is unknown."""
    media_type: str = ""
    """`image/png` and the like; empty for a text."""
    width: int = 0
    """Pixels of an image."""
    height: int = 0
    notes: tuple[Note, ...] = ()
    digest: str = ""
    """SHA-256 of the content, in hexadecimal."""
    is_lost: bool = False
    """True if damage has left only the name. Nothing of it is sent then."""

    @property
    def content(self) -> bytes:
        """The content as it is stored: the image, or the text in UTF-8."""
        return self.data if self.kind == "image" else self.text.encode()

    def note(self, kind: str) -> Note | None:
        """Return the note of that kind; None if there is none."""
        return next((note for note in self.notes if note.kind == kind), None)

    @property
    def characters(self) -> int:
        """The number of characters of the text as it is sent: the end of its last line is not."""
        return len(self.text.removesuffix("\n"))

    @property
    def block(self) -> str:
        """The text as it is sent: in a fence that no line of it can end, with its language and its name."""
        lines = self.text.removesuffix("\n").split("\n")
        if self.note("cut") is not None:
            lines.append(CUT)
        # An info string of a fence holds no backticks.
        return code_block(f"{self.language or 'text'} {self.name.replace('`', chr(39))}", lines)

    def with_content(self, content: bytes | None) -> Attachment:
        """Return the attachment with its content, of which a store knew the digest. None: it is lost."""
        if content is None:
            return replace(self, is_lost=True)
        if self.kind == "image":
            return replace(self, data=content)
        return replace(self, text=clean(content.decode("utf-8", "replace")))


def safe_name(name: str) -> str:
    """Return the name of a file as one clean line, without its directories."""
    last = clean_line(name.replace("\\", "/").rstrip("/").rpartition("/")[2], NAME_LIMIT)
    return last or "?"


def text_attachment(
    name: str, text: str, *, size: int | None = None, language: str = "", notes: Sequence[Note] = ()
) -> Attachment:
    """Make an attachment of a text. `size`: bytes of the file; None: those of the text."""
    text = clean(text)
    data = text.encode()
    return Attachment(
        "text",
        safe_name(name),
        len(data) if size is None else size,
        text=text,
        language=language,
        notes=tuple(notes),
        digest=sha256(data).hexdigest(),
    )


def image_attachment(
    name: str,
    data: bytes,
    media_type: str,
    *,
    size: int | None = None,
    width: int = 0,
    height: int = 0,
    notes: Sequence[Note] = (),
) -> Attachment:
    """Make an attachment of an image, as it is to be sent. `size`: bytes of the file; None: those of the image."""
    return Attachment(
        "image",
        safe_name(name),
        len(data) if size is None else size,
        data=data,
        media_type=media_type,
        width=width,
        height=height,
        notes=tuple(notes),
        digest=sha256(data).hexdigest(),
    )


def message_with(prompt: str, attachments: Sequence[Attachment]) -> Message:
    """Return the message of a prompt: its texts in fences, then the prompt, then its images."""
    known = [attachment for attachment in attachments if not attachment.is_lost]
    blocks = [attachment.block for attachment in known if attachment.kind == "text"]
    text = Text("\n\n".join([*blocks, prompt] if prompt else blocks))
    images = [
        Image(attachment.media_type, attachment.data, attachment.width, attachment.height)
        for attachment in known
        if attachment.kind == "image"
    ]
    return Message("user", (text, *images))
