"""Headings and rules: the blocks of a single line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from elumenta_tui.markdown.blocks import Block, Margin, Text, with_margin
from elumenta_tui.markdown.cursor import Cursor
from elumenta_tui.markdown.inline import Inline
from elumenta_tui.markdown.leaf import Leaf
from elumenta_tui.markdown.style import FRAME, RULE, Line, Run, TextStyle
from elumenta_tui.markdown.wrap import run_width


class Heading(Text):
    """A heading. First-level headings have a rule beneath, as wide as the heading itself."""

    __slots__ = ("level",)

    def __init__(self, margin: Margin, runs: Sequence[Run], level: int) -> None:
        super().__init__(margin, runs)
        self.level = level

    def _rows(self, margin: Margin, room: int) -> list[Line]:
        rows = self._wrapped(room)
        lines = with_margin(margin, rows)
        underline = max(run_width(row.runs) for row in rows)
        if self.level == 1 and underline:
            lines.append(
                Line((*margin.rest, ("━" * underline, RULE)), skip=margin.width + underline, copying=FRAME)
            )
        return lines

    def _guess(self, room: int) -> int:
        return super()._guess(room) + (self.level == 1)


class Rule(Block):
    """A horizontal rule."""

    __slots__ = ()

    def _rows(self, margin: Margin, room: int) -> list[Line]:
        return [Line((*margin.first, ("─" * room, RULE)), skip=margin.width + room)]

    def _guess(self, room: int) -> int:
        return 1


class _OneLine(Leaf):
    """A block of a single line, made when the line is seen."""

    is_over = True

    def __init__(self, inline: Inline, role: str) -> None:
        self._inline = inline
        self.role = role

    def accept(self, cursor: Cursor) -> bool:
        return False

    def pieces(self, margin: Margin) -> list[Block]:
        return []


class HeadingLine(_OneLine):
    """`# Heading`, or a paragraph with a row of `=` or `-` beneath."""

    _HASHES = re.compile(r"#{1,6}(?= |$)")

    def __init__(self, inline: Inline, level: int, source: str) -> None:
        super().__init__(inline, f"heading.{level}")
        self._level = level
        self._source = source

    @classmethod
    def start(cls, cursor: Cursor, inline: Inline, role: str) -> Leaf | None:
        if cursor.first != "#" or not (match := cls._HASHES.match(cursor.text, cursor.next)):
            return None
        source = cursor.text[match.end() :].strip(" ")
        text = source.rstrip("#")
        if not text or text.endswith(" "):
            # Hashes at the end close the heading.
            source = text.rstrip(" ")
        return cls(inline, len(match[0]), source)

    def finish(self, margin: Margin) -> list[Block]:
        runs = self._inline.runs(self._source.strip(), TextStyle(self.role, bold=True))
        return [Heading(margin, runs, self._level)]


class RuleLine(_OneLine):
    """`---`, `***` or `___`."""

    _RULE = re.compile(r"([-*_])(?: *\1){2,} *$")

    @classmethod
    def start(cls, cursor: Cursor, inline: Inline, role: str) -> Leaf | None:
        return cls(inline, role) if cls._RULE.match(cursor.text, cursor.next) else None

    def finish(self, margin: Margin) -> list[Block]:
        return [Rule(margin)]
