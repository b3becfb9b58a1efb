"""Names of keys as people write them, and what terminals can send of them.

A terminal without the Kitty keyboard protocol has no bytes for many keys. Some of them arrive as another key: Ctrl+M is Enter
there. This module knows which, without knowing the terminal in use.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

from elumenta_tui.text.layouts import to_qwerty

_MODIFIERS = {
    "ctrl": "ctrl",
    "control": "ctrl",
    "c": "ctrl",
    "alt": "alt",
    "option": "alt",
    "m": "alt",
    "shift": "shift",
    "s": "shift",
    "super": "super",
    "cmd": "super",
    "hyper": "hyper",
    "meta": "meta",
}

_NAMES = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "page_up": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "page_down": "pagedown",
    "ins": "insert",
    "del": "delete",
    "bs": "backspace",
    "spc": "space",
    "↑": "up",
    "↓": "down",
    "←": "left",
    "→": "right",
    "caret": "circumflex_accent",
    "?": "question_mark",
}

_TYPING = {"space", "tab", "backspace", "delete", "up", "down", "left", "right", "home", "end"}
"""Named keys that the prompt box needs while they are held with nothing."""

_FREE = {"escape", "enter", "pageup", "pagedown", "insert"}

_MARKS = {
    "at": "@",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "backslash": "\\",
    "circumflex_accent": "^",
    "underscore": "_",
    "slash": "/",
    "question_mark": "?",
    "semicolon": ";",
    "apostrophe": "'",
    "comma": ",",
    "full_stop": ".",
    "grave_accent": "`",
    "minus": "-",
    "equals_sign": "=",
    "plus": "+",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "exclamation_mark": "!",
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "ampersand": "&",
    "asterisk": "*",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "colon": ":",
    "quotation_mark": '"',
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "vertical_line": "|",
    "tilde": "~",
}
"""Textual's names of marks, and the marks."""

_MARK_NAMES = {mark: name for name, mark in _MARKS.items()}

_BEGINNINGS = {
    f"alt+{name}"
    for name in (
        "left_square_bracket",
        "right_square_bracket",
        "underscore",
        "circumflex_accent",
        "backslash",
    )
} | {"alt+shift+o", "alt+shift+p", "alt+shift+x"}
"""Keys whose bytes begin the sequences of other keys, and of what terminals tell by themselves."""

_SAME = {
    "ctrl+m": "enter",
    "ctrl+i": "tab",
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
    "ctrl+question_mark": "backspace",
    "alt+tab": "shift+tab",
    "alt+b": "ctrl+left",
    "alt+f": "ctrl+right",
    "alt+backspace": "ctrl+w",
}
"""Keys that many terminals send as another key."""

_CONTROLS = {"backslash", "right_square_bracket", "circumflex_accent", "underscore", "at", "slash", "space"}
"""Names beside letters whose Ctrl is a byte of its own, or one that stands for it."""

_ARROWS = {"up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"}


class Standing(Enum):
    """What terminals make of a key."""

    FINE = "fine"
    RARE = "rare"
    """Only terminals with the Kitty keyboard protocol or the like send it."""
    TYPES = "types"
    """It types or edits, and the prompt box needs it."""
    SAME = "same"
    """Many terminals send it as another key, so that it would take that key."""
    BEGINS = "begins"
    """Its bytes begin those of other keys."""


def parse_key(text: str) -> str | None:
    """Return Textual's name of a key: `Ctrl+S`, `C-s` and `ctrl+ы` are `ctrl+s`. None if no keyboard has such a key."""
    text = unicodedata.normalize("NFC", text.strip())
    parts = re.split(r"[+-](?=.)", text) if len(text) > 1 else [text]
    *held, name = parts
    modifiers = {_MODIFIERS.get(each.strip().lower(), "") for each in held}
    if "" in modifiers or not name:
        return None
    name = _NAMES.get(name.lower(), name)
    if len(name) == 1:
        name = to_qwerty(name) if name.isalpha() else name
        name = _MARK_NAMES.get(name, name.lower())
        if not (name in _MARKS or (name.isascii() and name.isalnum())):
            return None
    else:
        name = name.lower()
        if not (
            name in _TYPING | _FREE | _ARROWS | _MARKS.keys() or re.fullmatch(r"f([1-9]|1\d|2[0-4])", name)
        ):
            return None
    return "+".join([*sorted(modifiers), name])


def parse_keys(text: str) -> str | None:
    """Return one key, or the keys of a chord separated by blanks, by Textual's names; None if there is none or one is unknown."""
    keys = [parse_key(part) for part in text.split()]
    return None if not keys or None in keys else " ".join(key for key in keys if key)


def _split(key: str) -> tuple[set[str], str]:
    *held, name = key.split("+")
    return set(held), name


def sent_as(key: str) -> str:
    """Return the key that a terminal without the Kitty protocol sends for a key; the key itself if it has bytes of its own."""
    if key in _SAME:
        return _SAME[key]
    held, name = _split(key)
    if name == "enter":
        return "alt+enter" if "alt" in held else "enter"
    if name == "tab" and held - {"shift"}:
        return "tab"
    if "ctrl" in held and (name in _CONTROLS or (len(name) == 1 and name.isalpha())):
        plain = f"ctrl+{name}"
        return _SAME.get(plain, plain)
    return key


def standing(key: str) -> Standing:
    """Return what terminals make of a key with Textual's name."""
    held, name = _split(key)
    is_function = re.fullmatch(r"f\d+", name) is not None
    if not held - {"shift"}:
        if name in _FREE and not held:
            return Standing.FINE
        if not is_function and name not in _FREE:
            return Standing.TYPES
    if key in _SAME:
        return Standing.SAME
    if key in _BEGINNINGS:
        return Standing.BEGINS
    return Standing.FINE if _has_bytes(held, name) else Standing.RARE


def _has_bytes(held: set[str], name: str) -> bool:
    """Return whether terminals without the Kitty protocol have bytes for a key."""
    if held - {"ctrl", "alt", "shift"}:
        return False
    if re.fullmatch(r"f\d+", name):
        return int(name[1:]) <= 12
    if name in _ARROWS:
        return True
    if name == "enter":
        return held == {"alt"}
    if held == {"ctrl"}:
        return (len(name) == 1 and name.isalpha()) or name in _CONTROLS
    if "alt" in held and "ctrl" not in held:
        is_letter = len(name) == 1 and name.isalpha()
        return is_letter or (held == {"alt"} and (name in _MARKS or name == "space"))
    return False


def also_arrives_as(key: str) -> tuple[str, ...]:
    """Return other names under which the same key arrives on other terminals."""
    return {
        "ctrl+space": ("ctrl+at", "ctrl+@"),
        "ctrl+slash": ("ctrl+underscore",),
        "alt+less_than_sign": ("alt+shift+less_than_sign", "alt+shift+comma"),
        "alt+greater_than_sign": ("alt+shift+greater_than_sign", "alt+shift+full_stop"),
    }.get(key, ())
