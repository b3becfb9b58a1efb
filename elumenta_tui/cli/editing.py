"""Opening a file in the user's editor, for commands."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from elumenta_tui.cli.running import CommandFailed
from elumenta_tui.cli.stdio import FAILED, complain
from elumenta_tui.i18n import say, spoken
from elumenta_tui.process.children import environ_for_children
from elumenta_tui.process.editor import NoEditor, editor_command


def is_at_a_terminal() -> bool:
    """Return whether there is a terminal for an editor to work on."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def editor(environ: Mapping[str, str]) -> list[str]:
    """Return the command of the user's editor. Raises CommandFailed if there is none."""
    try:
        return editor_command(environ)
    except NoEditor as problem:
        raise CommandFailed(FAILED, spoken(problem.phrase)) from None


def edit(command: list[str], path: Path, environ: Mapping[str, str]) -> None:
    """Run an editor on a file until it ends, and say so if it ended badly. Raises OSError if it cannot be started."""
    done = subprocess.run([*command, str(path)], env=environ_for_children(environ), check=False)
    if done.returncode:
        complain(say("editor.ended", code=done.returncode))
