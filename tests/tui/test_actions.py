"""Everything a person can do has a name in both languages, a key of its own, and works in a Russian layout too."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.binding import Binding

from elumenta_tui import i18n
from elumenta_tui.i18n import catalogue, say
from elumenta_tui.session.backend import demo_account
from elumenta_tui.terminal.keyboard import layout_parser
from elumenta_tui.tui import screens, widgets
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.catalogue import GROUPS, bindings, by_slash, hint, key_label
from elumenta_tui.tui.screens.help import HelpScreen
from elumenta_tui.tui.screens.welcome import WelcomeScreen
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from elumenta_tui.tui.widgets.picker import Picker
from tests.chatting import Chat, chat_app, chatting
from tests.pseudo_terminal import kitty
from tests.thorough import thorough

# -------------------------------------------------------------------------------------------------------- the catalogue


def test_no_key_and_no_slash_word_means_two_things() -> None:
    keys = Counter(key for action in ACTIONS.values() for key in action.keys)
    slash_words = Counter(word for action in ACTIONS.values() for word in action.slash)
    assert [key for key, times in keys.items() if times > 1] == []
    assert [word for word, times in slash_words.items() if times > 1] == []
    assert Counter(binding.key for binding in bindings()) == keys


@thorough
@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_stands_in_a_group_and_has_words_in_both_languages(name: str) -> None:
    action = ACTIONS[name]
    assert action.name == name
    assert action.group in GROUPS
    assert action.keys or action.slash
    for language in i18n.LANGUAGES:
        i18n.use(language)
        assert action.title == catalogue(language)[f"action.{name}.title"]
        assert action.help == say(f"action.{name}.help")
        assert action.title
        assert action.help


def test_every_group_has_a_heading_and_actions() -> None:
    assert {action.group for action in ACTIONS.values()} == set(GROUPS)
    for language in i18n.LANGUAGES:
        assert {f"help.group.{group}" for group in GROUPS} <= catalogue(language).keys()


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_two_commands_of_the_palette_have_the_same_name(language: str) -> None:
    i18n.use(language)
    titles = Counter(action.title for action in ACTIONS.values() if action.palette)
    assert [title for title, times in titles.items() if times > 1] == []


def test_every_slash_word_finds_its_action_and_nothing_else_does() -> None:
    for action in ACTIONS.values():
        for word in action.slash:
            assert by_slash(word) is action
            assert word == word.lower()
    for word in ("", "nonsense", "/quit", "Quit"):
        assert by_slash(word) is None


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("ctrl+l", "Ctrl+L"),
        ("escape", "Esc"),
        ("f12", "F12"),
        ("shift+enter", "Shift+Enter"),
        ("pageup", "PgUp"),
        ("ctrl+up", "Ctrl+↑"),
        ("ctrl+home", "Ctrl+Home"),
    ],
)
def test_keys_are_written_as_people_write_them(key: str, label: str) -> None:
    assert key_label(key) == label


def test_a_hint_shows_the_first_key() -> None:
    assert (hint("model"), hint("ask_to_stop"), hint("help")) == ("Ctrl+L", "Esc", "F1")


# ---------------------------------------------------------------------------------------------------- in any layout


def screen_bindings() -> Iterator[tuple[str, str]]:
    """Every key that a screen or a widget of ours binds."""
    for package in (screens, widgets):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for thing in vars(importlib.import_module(module.name)).values():
                if isinstance(thing, type) and thing.__module__ == module.name:
                    for binding in vars(thing).get("BINDINGS", ()):
                        assert isinstance(binding, Binding)
                        yield from ((thing.__name__, key) for key in binding.key.split(","))


BOUND = [(name, key) for name, action in ACTIONS.items() for key in action.keys] + list(screen_bindings())
CHORDS = sorted(
    {key for _, key in BOUND if re.fullmatch(r"((ctrl|alt|shift|super)\+)*(ctrl|alt)\+([a-z]|[^\w+])", key)}
)


def test_the_screens_keys_are_known_here() -> None:
    assert {"Picker", "HelpScreen", "WelcomeScreen"} <= {name for name, _ in screen_bindings()}
    assert {"ctrl+q", "ctrl+c", "ctrl+l", "ctrl+p", "ctrl+n", "ctrl+d", "ctrl+y", "ctrl+t", "ctrl+j"} <= set(
        CHORDS
    )


def test_a_screen_binds_no_key_twice() -> None:
    assert [pair for pair, times in Counter(screen_bindings()).items() if times > 1] == []


def russian(key: str) -> str:
    """What a terminal with the Kitty protocol sends for a key while the layout is Russian."""
    sequence = kitty(key)
    assert sequence is not None, f"{key} has no place on the keyboard"
    assert not re.search("[a-z]", sequence.removesuffix("u"))
    return sequence


def pressed(parser: type[XTermParser] | None, sequence: str) -> list[events.Key]:
    assert parser is not None
    return [message for message in parser().feed(sequence) if isinstance(message, events.Key)]


@thorough
@pytest.mark.parametrize("key", CHORDS)
def test_every_chord_that_is_bound_arrives_as_itself_from_a_russian_layout(key: str) -> None:
    assert [event.key for event in pressed(layout_parser(), russian(key))] == [key]


def test_textuals_own_parser_reads_another_key_which_is_why_there_is_ours() -> None:
    assert [event.key for event in pressed(XTermParser, russian("ctrl+q"))] == ["ctrl+й"]
    assert "ctrl+й" not in {key for _, key in BOUND}


def type_in_russian(chat: Chat, *keys: str, parser: type[XTermParser] | None = None) -> None:
    """Press keys as a terminal's driver does: the bytes through the parser, its events to the app."""
    driver = chat.app._driver
    assert driver is not None
    for key in keys:
        for event in pressed(parser or layout_parser(), russian(key)):
            event.set_sender(chat.app)
            driver.send_message(event)


