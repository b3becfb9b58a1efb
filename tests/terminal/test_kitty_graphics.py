"""Sequences of the Kitty graphics protocol, byte for byte, and the answer among the keys."""

from __future__ import annotations

import base64
import re

import pytest

from elumenta_tui.terminal.escape import GraphicsAnswer
from elumenta_tui.terminal.keyboard import layout_parser
from elumenta_tui.terminal.kitty_graphics import (
    MARKS,
    QUERY_NUMBER,
    is_answer,
    is_known,
    placeholder_rows,
    query,
    transmission,
)

TMUX = {"TMUX": "/tmp/tmux-0/default,1,0"}


def test_a_picture_goes_in_pieces_that_make_it_again() -> None:
    data = bytes(range(256)) * 40
    pieces = [*transmission(0x123456, data, 3, 2, {})]
    assert pieces[0].startswith("\x1b_Ga=T,U=1,f=100,t=d,i=1193046,c=3,r=2,q=2,m=1;")
    assert [re.search(r"m=(\d)", piece)[1] for piece in pieces] == ["1", "1", "1", "0"]  # type: ignore[index]  # it has one
    assert all(len(piece) < 4_200 and "q=2" in piece for piece in pieces)
    assert base64.b64decode("".join(piece.partition(";")[2][:-2] for piece in pieces)) == data


def test_within_tmux_every_sequence_is_passed_through() -> None:
    for plain, passed in zip(
        [query({}), *transmission(9, b"x" * 9_000, 3, 2, {})],
        [query(TMUX), *transmission(9, b"x" * 9_000, 3, 2, TMUX)],
        strict=True,
    ):
        assert passed == "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def test_every_cell_says_its_row_and_its_column() -> None:
    assert placeholder_rows(2, 2) == [
        "\U0010eeee\u0305\u0305\U0010eeee\u0305\u030d",
        "\U0010eeee\u030d\u0305\U0010eeee\u030d\u030d",
    ]
    assert len({*MARKS}) == len(MARKS) >= 60


@pytest.mark.parametrize("pieces", [1, 3, 40])
def test_the_answer_is_found_among_the_keys_and_types_nothing(pieces: int) -> None:
    parser_class = layout_parser()
    assert parser_class is not None
    parser = parser_class()
    text = f"\x1b_Gi={QUERY_NUMBER};OK\x1b\\"
    step = -(-len(text) // pieces)
    messages = [message for at in range(0, len(text), step) for message in parser.feed(text[at : at + step])]
    [answer] = messages
    assert isinstance(answer, GraphicsAnswer)
    assert is_answer(answer.text)
    assert not is_answer(f"\x1b_Gi={QUERY_NUMBER};EINVAL: no\x1b\\")
    assert not is_answer("\x1b_Gi=31;OK\x1b\\")


def test_terminals_are_known_by_their_environment() -> None:
    assert is_known({"TERM": "xterm-kitty"})
    assert is_known({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"})
    assert is_known({"TERM_PROGRAM": "ghostty"})
    assert not is_known({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"})
