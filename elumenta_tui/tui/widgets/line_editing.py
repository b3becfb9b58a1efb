"""The keys that shells and editors have for editing a line, beside the text area's own.

`Ctrl+A`, `Ctrl+E`, `Ctrl+U` and `Ctrl+K` are the text area's. What these delete, undo brings back: `Ctrl+Y` copies here.
"""

from __future__ import annotations

from textual import events

from elumenta_tui.text.layouts import to_qwerty

_ACTIONS = {
    "alt+b": "cursor_word_left",
    "alt+left": "cursor_word_left",
    "alt+f": "cursor_word_right",
    "alt+right": "cursor_word_right",
    "alt+d": "delete_word_right",
    "ctrl+delete": "delete_word_right",
    "ctrl+w": "delete_to_blank",
    "alt+backspace": "delete_word_left",
}
_ALT_BACKSPACE = "\x7f"
"""What `keyboard` gives a key `ctrl+w` as its character if Alt+Backspace was meant."""


def line_editing(event: events.Key) -> str:
    """Return the action of a key; empty if it is none of these."""
    key, character = event.key, event.character
    if key == "ctrl+w" and character == _ALT_BACKSPACE:
        key = "alt+backspace"
    if key.startswith("alt+") and character is not None and character.isprintable():
        # Where AltGr types a letter, some terminals report it as Alt.
        letter = key.removeprefix("alt+")
        return _ACTIONS.get(key, "") if letter in (character.lower(), to_qwerty(character).lower()) else ""
    return _ACTIONS.get(key, "")
