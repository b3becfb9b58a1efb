"""Messages that bring the app what the session and the store have reported, each in its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from elumenta_tui.session.events import SessionEvent
    from elumenta_tui.store.events import StoreEvent


class SessionHappened(Message):
    """The session reported an event."""

    def __init__(self, event: SessionEvent) -> None:
        super().__init__()
        self.event = event


class StoreHappened(Message):
    """The store reported an event. Posted from the store's thread."""

    def __init__(self, event: StoreEvent) -> None:
        super().__init__()
        self.event = event
