"""Run one command in the user's shell, and take its output as a text.

The command has no terminal, no input and not our variables, which may hold the API key. It runs once; nothing runs it again.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from elumenta_tui.process.children import environ_for_children, find_program
from elumenta_tui.process.groups import Ended, Ending, run
from elumenta_tui.sources.results import CHARACTERS, GAP, Note, NoteKind, Reason, RefusedSource, Text
from elumenta_tui.text.escapes import drop_escapes
from elumenta_tui.text.sanitize import clean, clean_line

SECONDS = 60.0
"""Seconds that a command may take."""

_BYTES = CHARACTERS * 2
"""Bytes kept of the beginning and of the end of an output: half of the characters each, of four bytes at most."""
_NO_SHELLS = frozenset({"nologin", "false", "true"})
"""Programs that stand for a shell where an account must not have one."""
_PLAIN = {"TERM": "dumb", "NO_COLOR": "1", "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0"}
"""Variables that ask programs for plain output, and not to ask anybody anything."""
_COLOURED = frozenset({"CLICOLOR_FORCE", "FORCE_COLOR", "PY_COLORS"})
_ESCAPED = re.compile("[\udc80-\udcff]")
"""Matches a byte that is no UTF-8, as `surrogateescape` decodes it."""
_CONTROLS = re.compile("[\x01-\x06\x0e-\x1a\x1c-\x1f]")
"""Matches control characters that no text has."""
_NEAR = 2000
"""Characters to a line end that count as near."""
_BINARY_SHARE = 0.1
"""Share of control characters and undecodable bytes from which on an output is no text."""


async def run_command(
    command: str,
    *,
    directory: Path | None = None,
    environ: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    stop: asyncio.Event | None = None,
    platform: str = sys.platform,
) -> Text | RefusedSource:
    """Run a command once and return its output, error output included. A failed command is a text too: its exit code is a note.

    Cancelling ends the command and everything that it has started.

    Args:
        command: What the user typed, for the shell to read.
        directory: Where it runs; the current directory by default.
        environ: The environment; that of the process by default. Our own variables are removed.
        seconds: Time limit. The output until then is kept.
        stop: Ends the command when it is set. The output until then is kept.
        platform: A value of `sys.platform`.
    """
    if not command.strip():
        return RefusedSource.of(Reason.EMPTY)
    environ = os.environ if environ is None else environ
    shell = shell_of(environ, platform)
    if shell is None:
        return RefusedSource.of(Reason.NO_SHELL)
    try:
        ended = await run(
            [shell, "-c", command],
            environ=_environ(environ),
            seconds=seconds,
            head=_BYTES,
            tail=_BYTES,
            directory=directory,
            with_errors=True,
            stop=stop,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        return RefusedSource.of(Reason.FAILED, error=clean_line(why or type(error).__name__))
    # Cleaning a hostile output takes a moment.
    return await asyncio.to_thread(_result, command, ended, seconds)


def shell_of(environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Return the path of the user's shell, or of `sh` if there is no other; None on Windows and where there is no shell."""
    if platform == "win32":
        return None
    own = environ.get("SHELL", "")
    if (
        os.path.isabs(own)
        and os.path.basename(own) not in _NO_SHELLS
        and find_program(own, environ, platform)
    ):
        return own
    return find_program("sh", environ, platform) or find_program("/bin/sh", environ, platform)


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environ_for_children(environ).items() if name not in _COLOURED}
    return kept | _PLAIN


def _result(command: str, ended: Ended, seconds: float) -> Text | RefusedSource:
    # Without a gap both parts are one text, and a character may lie across the two.
    parts = [ended.head, ended.tail] if ended.left_out else [ended.head + ended.tail]
    decoded = [_decoded(part, begins=not at, ends=at == len(parts) - 1) for at, part in enumerate(parts)]
    undecodable = sum(len(_ESCAPED.findall(text)) for text in decoded)
    controls = sum(len(_CONTROLS.findall(text)) for text in decoded)
    if controls + undecodable > _BINARY_SHARE * sum(map(len, decoded)):
        return RefusedSource.of(Reason.BINARY, code=ended.code)
    # A NUL separates the names that `find -print0` and its like list.
    texts = [clean(drop_escapes(text.replace("\0", "\n"))) for text in decoded]
    notes = _how(ended, seconds)
    text = texts[0].strip("\n")
    if ended.left_out or len(text) > CHARACTERS:
        text, left_out = _shortened(texts[0], texts[-1], ended.total)
        notes.append(Note.of(NoteKind.BYTES_CUT, left_out=left_out, total=ended.total))
    if undecodable:
        notes.append(Note.of(NoteKind.UNDECODABLE, count=undecodable))
    return Text(clean_line(f"$ {command}", 120), text, "console", tuple(notes))


def _how(ended: Ended, seconds: float) -> list[Note]:
    """Say how a command has ended."""
    if ended.ending is Ending.TIMED_OUT:
        return [Note.of(NoteKind.TIMED_OUT, seconds=round(seconds))]
    if ended.ending is Ending.STOPPED:
        return [Note.of(NoteKind.STOPPED)]
    notes = [Note.of(NoteKind.EXIT, code=ended.code)]
    if ended.code < 0:
        notes = [Note.of(NoteKind.SIGNAL, number=-ended.code, name=_signal_name(-ended.code))]
    return [*notes, Note.of(NoteKind.BACKGROUND_ENDED)] if ended.left_running else notes


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _decoded(data: bytes, *, begins: bool, ends: bool) -> str:
    """Decode a part of an output, without the halves of characters where it was cut. A surrogate stands for each wrong byte."""
    if not begins:
        data = data[next((at for at in range(min(4, len(data))) if data[at] & 0xC0 != 0x80), 0) :]
    return codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(data, final=ends)


def _shortened(begin: str, end: str, total: int) -> tuple[str, int]:
    """Join the beginning and the end of an output of `total` bytes within the bound. Return also the bytes left out.

    Both are cut between lines if one ends near the cut.
    """
    half = (CHARACTERS - len(GAP) - 20) // 2
    first, last = begin[:half], end[-half:]
    if (at := first.rfind("\n", max(0, len(first) - _NEAR))) >= 0:
        first = first[:at]
    if (at := last.find("\n", 0, _NEAR)) >= 0:
        last = last[at + 1 :]
    first, last = first.strip("\n"), last.strip("\n")
    left_out = max(0, total - len(first.encode()) - len(last.encode()))
    return first + GAP.format(bytes=left_out) + last, left_out
