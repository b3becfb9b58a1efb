"""Print a text on the terminal as it is, and wait for a key. A program of its own, run in the foreground: see `tui.raw_view`.

The terminal itself wraps the lines, on its ordinary screen. So its selection, its scrollback and the copy mode of tmux have the exact
text. Imports nothing but the standard library, because it is run as a file.

Usage: raw_view.py FILE NOTE
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import termios
import tty

_LEAVE = (b"\x1b", b"q", b"Q", "й".encode(), "Й".encode(), b"\x03", b"\x04", b"\r", b"\n")
"""Keys that end the view; Alt with a letter begins with the escape character."""
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)")
"""Matches arrows and other keys that a terminal sends as sequences. They are ignored."""
_TOGETHER = 0.1
"""Seconds in which the rest of a key's sequence follows the escape character."""


def leaves(data: bytes) -> bool:
    """Return whether any of the keys that were read ends the view."""
    rest = _SEQUENCE.sub(b"", data)
    return any(key in rest for key in _LEAVE)


def main(path: str, note: str) -> None:
    """Show the text of a file."""
    with open(path, "rb") as file:
        text = file.read()
    before = termios.tcgetattr(0)
    tty.setcbreak(0)
    try:
        for piece in (b"\r\n", text, b"" if text.endswith(b"\n") else b"\n"):
            _write(piece)
        _write(f"\x1b[7m {note} \x1b[0m".encode())
        while True:
            data = os.read(0, 1024)
            if data.endswith(_LEAVE[0]) and select.select([0], [], [], _TOGETHER)[0]:
                data += os.read(0, 1024)
            if not data or leaves(data):
                break
    except KeyboardInterrupt:
        pass
    finally:
        _write(b"\r\x1b[K")
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSAFLUSH, before)


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data[:4096]) :]


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, OSError):
        main(sys.argv[1], sys.argv[2])
