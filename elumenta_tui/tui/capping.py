"""Caps of what is spent, set by a slash word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from elumenta_tui.chat.spending import SpendingLimits
from elumenta_tui.i18n import say
from elumenta_tui.session import Session, Tasks
from elumenta_tui.transfer.caps import Caps
from elumenta_tui.tui.ports import NotifyUser


class Capping:
    """Sets the caps of the session, the day and the month.

    Args:
        config: the file that keeps them.
        changed: called with the limits that count now.
        put_back: puts a command that can't be run back into the prompt.
    """

    def __init__(
        self,
        session: Session,
        config: Path,
        tasks: Tasks,
        notify_user: NotifyUser,
        *,
        changed: Callable[[SpendingLimits], None],
        put_back: Callable[[str], None],
    ) -> None:
        self._session = session
        self._tasks = tasks
        self._changed = changed
        self._caps = Caps(session, config)
        self._notify_user = notify_user
        self._put_back = put_back

    def command(self, typed: str) -> None:
        """Set the cap of a period, by default of the day; without anything typed, say which caps there are."""
        words = self._caps.command(typed)
        if words is None:
            self._put_back(f"/cap {typed}")
            self._notify_user(say("cap.wrong"), "warning")
            return
        self._changed(self._session.limits)

        async def answer() -> None:
            self._notify_user(await words(), lasting=not typed)

        self._tasks.start(answer, "cap")
