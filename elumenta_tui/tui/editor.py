"""The prompt in the user's own editor."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.i18n import say
from elumenta_tui.process.children import environ_for_children, find_program
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.textual_internals import driver_of
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.widgets.prompt import LIMIT, LINE_LIMIT, fits

if TYPE_CHECKING:
    from elumenta_tui.tui.app import ElumentaApp

FALLBACKS = ("nano", "vim", "vi")
"""Looked for where neither VISUAL nor EDITOR names an editor."""

_NAME = "prompt.md"


class NoEditor(Exception):
    """The text says to the user why there is none."""


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The editor that the environment names, with its arguments; NoEditor if it can't be run."""
    named = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        words = shlex.split(named)
    except ValueError:
        raise NoEditor(say("editor.missing", name=clean_line(named, 60))) from None
    for name in words[:1] or FALLBACKS:
        if (program := find_program(name, environ)) is not None:
            return [program, *words[1:]]
    raise NoEditor(say("editor.missing", name=clean_line(words[0], 60)) if words else say("editor.none"))


async def edit(app: ElumentaApp) -> None:
    """Put the prompt into an editor, and what was saved there into the prompt. An answer that is coming goes on meanwhile."""
    driver = driver_of(app)
    if not isinstance(driver, TerminalDriver):
        app.tell(say("editor.no_terminal"), "warning")
        return
    before = app.prompt.text
    try:
        command = editor_command(os.environ)
        directory = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="elumenta-tui-"))
    except NoEditor as problem:
        app.tell(str(problem), "warning")
        return
    except OSError as problem:
        app.tell(say("editor.failed", reason=problem.strerror or type(problem).__name__), "warning")
        return
    path = directory / _NAME
    keeps_file = True
    try:
        await asyncio.to_thread(_write, path, before)
        environ = environ_for_children(os.environ)
        code = await driver.lend_terminal([*command, str(path)], environ)
        keeps_file = code == 0 and not await _take(app, path, before)
        if code:
            app.tell(say("editor.ended", code=code), "warning")
    except OSError as problem:
        keeps_file = False
        app.tell(say("editor.failed", reason=problem.strerror or type(problem).__name__), "warning")
    finally:
        # If the program ends while the editor is open, the file stays for what is saved there later.
        if not keeps_file:
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


async def _take(app: ElumentaApp, path: Path, before: str) -> bool:
    """Put what was saved into the prompt; False if that does not fit, so that the file has to stay."""
    data = await asyncio.to_thread(path.read_bytes)
    text = clean(data.decode("utf-8", "replace")).rstrip("\n")
    if not fits(text):
        app.tell(
            say("editor.too_long", path=str(path), limit=LIMIT, line=LINE_LIMIT), "warning", lasting=True
        )
        return False
    if text != before:
        app.prompt.revise(text)
    return True
