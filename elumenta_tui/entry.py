"""The installed command. `--version` is answered here, as scripts ask for it often: loading the program takes six times as long."""

from __future__ import annotations

import os
import sys

from elumenta_tui import __version__


def main() -> int:
    """Run the program. Return the exit code."""
    if sys.argv[1:] == ["--version"] and _has_said_version():
        return 0
    from elumenta_tui.__main__ import main as program

    return program()


def _has_said_version() -> bool:
    """Print the version. If that fails, the program itself tries again, and says why it can't."""
    try:
        os.write(1, f"elumenta-tui {__version__}\n".encode())
    except OSError:
        return False
    return True
