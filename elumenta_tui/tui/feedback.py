"""Opens a report for those who make the program: the user fills it in, and the doctor's lines come in. Nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.i18n import say
from elumenta_tui.session import Tasks
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.transfer.feedback import CLOSING, file_names, issues_page, opening, where_to, without_key
from elumenta_tui.transfer.user_files import complaint, write_at
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.screens.feedback import FeedbackScreen

if TYPE_CHECKING:
    from elumenta_tui.terminal.browser import Target

_TASK = "feedback"


class Feedback:
    """Keeps the report of this run: closed and opened again, it has what was written into it."""

    def __init__(
        self,
        screens: Screens,
        tasks: Tasks,
        data: Path,
        copying: Copying,
        notify_user: NotifyUser,
        *,
        examine: Callable[[], Iterator[str]],
        key: Callable[[], str],
    ) -> None:
        """
        Args:
            data: directory of the stored conversations, for where the working directory can't be written.
            examine: yields the doctor's lines in pieces; each may take seconds, in any thread.
            key: returns the API key, which no report has.
        """
        self._screens = screens
        self._tasks = tasks
        self._data = data
        self._copying = copying
        self._notify_user = notify_user
        self._examine = examine
        self._key = key
        self._screen: FeedbackScreen | None = None
        self._text = ""
        """The report, while its screen is closed."""
        self._prepared = ""
        """The report as it was prepared, so far."""
        self._is_examining = False

    def show(self) -> None:
        """Open the report: the one of before if something was written into it, or else a new one."""
        if not self._text:
            self._text = self._prepared = opening()
            self._is_examining = True
            self._tasks.start(self._fill, _TASK, exclusive=True)
        target = _page()
        self._screen = FeedbackScreen(
            self._text,
            where_to(target.address if target else ""),
            is_examining=self._is_examining,
            copy=self._copy,
            save=self._save,
            open_page=partial(self._copying.open_link, target) if target else None,
        )
        self._screens.push_screen(self._screen, self._left)

    def _left(self, text: str | None) -> None:
        self._screen = None
        is_untouched = text == self._prepared and not self._is_examining
        self._text = "" if is_untouched else text or ""

    async def _fill(self) -> None:
        pieces = self._examine()
        # In a thread: a check waits for the network or reads a large database.
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            self._append(piece)
        self._append(CLOSING)
        self._is_examining = False
        if self._screen is not None:
            self._screen.end_examining()
        elif self._text == self._prepared:
            # Left without a word: the next one is examined anew.
            self._text = ""

    def _append(self, piece: str) -> None:
        self._prepared += piece
        if self._screen is not None:
            self._screen.append(piece)
        else:
            self._text += piece

    def _copy(self, text: str) -> None:
        self._copying.copy(without_key(text, self._key()))

    def _save(self, text: str) -> None:
        self._tasks.start(partial(self._write, without_key(text, self._key())), "save")

    async def _write(self, text: str) -> None:
        try:
            path = await asyncio.to_thread(
                write_at, "", self._data, file_names, lambda: [f"{text.rstrip()}\n".encode()]
            )
        except OSError as error:
            self._notify_user(complaint(error, ""), "error")
        else:
            self._notify_user(say("feedback.saved", path=clean_line(str(path))), lasting=True)


def _page() -> Target | None:
    """Return the page for issues; None if the package names none that a browser opens."""
    address = issues_page()
    if not address:
        return None
    from elumenta_tui.terminal.browser import examine

    target = examine(address)
    return target if target.is_web else None
