"""Edits the prompt in the user's own editor."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual.driver import Driver

from elumenta_tui.i18n import say, spoken
from elumenta_tui.process.children import environ_for_children
from elumenta_tui.process.editor import NoEditor, editor_command
from elumenta_tui.session import Tasks
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.prompt import LIMIT, LINE_LIMIT, Prompt, fits

_NAME = "prompt.md"


class Editing:
    """Lends the terminal to an editor, and puts what was saved into the prompt."""

    def __init__(
        self,
        prompt: Prompt,
        tasks: Tasks,
        notify_user: NotifyUser,
        driver: Callable[[], Driver | None],
        *,
        is_temporary: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_temporary`: returns whether nothing of the prompt may be written."""
        self._is_temporary = is_temporary
        self._prompt = prompt
        self._tasks = tasks
        self._notify_user = notify_user
        self._driver = driver
        self._is_open = False

    def edit(self, text: str = "") -> None:
        """Open the prompt in the user's editor. An empty prompt is first filled with `text`."""
        if self._is_temporary():
            # An editor writes files of its own, too: copies, and what undo needs.
            self._notify_user(say("temporary.no_editor"), "warning")
            return
        if text and not self._prompt.text.strip():
            self._prompt.fill(text)
        if not self._is_open:
            self._is_open = True
            self._tasks.start(self._edit, "edit")

    async def _edit(self) -> None:
        try:
            await self._run_editor()
        finally:
            self._is_open = False

    async def _run_editor(self) -> None:
        """Run the editor on a temporary file and put what was saved into the prompt.

        A running answer continues meanwhile.
        """
        driver = self._driver()
        if not isinstance(driver, TerminalDriver):
            self._notify_user(say("editor.no_terminal"), "warning")
            return
        before = self._prompt.text
        try:
            command = editor_command(os.environ)
            directory = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="elumenta-tui-"))
        except NoEditor as problem:
            self._notify_user(spoken(problem.phrase), "warning")
            return
        except OSError as problem:
            self._notify_failure(problem)
            return
        path = directory / _NAME
        keeps_file = True
        try:
            await asyncio.to_thread(_write, path, before)
            code = await driver.lend_terminal([*command, str(path)], environ_for_children(os.environ))
            keeps_file = code == 0 and not await self._apply_saved(path, before)
            if code:
                self._notify_user(say("editor.ended", code=code), "warning")
        except OSError as problem:
            keeps_file = False
            self._notify_failure(problem)
        finally:
            # If the program ends while the editor is open, the file stays, because the user may still save into it.
            if not keeps_file:
                await asyncio.to_thread(partial(shutil.rmtree, directory, ignore_errors=True))

    def _notify_failure(self, problem: OSError) -> None:
        reason = problem.strerror or type(problem).__name__
        self._notify_user(say("editor.failed", reason=reason), "warning")

    async def _apply_saved(self, path: Path, before: str) -> bool:
        """Put the saved text into the prompt; False if it does not fit, so that the file must stay."""
        data = await asyncio.to_thread(path.read_bytes)
        text = clean(data.decode("utf-8", "replace")).rstrip("\n")
        if not fits(text):
            self._notify_user(
                say("editor.too_long", path=str(path), limit=LIMIT, line=LINE_LIMIT), "warning", lasting=True
            )
            return False
        if text != before:
            self._prompt.revise(text)
        return True


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
