"""Files that came with an export, as attachments."""

from __future__ import annotations

from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.files.reading import attachment_of
from elumenta_tui.files.refused import RefusedFile


def picture(data: bytes | None, name: str) -> Attachment | None:
    """Return a picture as it is attached to a prompt, without what it says of its origin; None if it is none."""
    made = attached(data, name)
    return made if made is not None and made.kind == "image" else None


def attached(data: bytes | None, name: str) -> Attachment | None:
    """Return a file as it is attached to a prompt; None if it is nothing that a model takes."""
    made = attachment_of(name, data) if data else None
    return None if made is None or isinstance(made, RefusedFile) else made
