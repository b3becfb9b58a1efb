"""The raw view on a real terminal: the source as it is, on the ordinary screen, until a key ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pseudo_terminal import PREPARED, Terminal
from tests.service import delta, ended, service_thread, sse, started

LONG = "word " * 40 + "end"
SOURCE = (
    f"# Title\n\n- item **bold**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nif x:\n    y\n```\n\n{LONG}"
)


@pytest.mark.parametrize("leave", [b"q", b"\x1b", b"\x1br", "й".encode(), b"\x03"])
def test_the_source_is_on_the_ordinary_screen_and_a_key_returns(leave: bytes, tmp_path: Path) -> None:
    with (
        service_thread() as service,
        Terminal([PREPARED], env=service.environ(ELUMENTA_HOME=str(tmp_path))) as terminal,
    ):
        terminal.wait_for("300 tokens")
        service.queue(sse(started(), delta(SOURCE + "\u202e\x1b]0;evil\x07"), ended(4, 293)))
        terminal.type("show\r")
        terminal.wait_for("293 left")
        terminal.press("alt+r")
        terminal.wait_for("returns to the chat")
        shown = terminal.raw.rpartition(b"\x1b[?1049l")[2]
        # As it was written: the terminal wraps it, and nothing stands beside it.
        assert SOURCE.replace("\n", "\r\n").encode() in shown
        assert b"evil\x07" not in shown
        assert "\u202e".encode() not in shown
        # Keys that scroll are the terminal's own; they do not end the view.
        terminal.send(b"\x1b[A")
        terminal.send(leave)
        terminal.wait_for("293 left")
        assert terminal.raw.rpartition(b"\x1b[?1049h")[2] != b""
        terminal.type("and then")
        terminal.wait_for("and then")
        terminal.press("ctrl+c")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
