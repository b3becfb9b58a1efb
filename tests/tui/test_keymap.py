"""Keys of the configuration: they act, everything that names keys shows them, and what is wrong is said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.__main__ import help_text
from elumenta_tui.config.settings import Settings, load
from elumenta_tui.i18n import say
from elumenta_tui.lean import fields
from elumenta_tui.session.backend import demo_account
from elumenta_tui.terminal.key_names import Standing, parse_keys, standing
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.catalogue import assign_keys, hint
from elumenta_tui.tui.keymap import NEEDED, PAYING, PRESETS, resolve
from elumenta_tui.tui.screens.help import HelpScreen
from elumenta_tui.tui.screens.queue import QueueScreen
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from elumenta_tui.tui.widgets.picker import Picker
from tests.chatting import chat_app, chatting, quick_demo
from tests.thorough import thorough


@pytest.fixture(autouse=True)
def own_keys() -> Iterator[None]:
    yield
    assign_keys({})


def keys_with(preset: str = "default", **table: object) -> dict[str, tuple[str, ...]]:
    """All keys that actions have with a configuration."""
    changed = resolve(preset, table).keys
    return {name: changed.get(name, entry.default_keys) for name, entry in ACTIONS.items()}


def problems(**table: object) -> list[tuple[str, str]]:
    return [(problem.kind, problem.action) for problem in resolve("default", table).problems]


# ------------------------------------------------------------------------------------------------------ what is counted


def test_an_action_has_the_keys_that_the_configuration_names() -> None:
    found = keys_with(send="ctrl+s", stop=["esc", "ctrl+c"], compare=[], export="F11")
    assert found["send"] == ("ctrl+s",)
    assert found["ask_to_stop"] == ("escape", "ctrl+c")
    assert found["compare"] == ()
    assert found["export"] == ("f11",)
    # A key has one meaning: the others have lost it.
    assert found["conversations"] == ("f7",)
    assert found["interrupt"] == ()


def test_nothing_is_changed_by_an_empty_table() -> None:
    assert resolve("default", {}) == ({}, [])


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ({"sned": "ctrl+s"}, "unknown"),
        ({"find": 5}, "value"),
        ({"find": ["ctrl+s", 5]}, "value"),
        ({"find": "ctrl+nope"}, "no_key"),
        ({"find": "x"}, "types"),
        ({"find": "tab"}, "types"),
        ({"find": "ctrl+m"}, "same"),
        ({"find": "ctrl+i"}, "same"),
        ({"find": "ctrl+["}, "same"),
        ({"find": "ctrl+h"}, "same"),
        ({"find": "alt+["}, "begins"),
        ({"find": "ctrl+x ctrl+y ctrl+z"}, "chord"),
        ({"find": "ctrl+x esc"}, "chord"),
        ({"find": "f11", "copy": "f11"}, "conflict"),
        ({"find": "ctrl+x", "copy": "ctrl+x c"}, "conflict"),
        ({"ask_to_stop": []}, "needed"),
        ({"send": []}, "needed"),
        ({"find": "enter"}, "needed"),
        ({"again": "ctrl+z", "redo": "ctrl+shift+z"}, "confused"),
    ],
)
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_is_wrong_is_named_and_the_rest_counts(
    table: dict[str, object], kind: str, language: str
) -> None:
    i18n.use(language)
    found = resolve("default", {**table, "theme": "alt+z"})
    [problem] = found.problems
    assert problem.kind == kind
    assert "[keys]" in problem.words()
    assert found.keys["theme"] == ("alt+z",)
    for name in NEEDED:
        assert found.keys.get(name, ACTIONS[name].default_keys)


@thorough
@pytest.mark.parametrize("name", sorted(PAYING))
@pytest.mark.parametrize(
    "key", ["alt+enter", "shift+enter", "ctrl+enter", "ctrl+m", "ctrl+j", "ctrl+shift+s", "alt+ctrl+s"]
)
def test_what_costs_something_has_no_key_that_terminals_confuse(name: str, key: str) -> None:
    found = resolve("default", {name: key})
    assert [problem.kind for problem in found.problems] in (["pays"], ["same"])
    assert name not in found.keys


def test_a_refused_key_leaves_the_others_of_the_list() -> None:
    assert keys_with(find=["ctrl+m", "f11"])["find"] == ("f11",)


def test_a_refused_key_alone_leaves_the_actions_own() -> None:
    assert keys_with(find="ctrl+m")["find"] == ACTIONS["find"].default_keys


# ------------------------------------------------------------------------------------------------------------- presets


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_names_actions_and_keys_that_terminals_send_and_none_twice(preset: str) -> None:
    for name, keys in PRESETS[preset].items():
        assert name in ACTIONS
        for key in keys:
            assert parse_keys(key) == key
            assert standing(key.split()[0]) in (Standing.FINE, Standing.RARE)
            assert any(standing(each.split()[0]) is Standing.FINE for each in keys)
    found = Counter(key for keys in keys_with(preset).values() for key in keys)
    assert [key for key, times in found.items() if times > 1] == []
    firsts = {key.split()[0] for key in found if " " in key}
    assert firsts & found.keys() == set()
    [option] = [each for each in fields(Settings) if each.name == "keys_preset"]
    assert PRESETS.keys() == set(option.metadata["choices"])


@pytest.mark.parametrize("preset", PRESETS)
def test_with_a_preset_everything_can_still_be_done(preset: str) -> None:
    for name, keys in keys_with(preset).items():
        entry = ACTIONS[name]
        assert keys or entry.slash, name


def test_a_preset_gives_way_to_the_table() -> None:
    found = keys_with("emacs", find="alt+s")
    assert found["find"] == ("alt+s",)
    assert found["palette"] == ("alt+x",)
    assert found["ask_to_stop"] == ("escape", "ctrl+g")


# --------------------------------------------------------------------------------------------------------- in the app


def settings(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@thorough
async def test_remapped_keys_act_and_every_hint_shows_them(tmp_path: Path) -> None:
    written = settings(tmp_path, '[keys]\nsend = "ctrl+s"\nmodel = "alt+z"\nquit = "alt+shift+q"\n')
    async with chatting(chat_app(quick_demo(), tmp_path, settings=written), (120, 40)) as chat:
        await chat.sees("283 tokens", "GPT-5 Alt+Z", "Ctrl+S · ", "Ctrl+S send", "Alt+Z another model")
        await chat.pilot.press("2", "enter", "+", "ctrl+s")
        await chat.sees("✓ GPT-5")
        assert chat.app.session.conversation.turns[0].prompt == "2\n+"
        await chat.pilot.press("alt+z")
        await chat.shows(ModelPicker)
        await chat.pilot.press("escape", "f1")
        await chat.shows(HelpScreen)
        await chat.sees("Ctrl+S")
        await chat.pilot.press("escape")
        # The key that it had does nothing now, neither ours nor Textual's own.
        await chat.pilot.press("ctrl+q", "ctrl+q")
        assert chat.app.return_value is None
        await chat.pilot.press("alt+shift+q")
        await chat.until(lambda: chat.app.return_value == 0, "the end")


@thorough
async def test_what_is_wrong_is_said_at_the_start_and_in_the_help(tmp_path: Path) -> None:
    written = settings(tmp_path, '[keys]\nfind = "ctrl+m"\nsned = "f11"\n')
    async with chatting(chat_app(demo_account(), tmp_path, settings=written), (120, 40)) as chat:
        await chat.sees("many terminals send Enter for Ctrl+M", "there is no action sned. Did you mean send?")
        await chat.pilot.press("f1")
        await chat.shows(HelpScreen)
        await chat.sees("Keys here", "many terminals send Enter for Ctrl+M", "there is no action sned")


@thorough
async def test_of_many_problems_the_start_names_some_and_the_number_of_the_rest(tmp_path: Path) -> None:
    table = "".join(f'x{n} = "f11"\n' for n in range(5))
    written = settings(tmp_path, f"[keys]\n{table}")
    async with chatting(chat_app(demo_account(), tmp_path, settings=written), (120, 40)) as chat:
        await chat.sees("no action x1", "3 more problems with your keys: F1")


async def test_a_dialog_is_left_by_the_key_that_its_action_has_now(tmp_path: Path) -> None:
    written = settings(tmp_path, '[keys]\nhelp = "f11"\n')
    async with chatting(chat_app(demo_account(), tmp_path, settings=written)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("f11")
        await chat.shows(HelpScreen)
        await chat.pilot.press("f11")
        await chat.until(lambda: not isinstance(chat.app.screen, HelpScreen))


@thorough
async def test_an_action_without_a_key_is_named_by_its_slash_word(tmp_path: Path) -> None:
    written = settings(tmp_path, "[keys]\nmodel = []\nend = []\npalette = []\n")
    async with chatting(chat_app(demo_account(), tmp_path, settings=written), (120, 40)) as chat:
        await chat.sees("283 tokens", "GPT-5 /model")
        assert (hint("end"), hint("palette")) == ("/", "/")
        await chat.pilot.press("ctrl+p", "/")
        await chat.sees("Edit the prompt in your editor")


async def test_the_next_app_has_the_catalogues_keys_again(tmp_path: Path) -> None:
    chat_app(demo_account(), tmp_path, settings=settings(tmp_path, '[keys]\nmodel = "alt+z"\n'))
    assert hint("model") == "Alt+Z"
    chat_app(demo_account(), tmp_path)
    assert hint("model") == "Ctrl+L"


def test_the_help_of_the_command_line_shows_them(tmp_path: Path) -> None:
    settings(tmp_path, '[keys]\nmodel = ["alt+z", "ctrl+x m"]\n')
    assert "  Alt+Z, Ctrl+X M  " in help_text(tmp_path / "config.toml")
    (tmp_path / "config.toml").write_text("broken = ")
    assert "Ctrl+L, F3" not in help_text(tmp_path / "config.toml")


# -------------------------------------------------------------------------------------------------------------- chords


async def test_a_chord_acts_and_says_what_may_follow_and_its_second_key_works_in_a_russian_layout(
    tmp_path: Path,
) -> None:
    written = Settings(keys_preset="emacs")
    async with chatting(chat_app(quick_demo(), tmp_path, settings=written), (120, 40)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+x")
        await chat.sees("Ctrl+X … Ctrl+E ")
        await chat.pilot.press("escape")
        await chat.sees_no("Ctrl+X … Ctrl+E ")
        await chat.pilot.press("ctrl+x", "z")
        await chat.sees("Ctrl+X Z does nothing.")
        assert chat.app.prompt.text == ""
        await chat.ask("2+2")
        await chat.sees("✓ GPT-5")
        await chat.pilot.press("ctrl+x", "т")
        await chat.until(lambda: not chat.app.session.conversation.turns, "a new conversation")
        await chat.pilot.press("alt+x")
        await chat.shows(Picker)
        # Leaving works in dialogs, too.
        await chat.pilot.press("ctrl+x", "ctrl+c")
        await chat.until(lambda: chat.app.return_value == 0, "the end")


@thorough
async def test_the_wait_for_the_second_key_ends_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elumenta_tui.tui.chords.WAIT", 0.05)
    written = Settings(keys_preset="emacs")
    async with chatting(chat_app(demo_account(), tmp_path, settings=written), (120, 40)) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("ctrl+x")
        await chat.until(lambda: "chord" not in chat.app.parts.armed)
        await chat.pilot.press("n")
        await chat.until(lambda: chat.app.prompt.text == "n", "the letter")


@thorough
async def test_the_search_line_keeps_its_keys_and_is_left_by_the_keys_that_stop(tmp_path: Path) -> None:
    # Ctrl+R is redo there, and a regular expression in the search line.
    written = Settings(keys_preset="vim", keys={"stop": ["esc", "alt+g"]})
    async with chatting(chat_app(quick_demo(), tmp_path, settings=written), (120, 40)) as chat:
        await chat.ask("2+2")
        await chat.sees("✓ GPT-5")
        await chat.pilot.press("alt+s")
        await chat.sees("Enter next")
        await chat.pilot.press("ctrl+r")
        await chat.until(lambda: chat.app.query(".-expression"), "a regular expression")
        await chat.pilot.press("alt+g")
        await chat.sees_no("Enter next")


@thorough
async def test_the_cursor_goes_to_the_edges_of_the_prompt_by_the_keys_of_the_preset(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path, settings=Settings(keys_preset="emacs"))) as chat:
        await chat.sees("283 tokens")
        await chat.pilot.press("a", "ctrl+j", "b", "alt+less_than_sign", "c")
        await chat.until(lambda: chat.app.prompt.text == "ca\nb")
        await chat.pilot.press("alt+greater_than_sign", "d")
        await chat.until(lambda: chat.app.prompt.text == "ca\nbd")


def test_the_words_of_the_notes_exist_in_both_languages() -> None:
    for language in i18n.LANGUAGES:
        i18n.use(language)
        assert "Ctrl+G" in say("keys.locks", key="Ctrl+G")
        assert "tmux" in say("keys.taken", program="tmux", keys="Ctrl+B")


def test_the_queue_is_closed_by_the_key_that_opens_it() -> None:
    assert any("alt+q" in binding.key.split(",") for binding in vars(QueueScreen)["BINDINGS"])
