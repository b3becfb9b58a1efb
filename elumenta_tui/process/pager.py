"""The user's pager: shows a text page by page on a terminal."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections.abc import Mapping

from elumenta_tui.process.children import environ_for_children, find_program

FALLBACKS = ("less", "more")
"""Pagers to look for if neither MANPAGER nor PAGER names one that is installed."""


def pager_command(environ: Mapping[str, str]) -> list[str]:
    """Return the command of the user's pager for manuals with its arguments; empty if none can be run."""
    for named in (environ.get("MANPAGER", ""), environ.get("PAGER", ""), *FALLBACKS):
        try:
            words = shlex.split(named)
        except ValueError:
            continue
        if words and (program := find_program(words[0], environ)) is not None:
            return [program, *words[1:]]
    return []


def show(command: list[str], text: str, environ: Mapping[str, str]) -> bool:
    """Run a pager on a text until the user ends it. Return whether it could be started."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environ_for_children(environ))
    except OSError:
        return False
    # The pager has keys of its own, Ctrl+C among them: it decides what they mean.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process.communicate(text.encode())
    finally:
        signal.signal(signal.SIGINT, before)
    return True
