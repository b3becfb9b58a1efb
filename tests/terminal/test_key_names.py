"""Keys are read as people write them, and it is known what terminals make of them."""

from __future__ import annotations

import string

import pytest
from textual import events

from elumenta_tui.terminal.key_names import Standing, parse_key, parse_keys, sent_as, standing
from elumenta_tui.terminal.keyboard import layout_parser
from tests.pseudo_terminal import key_bytes
from tests.thorough import thorough


@thorough
@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("ctrl+s", "ctrl+s"),
        ("Ctrl+S", "ctrl+s"),
        ("C-s", "ctrl+s"),
        ("ctrl+ы", "ctrl+s"),
        ("M-x", "alt+x"),
        ("Option+x", "alt+x"),
        ("shift+alt+up", "alt+shift+up"),
        ("Alt+Shift+↑", "alt+shift+up"),
        ("esc", "escape"),
        ("Return", "enter"),
        ("PgUp", "pageup"),
        ("F5", "f5"),
        ("ctrl+_", "ctrl+underscore"),
        ("ctrl+/", "ctrl+slash"),
        ("ctrl++", "ctrl+plus"),
        ("ctrl+-", "ctrl+minus"),
        ("ctrl+x ctrl+s", "ctrl+x ctrl+s"),
        ("Ctrl+X  B", "ctrl+x b"),
        ("ctrl+x shift+b", "ctrl+x shift+b"),
        ("ctrl+x и", "ctrl+x b"),
    ],
)
def test_a_key_is_read_as_people_write_it(written: str, key: str) -> None:
    assert parse_keys(written) == key


@pytest.mark.parametrize(
    "written", ["", " ", "ctrl+", "ctrl+foo", "f25", "f0", "hello", "ctrl+x nope", "+s", "漢"]
)
def test_what_no_keyboard_has_is_no_key(written: str) -> None:
    assert parse_keys(written) is None


def arriving(data: bytes) -> str:
    parser = layout_parser()
    assert parser is not None
    [key] = [each.key for each in parser().feed(data.decode()) if isinstance(each, events.Key)]
    return key


@thorough
@pytest.mark.parametrize("letter", string.ascii_lowercase)
def test_what_an_old_terminal_sends_for_ctrl_and_a_letter_is_known(letter: str) -> None:
    key = f"ctrl+{letter}"
    assert arriving(key_bytes(key)) == sent_as(key)
    assert (standing(key) is Standing.SAME) == (sent_as(key) != key)


@thorough
@pytest.mark.parametrize("letter", string.ascii_lowercase)
def test_what_an_old_terminal_sends_for_alt_and_a_letter_is_known(letter: str) -> None:
    key = f"alt+{letter}"
    assert arriving(key_bytes(key)) == sent_as(key)
    assert (standing(key) is Standing.SAME) == (sent_as(key) != key)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("s", Standing.TYPES),
        ("shift+s", Standing.TYPES),
        ("space", Standing.TYPES),
        ("up", Standing.TYPES),
        ("tab", Standing.TYPES),
        ("escape", Standing.FINE),
        ("enter", Standing.FINE),
        ("f12", Standing.FINE),
        ("f13", Standing.RARE),
        ("ctrl+m", Standing.SAME),
        ("ctrl+i", Standing.SAME),
        ("ctrl+h", Standing.SAME),
        ("ctrl+left_square_bracket", Standing.SAME),
        ("alt+left_square_bracket", Standing.BEGINS),
        ("alt+shift+o", Standing.BEGINS),
        ("shift+enter", Standing.RARE),
        ("alt+enter", Standing.FINE),
        ("ctrl+1", Standing.RARE),
        ("ctrl+shift+s", Standing.RARE),
        ("super+s", Standing.RARE),
        ("alt+shift+up", Standing.FINE),
    ],
)
def test_it_is_known_what_terminals_make_of_a_key(key: str, expected: Standing) -> None:
    assert standing(key) is expected


def test_names_that_were_read_are_read_again() -> None:
    for written in ("ctrl+_", "alt+<", "ctrl+]", "alt+shift+y", "ctrl+space", "f24", "ctrl+@"):
        key = parse_key(written)
        assert key is not None
        assert parse_key(key) == key
