"""Containers: quotes, lists and their items."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from elumenta_tui.markdown.cursor import Cursor
from elumenta_tui.markdown.style import MARK, RULE, TEXT, Run, TextStyle

BULLETS = "•◦▪"
_BAR = "▌"
_EMPTY_BOX, _TICKED_BOX = "☐", "☑"
_BOX = re.compile(rf"(\d[.)] )?([{_EMPTY_BOX}{_TICKED_BOX}])")
_DIGITS, _SMALL_DIGITS = "0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"
_NOTE = re.compile(rf"(?<![{_SMALL_DIGITS}])[{_SMALL_DIGITS}]++(?= )")
_SOURCE = str.maketrans({**dict.fromkeys(BULLETS, "-"), _BAR: ">"})


def task_box(is_ticked: bool) -> str:
    """Return the sign that replaces a task's `[ ]` or `[x]`."""
    return _TICKED_BOX if is_ticked else _EMPTY_BOX


def footnote_sign(label: str) -> str:
    """Return what stands for the label of a footnote in the text: a small number, or its name as written."""
    is_number = label.isascii() and label.isdigit()
    return label.translate(str.maketrans(_DIGITS, _SMALL_DIGITS)) if is_number else f"[^{label}]"


def margin_source(margin: str) -> str:
    """Return the Markdown for a displayed margin: `>` for a bar, `-` for a bullet, `- [ ]` for a box, `[^1]:` for a small number."""

    def note(match: re.Match[str]) -> str:
        return f"[^{match[0].translate(str.maketrans(_SMALL_DIGITS, _DIGITS))}]:"

    def task(match: re.Match[str]) -> str:
        return f"{match[1] or '- '}{'[x]' if match[2] == _TICKED_BOX else '[ ]'}"

    return _NOTE.sub(note, _BOX.sub(task, margin.translate(_SOURCE)))


class Container(ABC):
    """A quote, a list or an item: a block of blocks."""

    key: int
    """Identifies the container: equal in all copies of it, unique otherwise."""
    is_quoted: bool
    """True if the container is a quote or inside one."""

    @abstractmethod
    def continues(self, cursor: Cursor) -> bool:
        """Return whether the line is inside the container. If so, move the cursor past the marks that say so."""

    @abstractmethod
    def margin(self) -> tuple[Run, Run]:
        """Return the margins of the first row of a block and of its other rows."""


ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\] *", re.IGNORECASE)
"""Matches the mark that makes an alert of the quote that it begins."""


class Quote(Container):
    """Lines after `>`."""

    _BAR: Run = (f"{_BAR} ", RULE)

    def __init__(self) -> None:
        self.is_fresh = True
        """True if nothing has begun in the quote yet."""
        self._bar = self._BAR

    def warn(self, kind: str) -> None:
        """Make the quote an alert of that kind."""
        self._bar = (f"{_BAR} ", TextStyle(f"alert.{kind}"))

    def continues(self, cursor: Cursor) -> bool:
        if cursor.first != ">" or cursor.indent >= 4:
            return False
        after = cursor.next + 1
        cursor.move(after + 1 if cursor.text[after : after + 1] == " " else after)
        return True

    def margin(self) -> tuple[Run, Run]:
        return self._bar, self._bar


class List(Container):
    """Items with the same kind of mark."""

    def __init__(self, mark: str, number: int, depth: int) -> None:
        self.mark = mark
        """The bullet as written, or the character after the number."""
        self.number = number
        """The number of the next item, if items are counted."""
        self.written = ""
        """The number of the last item as written."""
        self.depth = depth
        self.digits = len(str(number + 9))
        """Width in which numbers are aligned. It has room for nine more items than are known at first."""

    @property
    def is_ordered(self) -> bool:
        return self.mark in ".)"

    def continues(self, cursor: Cursor) -> bool:
        return True

    def margin(self) -> tuple[Run, Run]:
        return ("", TEXT), ("", TEXT)

    def next_label(self, written: str) -> str:
        """Return the label of the next item: its number as written.

        If the number of the item before is repeated, as in `1. 1. 1.`, the items are counted instead.
        """
        if not self.is_ordered:
            return BULLETS[self.depth % len(BULLETS)]
        number = int(written) if written != self.written else self.number
        self.number, self.written = number + 1, written
        return f"{number:>{self.digits}}{self.mark}"


FOOTNOTE = re.compile(r"\[\^([^\[\]\s^]{1,50})\]:(?= |$) *")
"""Matches the label before the text of a footnote."""
DEFINITION = re.compile(r": +(?=\S)")
"""Matches the mark before the definition of the term above."""


class Item(Container):
    """An item of a list."""

    def __init__(self, label: str, indent: int) -> None:
        self.label = label
        self.indent = indent
        """Columns by which the item's lines are indented."""
        self.is_empty = True
        """True if only blank lines have followed the mark."""
        self.is_shown = False
        """True if the label already stands beside a block."""

    def continues(self, cursor: Cursor) -> bool:
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
        if not self.label:
            return ("", TEXT), ("", TEXT)
        blank: Run = (" " * (len(self.label) + 1), TEXT)
        return (blank if self.is_shown else (f"{self.label} ", MARK)), blank
