"""Which keys the program around takes, and what does the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from elumenta_tui import i18n
from elumenta_tui.config.settings import Settings
from elumenta_tui.terminal.taken_keys import Bound, surroundings, taken_keys, tmux_with
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.key_notes import Around, bound, described, key_notes

ZELLIJ = {"ZELLIJ": "0"}
VSCODE = {"TERM_PROGRAM": "vscode"}


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, []),
        ({"TERM": "xterm-256color"}, []),
        ({"TMUX": "/tmp/tmux-0/default,1,0"}, ["tmux"]),
        ({"STY": "1.pts"}, ["screen"]),
        (ZELLIJ, ["zellij"]),
        (VSCODE, ["VS Code"]),
        ({"TERMINAL_EMULATOR": "JetBrains-JediTerm"}, ["JetBrains"]),
        ({"WT_SESSION": "a"}, ["Windows Terminal"]),
        ({"GNOME_TERMINAL_SCREEN": "/org"}, ["GNOME Terminal"]),
        ({"TMUX": "x", **VSCODE}, ["tmux", "VS Code"]),
    ],
)
def test_the_environment_tells_what_is_around(environ: Mapping[str, str], names: list[str]) -> None:
    assert [each.name for each in surroundings(environ)] == names


def test_another_key_or_slash_word_does_the_same() -> None:
    entries = [
        Bound("new", ("ctrl+n", "f2"), ("new",)),
        Bound("fetch", ("ctrl+g",), ("fetch",)),
        Bound("chord", ("ctrl+p x",)),
        Bound("free", ("f9",)),
    ]
    found = [
        (each.key, each.name, each.other, each.slash) for each in taken_keys(surroundings(ZELLIJ), entries)
    ]
    assert found == [
        ("ctrl+n", "new", "f2", "new"),
        ("ctrl+g", "fetch", "", "fetch"),
        ("ctrl+p x", "chord", "", None),
    ]
    assert taken_keys([], entries) == []


def test_another_key_is_none_that_a_second_program_takes() -> None:
    [first, second] = taken_keys(
        surroundings({**ZELLIJ, **VSCODE}), [Bound("help", ("f1", "ctrl+p"), ("help",))]
    )
    assert {first.by.name, second.by.name} == {"VS Code", "zellij"}
    assert (first.other, second.other) == ("", "")


@pytest.mark.parametrize(
    "environ", [ZELLIJ, VSCODE, {"STY": "1"}, {"TERMINAL_EMULATOR": "JetBrains-JediTerm"}]
)
def test_for_every_key_of_ours_that_is_taken_there_is_something_else(environ: Mapping[str, str]) -> None:
    needless = {"last"}  # Ctrl+Tab has F10 beside it
    everything = bound(Settings())
    assert len(everything) > len(ACTIONS) > 0
    stuck = [
        each
        for each in taken_keys(surroundings(environ), everything)
        if not each.other and each.slash is None
    ]
    # What only moves the cursor has arrow keys and a mouse; Esc has Ctrl+C.
    assert {each.name for each in stuck} - needless <= {"cursor_down", "ask_to_stop"}


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_help_says_it(language: str) -> None:
    i18n.use(language)
    [zellij] = key_notes(Settings(), ZELLIJ)
    for text in ("zellij", "Ctrl+N → F2", "Ctrl+G → /fetch", "Ctrl+P → /,", "Ctrl+T → /theme"):
        assert text in zellij
    [vscode] = key_notes(Settings(), VSCODE)
    assert "F1 → /help" in vscode
    assert "terminal.integrated.sendKeybindingsToShell" in vscode
    [screen] = key_notes(Settings(), {"STY": "1"})
    assert "Ctrl+A → Home" in screen
    assert "Ctrl+A A" in screen
    assert key_notes(Settings(), {}) == []


def test_tmux_takes_the_keys_that_its_user_has_bound() -> None:
    tmux = tmux_with(["C-a", "None"], ["M-Up", "M-PPage", "MouseDown1Pane", "WheelUpPane"])
    assert tmux.keys == {"ctrl+a", "alt+up", "alt+pageup"}
    [words] = described(Settings(), [tmux])
    for text in ("Ctrl+A → Home", "Alt+↑ → /cursor", "Alt+PgUp → /previous"):
        assert text in words.text
    assert "Ctrl+A Ctrl+A" in words.advice


def test_the_keys_of_a_preset_and_of_the_configuration_count() -> None:
    def words(**options: Any) -> Around:
        [found] = described(Settings(**options), surroundings({"TMUX": "x"}))
        return found

    assert (words().takes_ours, "Ctrl+B" in words().text) == (False, True)
    assert "Ctrl+B → PgUp" in words(keys_preset="vim").text
    assert "Ctrl+B → F9" in words(keys={"balance": ["ctrl+b", "f9"]}).text
    assert "Ctrl+B → /raw" in words(keys={"raw": "ctrl+b"}).text
