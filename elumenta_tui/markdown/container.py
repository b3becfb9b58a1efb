"""Blocks of blocks: quotes, lists and their items."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from elumenta_tui.markdown.blocks import MARK, RULE
from elumenta_tui.markdown.cursor import Cursor
from elumenta_tui.markdown.style import TEXT, Run

BULLETS = "•◦▪"
_BAR = "▌"
_EMPTY_BOX, _TICKED_BOX = "☐", "☑"
_BOX = re.compile(rf"(\d[.)] )?([{_EMPTY_BOX}{_TICKED_BOX}])")
_SOURCE = str.maketrans({**dict.fromkeys(BULLETS, "-"), _BAR: ">"})


def box(is_ticked: bool) -> str:
    """What a task shows for its `[ ]` or `[x]`."""
    return _TICKED_BOX if is_ticked else _EMPTY_BOX


def margin_source(margin: str) -> str:
    """Markdown for what stands in a margin: `>` for a bar, `-` for a bullet, `- [ ]` for a box."""

    def task(match: re.Match[str]) -> str:
        return f"{match[1] or '- '}{'[x]' if match[2] == _TICKED_BOX else '[ ]'}"

    return _BOX.sub(task, margin.translate(_SOURCE))


class Container(ABC):
    """A quote, a list or an item: a block of blocks."""

    key: int
    """The same for all copies of one container, and for no other."""
    is_quoted: bool
    """Whether it is a quote, or inside of one."""

    @abstractmethod
    def goes_on(self, cursor: Cursor) -> bool:
        """Whether the line is inside. If so, the cursor moves past what says so."""

    @abstractmethod
    def margin(self) -> tuple[Run, Run]:
        """What it puts at the left of the first row of a block, and of the others."""


class Quote(Container):
    """Lines after `>`."""

    _BAR: Run = (f"{_BAR} ", RULE)

    def goes_on(self, cursor: Cursor) -> bool:
        if cursor.first != ">" or cursor.indent >= 4:
            return False
        after = cursor.next + 1
        cursor.move(after + 1 if cursor.text[after : after + 1] == " " else after)
        return True

    def margin(self) -> tuple[Run, Run]:
        return self._BAR, self._BAR


class List(Container):
    """Items with the same kind of mark."""

    def __init__(self, mark: str, number: int, depth: int) -> None:
        self.mark = mark
        """The bullet as written, or the character after the number."""
        self.number = number
        """That of the next item, if it is counted."""
        self.written = ""
        """The number of the last item as it is written."""
        self.depth = depth
        self.digits = len(str(number + 9))
        """Numbers are aligned in this width: it has room for nine more items than are known at the first."""

    @property
    def is_ordered(self) -> bool:
        return self.mark in ".)"

    def goes_on(self, cursor: Cursor) -> bool:
        return True

    def margin(self) -> tuple[Run, Run]:
        return ("", TEXT), ("", TEXT)

    def next_label(self, written: str) -> str:
        """What the next item shows in front: its number as it is written.

        Where the number of the item before it is repeated, as in `1. 1. 1.`, the items are counted.
        """
        if not self.is_ordered:
            return BULLETS[self.depth % len(BULLETS)]
        number = int(written) if written != self.written else self.number
        self.number, self.written = number + 1, written
        return f"{number:>{self.digits}}{self.mark}"


class Item(Container):
    """An item of a list."""

    def __init__(self, label: str, indent: int) -> None:
        self.label = label
        self.indent = indent
        """Columns which its lines are indented by."""
        self.is_empty = True
        """Whether nothing but blank lines has come since its mark."""
        self.is_shown = False
        """Whether the label stands beside a block already."""

    def goes_on(self, cursor: Cursor) -> bool:
        if cursor.is_blank:
            if self.is_empty:
                return False
            cursor.move(min(cursor.at + self.indent, cursor.next))
            return True
        if cursor.indent < self.indent:
            return False
        cursor.move(cursor.at + self.indent)
        return True

    def margin(self) -> tuple[Run, Run]:
        blank: Run = (" " * (len(self.label) + 1), TEXT)
        return (blank if self.is_shown else (f"{self.label} ", MARK)), blank
