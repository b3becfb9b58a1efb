"""What a terminal says of its background is understood in every form that terminals use, and nothing else is."""

from __future__ import annotations

import random
from typing import Any

import pytest

from elumenta_tui.terminal.background import is_light
from elumenta_tui.terminal.escape import BackgroundAnswer
from elumenta_tui.terminal.keyboard import layout_parser


def _parser() -> Any:
    parser: Any = layout_parser()
    return parser()


@pytest.mark.parametrize(
    ("answer", "light"),
    [
        ("\x1b]11;rgb:0000/0000/0000\x1b\\", False),
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", True),
        ("\x1b]11;rgb:ffff/ffff/ffff\a", True),
        ("\x1b]11;rgb:fd/f6/e3\a", True),
        ("\x1b]11;rgb:00/2b/36\a", False),
        ("\x1b]11;rgb:2E2E/3434/4040\x1b\\", False),
        ("\x1b]11;rgb:f/f/f\a", True),
        ("\x1b]11;rgb:fff/fff/fff\a", True),
        ("\x1b]11;rgba:fafa/f8f8/f4f4/ffff\x1b\\", True),
        ("\x1b]11;rgba:1616/1818/1f1f/8000\a", False),
        # Blue is darker than yellow.
        ("\x1b]11;rgb:0000/0000/ffff\a", False),
        ("\x1b]11;rgb:ffff/ffff/0000\a", True),
        ("\x1b[?997;1n", False),
        ("\x1b[?997;2n", True),
    ],
)
def test_a_background_is_light_or_dark(answer: str, light: bool) -> None:
    assert is_light(answer) is light


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "\x1b]11;?\x1b\\",
        "\x1b]11;\a",
        "\x1b]11;rgb:ffff/ffff\a",
        "\x1b]11;rgb:ffff/ffff/ffff",
        "\x1b]11;rgb:ffff/ffff/ffff/ffff\a",
        "\x1b]11;rgba:ffff/ffff/ffff\a",
        "\x1b]11;rgb:fffff/ffff/ffff\a",
        "\x1b]11;rgb:-1/ff/ff\a",
        "\x1b]11;rgb:gg/gg/gg\a",
        "\x1b]11;rgb:\u0661\u0661/\u0661\u0661/\u0661\u0661\a",
        "\x1b]11;white\a",
        "\x1b]10;rgb:ffff/ffff/ffff\a",
        "\x1b]11;rgb:" + "f" * 5000 + "/ff/ff\a",
        "\x1b[?997;3n",
        "\x1b[?997;2;1n",
    ],
)
def test_what_is_no_answer_says_nothing(answer: str) -> None:
    assert is_light(answer) is None


@pytest.mark.parametrize(
    "answer", ["\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "\x1b]11;rgb:ff/ff/ff\a", "\x1b[?997;2n"]
)
def test_an_answer_is_one_message_and_types_nothing_wherever_it_is_cut(answer: str) -> None:
    for at in range(len(answer)):
        parser = _parser()
        pieces = [answer[:at], answer[at:]] if at else [answer]
        messages = [message for piece in pieces for message in parser.feed(piece)]
        [told] = messages
        assert isinstance(told, BackgroundAnswer)
        assert is_light(told.text)


def test_a_hostile_answer_is_bounded_and_types_nothing() -> None:
    for answer in (
        "\x1b]11;" + "x" * 60_000 + "\a",
        "\x1b]11;rgb:q\x1b\\",
        "\x1b[?997;n",
        "\x1b[?997;12345678n",
    ):
        parser = _parser()
        for message in parser.feed(answer):
            assert isinstance(message, BackgroundAnswer)
            assert len(message.text) <= 200
            assert is_light(message.text) is None


def test_no_mixture_of_its_characters_raises() -> None:
    dice = random.Random(11)
    for _ in range(2000):
        text = "\x1b]11;rgb:" + "".join(
            dice.choices("0123456789abcdefABCDEFxyz/;:?\x1b\\\a", k=dice.randrange(24))
        )
        assert is_light(text) in (True, False, None)
