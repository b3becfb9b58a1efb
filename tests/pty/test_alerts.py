"""What the program writes when an answer is ready: nothing while the terminal has the focus, and never words of the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.pseudo_terminal import PREPARED, Terminal
from tests.thorough import thorough

START = """
import sys
from elumenta_tui.tui import alerting
alerting.LONG = 0.0
from elumenta_tui.__main__ import main
sys.exit(main(["--demo"]))
"""
"""The demo, for whose user every answer takes long."""

BLUR, FOCUS = b"\x1b[O", b"\x1b[I"
NOTICE = "\x1b]9;elumenta-tui: “2+2” · the answer is ready\a".encode()
READY, TITLE = "\x1b]2;● 2+2\x1b\\".encode(), b"\x1b]2;2+2\x1b\\"


def terminal(home: Path, config: str = "", env: Mapping[str, str] | None = None) -> Terminal:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text(config)
    return Terminal([PREPARED, "-c", START], env={"ELUMENTA_HOME": str(home), **(env or {})})


def rings(screen: Terminal) -> int:
    """How often the bell rang: a control character that ends no sequence."""
    return re.sub(rb"\x1b\][^\a\x1b]*(?:\a|\x1b\\)", b"", screen.raw).count(b"\a")


def test_it_rings_tells_the_desktop_and_marks_the_title_and_takes_the_mark_back(tmp_path: Path) -> None:
    with terminal(tmp_path) as screen:
        screen.wait_for("283 tokens")
        screen.send(BLUR)
        screen.type("2+2\r")
        # A key shows that somebody is there: the focus goes after it.
        screen.send(BLUR)
        screen.wait_for("✓ GPT-5")
        screen.wait_for(READY)
        assert screen.raw.count(b"\a" + NOTICE) == 1
        before = len(screen.raw)
        screen.send(FOCUS)
        screen.wait_for(lambda text: TITLE in screen.raw[before:])
        screen.press("ctrl+q")
        assert screen.wait_exit() == 0
        # The title from before is restored.
        assert screen.raw.rindex(b"\x1b[23;2t") > screen.raw.rindex(READY)
        assert screen.raw.count(NOTICE) == 1


@thorough
def test_while_the_terminal_has_the_focus_nothing_is_written_but_the_title(tmp_path: Path) -> None:
    with terminal(tmp_path) as screen:
        screen.wait_for("283 tokens")
        screen.send(BLUR + FOCUS)
        screen.type("2+2\r")
        screen.wait_for("✓ GPT-5")
        screen.wait_for(TITLE)
        screen.press("ctrl+q")
        assert screen.wait_exit() == 0
        assert "\x1b]2;… 2+2\x1b\\".encode() in screen.raw
        assert rings(screen) == 0
        for written in (b"\x1b]9;", "● 2+2".encode()):
            assert written not in screen.raw


@thorough
@pytest.mark.parametrize(
    ("config", "env", "expected"),
    [
        ("bell = false", {}, (False, NOTICE, True)),
        ('notify = "off"', {}, (True, b"", True)),
        ("title = false", {}, (True, NOTICE, False)),
        (
            'notify = "osc777"',
            {},
            (True, "\x1b]777;notify;elumenta-tui;“2+2” · the answer is ready\a".encode(), True),
        ),
        ("", {"TMUX": "/tmp/none,1,0"}, (True, b"\x1bPtmux;\x1b" + NOTICE + b"\x1b\\", True)),
    ],
)
def test_each_can_be_switched_off_and_tmux_hands_the_notice_on(
    tmp_path: Path, config: str, env: Mapping[str, str], expected: tuple[bool, bytes, bool]
) -> None:
    bell, notice, title = expected
    with terminal(tmp_path, config, env) as screen:
        screen.wait_for("283 tokens")
        screen.type("2+2\r")
        screen.send(BLUR)
        screen.wait_for("✓ GPT-5")
        screen.wait_for(READY if title else notice)
        screen.press("ctrl+q")
        assert screen.wait_exit() == 0
        assert notice in screen.raw
        assert rings(screen) == bell
        if not notice:
            assert b"\x1b]9;" not in screen.raw
        assert (b"\x1b]2;" in screen.raw) is title
