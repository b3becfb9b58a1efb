"""Outputs of programs lose what was meant for a terminal, and nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.text.escapes import drop_escapes
from tests.thorough import thorough


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain\ttext\nжи\n", "plain\ttext\nжи\n"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[38;2;1;2;3mx\x1b[?25l\x1b[2Jy\x1b[10;20Hz", "xyz"),
        ("\x9b31mred\x9bm", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://a.test\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;QQ==\x9ctext", "text"),
        ("\x9d0;title\x9ctext", "text"),
        ("\x1bPq#0;1~~\x1b\\text\x1b_G1\x1b\\\x1b^x\x1b\\", "text"),
        ("\x1b(B\x1b=\x1b7\x1bMtext", "text"),
        ("an unfinished \x1b]0;title\nnext line", "an unfinished \nnext line"),
        ("an unfinished \x1bPpicture\nnext line", "an unfinished picture\nnext line"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("windows\r\nlines\r\n", "windows\nlines\n"),
        ("ends with\r", "ends with"),
        ("b\bbo\bol\bld _\bu", "bold u"),
        ("\b\b\na\b\b\bb", "\nb"),
    ],
)
def test_an_output_reads_as_a_terminal_shows_it(written: str, shown: str) -> None:
    assert drop_escapes(written) == shown


@given(st.text(alphabet="ab \n\t[]0;mжПи", max_size=200))
def test_text_without_controls_stays_as_it_is(text: str) -> None:
    assert drop_escapes(text) == text


@thorough
@pytest.mark.parametrize(
    "piece",
    ["\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b]0;", "\x1b[1", "\x1bPa", "\x9b", "\x9d", "\x90", "\r", "a\r", "\b", "a\b",
     "\x1b[" + "1" * 1000, "\x1b]" + "a" * 1000, "\x1b(", "\x1b ", "\x1b]\x1b"],
)  # fmt: skip
def test_no_output_makes_it_slow(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            drop_escapes(text)
            best = min(best, time.process_time() - begun)
        return best

    assert seconds(200_000) < max(0.25, 4 * 2.5 * seconds(50_000))
