"""A prompt that waits for the answer before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elumenta_tui.lean import Mutable

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment


class QueuedPrompt(Mutable):
    """A prompt in the queue of its conversation. It is no turn: a turn begins when the prompt is sent."""

    text: str
    id: str
    """Id in the store. It is never used again, so that a prompt that was sent can't come back."""
    attachments: tuple[Attachment, ...] = ()
    """Files that are sent with it."""
    model: str = ""
    """Slug of the model that it goes to: the one that was chosen when it was queued. Empty, as in older files: the chosen one."""
