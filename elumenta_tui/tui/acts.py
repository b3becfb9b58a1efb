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
from elumenta_tui.text.layouts import twins

PROMPT, ANSWER, THOUGHTS, PARAGRAPH = "prompt", "answer", "thoughts", "paragraph"
CODE, TABLE = "code", "table"
FORMULA, DIAGRAM, DETAILS = "formula", "diagram", "details"
ANYWHERE = (PROMPT, ANSWER, THOUGHTS, PARAGRAPH, CODE, TABLE, FORMULA, DIAGRAM, DETAILS)


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
    Act("enter", "table", (TABLE,), keeps_cursor=True),
    Act("enter", "fold", (FORMULA, DIAGRAM), words="source", keeps_cursor=True),
    Act("enter", "fold", (PARAGRAPH, CODE, TABLE), words="fold_answer", keeps_cursor=True),
    Act("enter", "fold", (PROMPT, ANSWER, THOUGHTS, DETAILS), keeps_cursor=True),
]
"""All acts, in the order of the hint."""

MORE = "?"
"""The key for the acts that the hint has no room for."""

_LABELS = {"left": "←", "right": "→", "enter": "Enter"}

_KEY = TextStyle("offer", bold=True)
_WORD = TextStyle("meta")
_BETWEEN = "  "


def acts_on(kind: str, is_possible: Callable[[str], bool]) -> list[Act]:
    """Return the acts that would do something on a stop of that kind. `is_possible` takes the name of an action."""
    found: dict[str, Act] = {}
    for act in ACTS:
        # Of two with the same key, the first one that is possible has it.
        if kind in act.kinds and act.key not in found and is_possible(act.action):
            found[act.key] = act
    return list(found.values())


def act_of(key: str, acts: Iterable[Act]) -> Act | None:
    """Return the act of a key, or of a small letter in any layout."""
    known: dict[str, Act] = {}
    for act in acts:
        known.setdefault(act.key, act)
    return next((known[each] for each in (key, *twins(key)) if each in known), None)


def hint_pages(acts: Sequence[Act], room: int, *, has_parts: bool = False) -> list[tuple[Run, ...]]:
    """Name the letters and what they do, in lines of at most `room` cells. If there are several, each names the key of the next.

    `has_parts`: say how to reach the parts of an answer.
    """
    items: list[tuple[str, str]] = []
    for act in acts:
        label = _LABELS.get(act.key, act.key)
        word = say(f"cursor.{act.words or act.action}")
        if items and items[-1][1] == word:
            items[-1] = (f"{items[-1][0]} {label}", word)
        else:
            items.append((label, word))
    if has_parts:
        items.insert(1, ("↑ ↓", say("cursor.parts")))
    more = (MORE, say("cursor.more"))
    if _cells(items) <= room:
        return [_runs(items)]
    pages: list[list[tuple[str, str]]] = [[]]
    for item in items:
        if pages[-1] and _cells([*pages[-1], item, more]) > room:
            pages.append([])
        pages[-1].append(item)
    return [_runs([*page, more]) for page in pages]


def _cells(items: Sequence[tuple[str, str]]) -> int:
    between = len(_BETWEEN) * (len(items) - 1)
    return sum(cell_len(label) + 1 + cell_len(word) for label, word in items) + between


def _runs(items: Sequence[tuple[str, str]]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for label, word in items:
        runs += [(_BETWEEN, _WORD)] if runs else []
        runs += [(label, _KEY), (f" {word}", _WORD)]
    return tuple(runs)
