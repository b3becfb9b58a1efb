"""The installed command. `--version` and `--help` are answered here, as loading the program takes six times as long as that."""

from __future__ import annotations

import os
import sys

from elumenta_tui import __version__


def main() -> int:
    """Run the program. Return the exit code."""
    text = _answer(sys.argv[1:])
    if text and _has_said(text):
        return 0
    from elumenta_tui.__main__ import main as program

    return program()


def _answer(argv: list[str]) -> str | None:
    """Return what a command line asks for, if that is known without the program."""
    if argv == ["--version"]:
        return f"elumenta-tui {__version__}\n"
    if argv[-1:] in (["--help"], ["-h"]):
        from elumenta_tui.cli.prepared_help import prepared

        return prepared(argv[:-1], os.environ)
    return None


def _has_said(text: str) -> bool:
    """Print a text. If that fails, the program itself tries again, and says why it can't."""
    if not text.isascii() and (sys.stdout is None or sys.stdout.encoding != "utf-8" or os.name == "nt"):
        # An encoding, or a console, that takes more than bytes.
        return False
    data = text.encode()
    try:
        while data:
            data = data[os.write(1, data) :]
    except OSError:
        return False
    return True
