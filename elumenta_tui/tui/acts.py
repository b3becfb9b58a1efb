"""The acts of the block cursor: which letter does what where the cursor is.

An act is an action of the catalogue with a letter of its own. The action says by its `possible` whether it would do
anything now; what it does not do is left out of the hint, and its letter is typed like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from elumenta_tui.i18n import say
from elumenta_tui.markdown.style import Run, TextStyle
from elumenta_tui.terminal.keyboard import to_qwerty

PROMPT, ANSWER, THOUGHTS, CODE, TABLE = "prompt", "answer", "thoughts", "code", "table"
ANYWHERE = (PROMPT, ANSWER, THOUGHTS, CODE, TABLE)


class Act(NamedTuple):
    """A letter or key of the cursor and the action that it runs."""

    key: str
    """A letter as QWERTY types it, or Textual's name of a key."""
    action: str
    """Name of the action in the catalogue."""
    kinds: Sequence[str] = ANYWHERE
    """Kinds of stops where it acts: see `Stop.kind`."""
    argument: str = ""
    """Text for the action, as after its slash word."""
    words: str = ""
    """What the hint says, as in `cursor.<words>`; empty: the name of the action."""
    keeps_cursor: bool = False
    """True if the cursor stays, so that other acts may follow."""


ACTS: list[Act] = [
    Act("c", "copy", keeps_cursor=True),
    Act("e", "edit_prompt", (PROMPT,)),
    Act("r", "regenerate", (ANSWER,)),
    Act("b", "branch", (ANSWER,)),
    Act("q", "quote"),
    Act("s", "save"),
    Act("x", "leave_out", (PROMPT, ANSWER), keeps_cursor=True),
    Act("i", "inspect", (PROMPT, ANSWER)),
    Act("left", "version", (PROMPT, ANSWER), argument="-", keeps_cursor=True),
    Act("right", "version", (PROMPT, ANSWER), argument="+", keeps_cursor=True),
    Act("enter", "fold", keeps_cursor=True),
]
"""All acts, in the order of the hint."""

_LABELS = {"left": "←", "right": "→", "enter": "Enter"}

_KEY = TextStyle("cursor", bold=True)
_WORD = TextStyle("meta")
_BETWEEN = "  "


def acts_on(kind: str, is_possible: Callable[[str], bool]) -> list[Act]:
    """Return the acts that would do something on a stop of that kind. `is_possible` takes the name of an action."""
    return [act for act in ACTS if kind in act.kinds and is_possible(act.action)]


def act_of(key: str, acts: Iterable[Act]) -> Act | None:
    """Return the act of a key, or of a small letter in any layout."""
    key = key if len(key) > 1 else to_qwerty(key)
    return next((act for act in acts if act.key == key), None)


def hint_line(acts: Sequence[Act], room: int) -> tuple[Run, ...]:
    """Name the letters and what they do, in at most `room` cells. Where words do not fit, the last ones are left out."""
    items: list[tuple[str, str]] = []
    for act in acts:
        label = _LABELS.get(act.key, act.key)
        word = say(f"cursor.{act.words or act.action}")
        if items and items[-1][1] == word:
            items[-1] = (f"{items[-1][0]} {label}", word)
        else:
            items.append((label, word))
    left = room - sum(cell_len(label) for label, _ in items) - len(_BETWEEN) * (len(items) - 1)
    runs: list[Run] = []
    for label, word in items:
        if runs:
            runs.append((_BETWEEN, _WORD))
        runs.append((label, _KEY))
        left -= 1 + cell_len(word)
        if left >= 0:
            runs.append((f" {word}", _WORD))
    return tuple(runs)
