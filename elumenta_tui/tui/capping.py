"""Caps of what is spent, set by a slash word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.transfer.caps import Caps
from elumenta_tui.tui.ports import NotifyUser


class Capping:
    """Sets the caps of the session, the day and the month.

    Args:
        config: the file that keeps them.
        put_back: puts a command that can't be run back into the prompt.
    """

    def __init__(
        self, session: Session, config: Path, notify_user: NotifyUser, *, put_back: Callable[[str], None]
    ) -> None:
        self._caps = Caps(session, config)
        self._notify_user = notify_user
        self._put_back = put_back

    def command(self, typed: str) -> None:
        """Set the cap of a period, by default of the day; without anything typed, say which caps there are."""
        words = self._caps.command(typed)
        if words is None:
            self._put_back(f"/cap {typed}")
            self._notify_user(say("cap.wrong"), "warning")
        else:
            self._notify_user(words, lasting=not typed)
