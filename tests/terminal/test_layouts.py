"""Every key that anything binds means the same in every Cyrillic layout, through the parser, with and without the Kitty protocol."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.binding import Binding

from elumenta_tui.terminal.keyboard import layout_parser
from elumenta_tui.text import layouts
from elumenta_tui.text.layouts import learn_place_of_i, to_qwerty, twins
from elumenta_tui.tui import screens, widgets
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.acts import ACTS, act_of
from elumenta_tui.tui.keymap import PRESETS
from elumenta_tui.tui.screens.confirm import ConfirmScreen
from elumenta_tui.tui.widgets.find_line import _LETTERS as FIND_LETTERS
from tests.chatting import chat_app, chatting, quick_demo
from tests.pseudo_terminal import character_at, key_bytes, kitty
from tests.thorough import thorough

LAYOUTS = ["russian", "ukrainian", "belarusian", "kazakh"]
PLACE_OF_I = {"belarusian": "b", "kazakh": "3"}


@pytest.fixture(autouse=True)
def forget_layout() -> Iterator[None]:
    before = layouts._place_of_i
    # Another test may have typed on a layout that has the letter elsewhere.
    learn_place_of_i("s")
    yield
    learn_place_of_i(before)


def screen_bindings() -> Iterator[tuple[type, dict[str, str]]]:
    """Every screen and widget of ours with its keys and their actions."""
    for package in (screens, widgets):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for thing in vars(importlib.import_module(module.name)).values():
                if isinstance(thing, type) and thing.__module__ == module.name and "BINDINGS" in vars(thing):
                    bound: dict[str, str] = {}
                    for binding in vars(thing)["BINDINGS"]:
                        assert isinstance(binding, Binding)
                        bound |= dict.fromkeys(binding.key.split(","), binding.action)
                    yield thing, bound


SCREENS = dict(screen_bindings())
BOUND = {key for entry in ACTIONS.values() for key in entry.keys}
BOUND |= {
    key for preset in PRESETS.values() for keys in preset.values() for each in keys for key in each.split()
}
BOUND |= {key for bound in SCREENS.values() for key in bound}
CHORDS = sorted(
    key for key in BOUND if re.fullmatch(r"((ctrl|alt|shift)\+)*(ctrl|alt)\+(shift\+)?[a-z]", key)
)
LETTERS = sorted(
    (screen.__name__, key)
    for screen, bound in SCREENS.items()
    for key in bound
    if re.fullmatch("[a-z0-9]", key)
)
BY_NAME = {screen.__name__: bound for screen, bound in SCREENS.items()}


def arriving(data: str | bytes) -> list[events.Key]:
    parser = layout_parser()
    assert parser is not None
    text = data if isinstance(data, str) else data.decode()
    return [message for message in parser().feed(text) if isinstance(message, events.Key)]


def arriving_of(sequence: str | None) -> list[str]:
    """The names of the keys that a sequence is; it must be one."""
    assert sequence is not None
    return [event.key for event in arriving(sequence)]


def test_there_is_something_to_walk() -> None:
    assert len(CHORDS) > 30
    assert {"ctrl+c", "alt+c", "alt+shift+y", "alt+z"} <= set(CHORDS)
    assert {
        ("ComparisonScreen", "b"),
        ("ComparisonScreen", "2"),
        ("TreeScreen", "d"),
        ("QueueScreen", "s"),
    } <= set(LETTERS)


@thorough
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_chord_arrives_as_itself_from_a_terminal_that_tells_the_place(layout: str) -> None:
    arrived = {key: arriving_of(kitty(key, layout, tells_place=True)) for key in CHORDS}
    assert arrived == {key: [key] for key in CHORDS}


@thorough
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_chord_arrives_as_itself_from_a_terminal_that_tells_only_the_letter(layout: str) -> None:
    learn_place_of_i(PLACE_OF_I.get(layout, "s"))
    arrived = {key: arriving_of(kitty(key, layout)) for key in CHORDS}
    assert arrived == {key: [key] for key in CHORDS}


@thorough
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_chord_acts_on_a_terminal_without_the_protocol(layout: str) -> None:
    learn_place_of_i(PLACE_OF_I.get(layout, "s"))
    # The others with Ctrl have no bytes: none of them is the only key of an action.
    chords = [key for key in CHORDS if "ctrl" not in key.split("+")[:-1] or key.count("+") == 1]
    assert len(chords) > 20
    for key in chords:
        _acts_without_the_protocol(key, layout)


def _acts_without_the_protocol(key: str, layout: str) -> None:
    *held, letter = key.split("+")
    if held == ["ctrl"]:
        # A control byte, whatever the layout.
        arrived = arriving(key_bytes(key))
    else:
        typed = character_at(letter, layout)
        assert typed is not None
        arrived = arriving(f"\x1b{typed.upper() if 'shift' in held else typed}")
    expected = {"alt+f": "ctrl+right", "alt+b": "ctrl+left"}.get(key, key)
    assert [event.key for event in arrived] == [expected], key
    if expected != key:
        # It moves by words there. What binds it has another key for the same.
        for bound in SCREENS.values():
            if key in bound:
                assert [other for other, action in bound.items() if action == bound[key] and other != key]


@thorough
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("is_kitty", [True, False])
def test_a_letter_of_a_screen_acts_alike_in_every_layout(layout: str, *, is_kitty: bool) -> None:
    learn_place_of_i(PLACE_OF_I.get(layout, "s"))
    # On a Kazakh keyboard these are marks, which mean themselves.
    letters = [pair for pair in LETTERS if layout != "kazakh" or pair[1] not in "167"]
    assert len(letters) > 20
    for screen, key in letters:
        typed = character_at(key, layout)
        assert typed is not None
        sequence = kitty(key, layout, tells_place=True) if is_kitty else typed
        assert sequence is not None
        [event] = arriving(sequence)
        assert event.character == typed
        bound = BY_NAME[screen]
        found = next((bound[name] for name in (event.key, *twins(event.key)) if name in bound), None)
        # Some actions name the letter that they type if they do nothing else.
        assert re.sub("'.'", "*", found or "") == re.sub("'.'", "*", bound[key]), (screen, key)


@thorough
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("act", [act for act in ACTS if len(act.key) == 1], ids=lambda act: act.key)
def test_a_letter_of_the_cursor_acts_alike_in_every_layout(act: object, layout: str) -> None:
    learn_place_of_i(PLACE_OF_I.get(layout, "s"))
    [wanted] = [each for each in ACTS if each is act]
    typed = character_at(wanted.key, layout)
    assert typed is not None
    [event] = arriving(typed)
    assert act_of(event.character or "", ACTS) is wanted


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_letters_of_the_search_line_have_their_twins(layout: str) -> None:
    for letter, step in (("n", 1), ("N", -1)):
        assert FIND_LETTERS[character_at(letter, layout) or ""] == step


def test_where_і_is_is_learnt_from_the_terminal_and_from_other_letters() -> None:
    for place, other in (("b", "ў"), ("s", "ї"), ("3", "қ"), ("b", "Ў"), ("s", "є")):
        arriving(other)
        assert twins("і")[0] == place
    arriving("\x1b[1110::98;;1110u")
    assert (twins("і")[0], twins("І")[0]) == ("b", "B")
    assert to_qwerty("ікфтср") == "branch"
    arriving("\x1b[1110::115;5u")
    assert to_qwerty("ісщ") == "sco"


@pytest.mark.parametrize("letter", ["s", "ы", "і"])
async def test_a_letter_without_a_binding_of_its_own_acts_in_a_dialog(tmp_path: Path, letter: str) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        for _ in range(3):
            await chat.ask("2+2")
            await chat.until(lambda: chat.app.session.current is None)
        await chat.pilot.press("alt+i")
        await chat.sees("Space")
        await chat.pilot.press(letter)
        await chat.shows(ConfirmScreen)
