"""Shows the source of an answer on the terminal's ordinary screen, for its own selection and the copy mode of tmux."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual.driver import Driver

from elumenta_tui.i18n import say
from elumenta_tui.process.children import environ_for_children
from elumenta_tui.session import Session, Tasks
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.transcript import Transcript


class RawView:
    """Lends the terminal to a program that prints the text and waits for a key. Everything else goes on meanwhile."""

    def __init__(
        self,
        session: Session,
        transcript: Transcript,
        tasks: Tasks,
        notify_user: NotifyUser,
        driver: Callable[[], Driver | None],
    ) -> None:
        self._session = session
        self._transcript = transcript
        self._tasks = tasks
        self._notify_user = notify_user
        self._driver = driver
        self._is_open = False

    @property
    def text(self) -> str:
        """The source of the block under the cursor, else of the last answer; may be empty."""
        answer = self._session.conversation.last_answer
        return self._transcript.cursor.text or (answer.text if answer is not None else "")

    def show(self) -> None:
        """Show the text until a key ends the view."""
        if not self.text:
            self._notify_user(say("notice.nothing_to_copy"), "warning")
        elif not self._is_open:
            self._is_open = True
            self._tasks.start(partial(self._show, clean(self.text)), "raw")

    async def _show(self, text: str) -> None:
        try:
            driver = self._driver()
            if not isinstance(driver, TerminalDriver) or not sys.executable:
                self._notify_user(say("notice.no_raw"), "warning")
                return
            directory = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="elumenta-tui-"))
            try:
                path = directory / "answer.md"
                await asyncio.to_thread(_write, path, text)
                await driver.lend_terminal(self._command(path), environ_for_children(os.environ))
            finally:
                await asyncio.to_thread(partial(shutil.rmtree, directory, ignore_errors=True))
        except OSError as problem:
            reason = problem.strerror or type(problem).__name__
            self._notify_user(say("notice.raw_failed", reason=reason), "warning")
        finally:
            self._is_open = False

    def _command(self, path: Path) -> list[str]:
        from elumenta_tui.terminal import canvas

        program = Path(canvas.__file__).with_name("raw_view.py")
        # Isolated: nothing of the working directory or the environment is imported.
        note = say("raw.note", key=hint("raw"))
        return [sys.executable, "-I", "-S", "-X", "utf8", str(program), str(path), note]


def _write(path: Path, text: str) -> None:
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="\n"
    ) as file:
        file.write(text)
