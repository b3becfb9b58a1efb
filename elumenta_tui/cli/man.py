"""`elumenta-tui man`: the man page, also where `man` does not find it, as in an environment of pipx or uv."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from elumenta_tui.cli.app_keys import app_keys
from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.running import run_command
from elumenta_tui.cli.stdio import OK, put_out
from elumenta_tui.cli.tables import standard_look

_WIDEST, _PIPED = 100, 80
"""Columns of a line, at most, and where the page goes into a pipe."""


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("man.usage")
    parser.add_argument("--roff", action="store_true")
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui man` with its arguments. Return the exit code."""
    return run_command(parser(), "man", argv, lambda arguments: _show(arguments, environ))


def _show(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from elumenta_tui.cli.man_page import parts

    content = parts(app_keys().listed())
    if arguments.roff:
        from elumenta_tui.cli.man_roff import roff

        return put_out([roff(content, _date())], encoding="utf-8")
    from elumenta_tui.cli.man_text import bold, page_text, underlined

    width = standard_look(environ).width
    if width and sys.stdin is not None and sys.stdin.isatty() and environ.get("TERM") != "dumb":
        from elumenta_tui.process.pager import pager_command, show

        text = "".join(page_text(content, min(width, _WIDEST), strong=bold, emphasized=underlined))
        if (command := pager_command(environ)) and show(command, text, environ):
            return OK
        content = parts(app_keys().listed())
    return put_out(page_text(content, min(width or _PIPED, _WIDEST)))


def _date() -> str:
    """Return the day on which this version of the program was installed."""
    return time.strftime("%Y-%m-%d", time.gmtime(Path(__file__).stat().st_mtime))