@thorough
async def test_ctrl_and_the_key_of_q_quits_in_a_russian_layout(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("283 tokens")
        type_in_russian(chat, "ctrl+q")
        await chat.until(lambda: chat.app.return_value == 0, "the end")


@thorough
async def test_through_textuals_own_parser_the_same_key_would_do_nothing(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("283 tokens")
        type_in_russian(chat, "ctrl+q", parser=XTermParser)
        # A key behind it shows that it has been handled.
        type_in_russian(chat, "ctrl+l")
        await chat.sees("search…")
        assert chat.app.return_value is None


async def test_dialogs_are_opened_moved_in_and_left_in_a_russian_layout(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("283 tokens")
        type_in_russian(chat, "ctrl+l")
        await chat.sees("search…")
        picker = chat.app.screen
        assert isinstance(picker, ModelPicker)
        options: Any = picker.query_one("#choices")
        await chat.until(lambda: options.highlighted is not None)
        first = options.highlighted
        type_in_russian(chat, "ctrl+n")
        await chat.until(lambda: options.highlighted == first + 1)
        type_in_russian(chat, "ctrl+p")
        await chat.until(lambda: options.highlighted == first)
        type_in_russian(chat, "ctrl+c")
        await chat.sees_no("search…")
        await chat.pilot.press("f1")
        await chat.shows(HelpScreen)
        type_in_russian(chat, "q")
        await chat.until(lambda: not isinstance(chat.app.screen, HelpScreen))
        assert chat.app.prompt.text == ""
        type_in_russian(chat, "ctrl+t", "ctrl+q")
        await chat.until(lambda: chat.app.return_value == 0, "the end, out of a dialog")


@thorough
async def test_the_demo_is_chosen_at_the_first_start_by_a_key_of_no_layout(tmp_path: Path) -> None:
    async with chatting(chat_app(None, tmp_path, demo=demo_account)) as chat:
        await chat.shows(WelcomeScreen)
        await chat.pilot.press("f2")
        await chat.sees("283 tokens", "DEMO")


@thorough
async def test_every_key_performs_its_action_in_the_chat_and_only_leaving_and_pausing_work_in_a_dialog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = chat_app(demo_account(), tmp_path)
    performed: list[str] = []
    monkeypatch.setattr(app, "action_perform", lambda name: performed.append(name))
    every_key = [(key, name) for name, action in ACTIONS.items() for key in action.keys]
    async with chatting(app, (60, 15)) as chat:
        await chat.pilot.press(*[key for key, _ in every_key])
        assert performed == [name for _, name in every_key]
        performed.clear()
        for key, _ in every_key:
            # Some keys leave the dialog.
            if not isinstance(app.screen, Picker):
                await app.push_screen(Picker("", []))
            await chat.pilot.press(key)
        assert performed == ["pause", "quit"]
        assert app.session.conversation.answers == []
