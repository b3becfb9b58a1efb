"""A notice is one that the terminal knows, it holds no control characters, and a multiplexer hands it on."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from elumenta_tui.terminal.notifications import Way, notification


@pytest.mark.parametrize(
    ("environ", "beginning"),
    [
        ({"TERM": "xterm-256color"}, "\x1b]9;"),
        ({"TERM": "xterm-kitty"}, "\x1b]99;"),
        ({"TERM": "screen-256color", "KITTY_WINDOW_ID": "1", "TMUX": "x"}, "\x1bPtmux;\x1b\x1b]99;"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "\x1b]777;notify;"),
        ({"TERM": "foot"}, "\x1b]777;notify;"),
        ({"TERM": "tmux-256color", "TMUX": "x"}, "\x1bPtmux;\x1b\x1b]9;"),
        ({"TERM": "screen", "STY": "1"}, "\x1bP\x1b]9;"),
        ({"TERM": "linux"}, ""),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, ""),
    ],
)
def test_it_is_written_as_the_terminal_knows_it(environ: Mapping[str, str], beginning: str) -> None:
    found = notification("title", "text", environ)
    assert found.startswith(beginning)
    assert bool(found) == bool(beginning)
    if "TMUX" in environ:
        assert found.endswith("\x1b\\")
        inner = found.removeprefix("\x1bPtmux;").removesuffix("\x1b\\")
        assert "\x1b" not in inner.replace("\x1b\x1b", "")


@pytest.mark.parametrize("way", [way for way in Way if way is not Way.AUTO])
def test_text_ends_no_sequence_and_no_field(way: Way) -> None:
    text = "a\x1b\\b\ac\x9cd;e\nf" + "x" * 1000
    found = notification("t;u", text, {}, way)
    assert len(found) < 400
    assert "\x9c" not in found
    assert "\n" not in found
    assert "d,e" in found or way is Way.OFF
    match way:
        case Way.OFF:
            assert found == ""
        case Way.OSC_99:
            assert (found.count("\x1b"), found.count("\x1b\\"), found.count("\a")) == (4, 2, 0)
        case _:
            assert (found.count("\x1b"), found.count("\a")) == (1, 1)
            assert found.count(";") == (1 if way is Way.OSC_9 else 3)


def test_it_cannot_become_another_command_of_the_same_number() -> None:
    # ConEmu and Windows Terminal read a number after it as a command.
    assert notification("elumenta-tui", "4;1;50", {}, Way.OSC_9).startswith("\x1b]9;elumenta-tui: ")
