"""Keys that the program around this one takes for itself: a multiplexer, an editor, or the terminal's window.

The keys are those of an untouched configuration. Only tmux tells what its user has changed: see `tmux_with`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from elumenta_tui.terminal.key_names import parse_key


@dataclass(frozen=True, slots=True)
class Surrounding:
    """A program that may stand between the keyboard and us."""

    name: str
    """As people write it."""
    keys: frozenset[str]
    """Keys by Textual's names that it takes."""
    sends: str = ""
    """Keys, separated by blanks, with which it passes on the key that it takes; empty if there are none."""
    locks: str = ""
    """Key after which it passes on all keys until it is pressed again; empty if there is none."""
    setting: str = ""
    """Name of its setting that lets keys through; empty if there is none."""


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


TMUX = Surrounding("tmux", _keys("ctrl+b"), sends="ctrl+b ctrl+b")
SCREEN = Surrounding("screen", _keys("ctrl+a"), sends="ctrl+a a")
ZELLIJ = Surrounding(
    "zellij",
    _keys(
        "ctrl+g ctrl+p ctrl+t ctrl+n ctrl+o ctrl+s ctrl+h ctrl+q ctrl+b"
        " alt+n alt+i alt+o alt+f alt+p alt+h alt+j alt+k alt+l alt+up alt+down alt+left alt+right"
    ),
    locks="ctrl+g",
)
VSCODE = Surrounding(
    "VS Code",
    _keys("f1 f5 f6 f11 ctrl+p ctrl+e ctrl+f ctrl+k ctrl+tab"),
    setting="terminal.integrated.sendKeybindingsToShell",
)
JETBRAINS = Surrounding("JetBrains", _keys("escape alt+f12"), setting="Move focus to the editor with Escape")
WINDOWS_TERMINAL = Surrounding("Windows Terminal", _keys("alt+enter ctrl+tab f11"))
GNOME_TERMINAL = Surrounding("GNOME Terminal", _keys("f1 f10 f11"))


def surroundings(environ: Mapping[str, str]) -> list[Surrounding]:
    """Return the programs around us that the environment tells of, the nearest first."""
    program = environ.get("TERM_PROGRAM", "")
    found = {
        TMUX: bool(environ.get("TMUX")),
        SCREEN: bool(environ.get("STY")),
        ZELLIJ: "ZELLIJ" in environ,
        VSCODE: program == "vscode" or bool(environ.get("VSCODE_IPC_HOOK_CLI")),
        JETBRAINS: environ.get("TERMINAL_EMULATOR", "").startswith("JetBrains"),
        WINDOWS_TERMINAL: bool(environ.get("WT_SESSION")) and program != "vscode",
        GNOME_TERMINAL: bool(environ.get("GNOME_TERMINAL_SCREEN")),
    }
    return [each for each, is_here in found.items() if is_here]


class Bound(NamedTuple):
    """Something that keys do here."""

    name: str
    keys: Sequence[str]
    """By Textual's names; the keys of a chord are separated by blanks."""
    slash: Sequence[str] = ()
    """Slash words that do the same."""


class Taken(NamedTuple):
    """A key of ours that does not arrive."""

    by: Surrounding
    key: str
    name: str
    """What it would do: `Bound.name`."""
    other: str
    """Another key that does the same and arrives; empty if there is none."""
    slash: str | None
    """A slash word that does the same; None if there is none."""


_TMUX_NAMES = {"PPage": "PageUp", "NPage": "PageDown", "PgUp": "PageUp", "PgDn": "PageDown", "BTab": "S-Tab"}


def tmux_with(prefixes: Sequence[str], bound: Sequence[str]) -> Surrounding:
    """Return tmux as its user has configured it: with other prefix keys, and keys that are bound without them.

    Keys are named as tmux names them, such as `C-b` and `M-Up`; what no keyboard has, such as a mouse button, is passed over.
    """
    own = [key for name in prefixes if (key := _tmux_key(name))]
    others = [key for name in bound if (key := _tmux_key(name))]
    sends = f"{own[0]} {own[0]}" if own else ""
    return replace(TMUX, keys=frozenset([*own, *others]), sends=sends)


def _tmux_key(name: str) -> str | None:
    for theirs, ours in _TMUX_NAMES.items():
        name = name.replace(theirs, ours)
    return parse_key(name)


def taken_keys(around: Sequence[Surrounding], bound: Iterable[Bound]) -> list[Taken]:
    """Return which of the keys the programs around us take, and what does the same. A key counts for the first of them only."""
    all_taken = frozenset[str]().union(*(each.keys for each in around))
    found = []
    for entry in bound:
        arriving = [key for key in entry.keys if not all_taken.intersection(key.split())]
        slash = next(iter(entry.slash), None)
        for key in entry.keys:
            by = next((each for each in around if each.keys.intersection(key.split())), None)
            if by is not None:
                found.append(Taken(by, key, entry.name, next(iter(arriving), ""), slash))
    return found
