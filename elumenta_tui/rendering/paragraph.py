"""Paragraphs, and the link reference definitions at their beginning."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Self

from elumenta_tui.rendering.blocks import Block, Flow, Margin
from elumenta_tui.rendering.cells import cluster_start
from elumenta_tui.rendering.cursor import Cursor
from elumenta_tui.rendering.ink import Ink, Run
from elumenta_tui.rendering.inline import Inline
from elumenta_tui.rendering.leaf import Leaf
from elumenta_tui.rendering.wrap import joined

_DESTINATION = re.compile(r"[ \t]*\n?[ \t]*")
_LABEL = re.compile(r"\[((?:[^\\\[\]]|\\.){1,999})\]:", re.DOTALL)
_LINE_END = re.compile(r"[ \t]*(?:\n|$)")


class Paragraph(Leaf):
    """Text up to a blank line, or the next block which may interrupt it."""

    comes_first = False
    # What has not come yet is parsed with every frame.
    SLICE = 250
    CAP = 1000
    """Characters of a piece, at most: what is parsed again while the paragraph grows is not much more."""
    AHEAD = 200
    """Characters which must have come after a piece."""
    TRIES = 5
    """Places to try for a cut."""

    def __init__(self, inline: Inline, role: str) -> None:
        self.role = role
        self._inline = inline
        self._text = ""
        self._flow = Flow()
        self._separator = ""

    def draft(self) -> Self:
        twin = super().draft()
        twin._flow = self._flow.copy()
        return twin

    def take(self, cursor: Cursor) -> bool:
        self._text += ("\n" if self._text else "") + cursor.rest.lstrip(" ")
        return True

    def more(self, text: str) -> None:
        self._text += text

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it has been handed out."""
        return not self._flow.pieces

    def resolve(self) -> bool:
        """Take the link reference definitions from the beginning. Whether any text is left."""
        if self.is_whole:
            self._define(len(self._text))
        return bool(self._text.strip())

    def take_last_line(self) -> str | None:
        """Remove and return the last line, unless part of it was handed out."""
        before, newline, last = self._text.rpartition("\n")
        if not newline and not self.is_whole:
            return None
        self._text = before
        return last

    @property
    def last_line(self) -> str:
        return self._text.rpartition("\n")[2]

    @property
    def source(self) -> str:
        """What has not been handed out."""
        return self._text.strip()

    def pieces(self, margin: Margin) -> list[Block]:
        found: list[Block] = []
        while len(self._text) > self.CAP + self.AHEAD:
            if self.is_whole and self._define(self.CAP):
                continue
            found.append(self._piece(margin))
        return found

    def finish(self, margin: Margin) -> list[Block]:
        if not self.resolve() and self.is_whole:
            return []
        parse = self._inline.growing_runs if self.is_draft else self._inline.runs
        runs = parse(self._text.strip(), Ink(self.role))
        return [self._flow.piece(margin, joined(((self._separator, Ink(self.role)), *runs)))]

    def _piece(self, margin: Margin) -> Block:
        window = self._text[: self.CAP + self.AHEAD]
        ink = Ink(self.role)
        cut, runs = self._cut(window, ink)
        rest = window[cut:]
        is_hard_break = rest.startswith("\n") and window[:cut].endswith(("  ", "\\"))
        piece = self._flow.piece(margin, joined(((self._separator, ink), *runs)), not is_hard_break)
        self._separator = " " if piece.onward == "row" and rest[0].isspace() else ""
        self._text = rest.lstrip() + self._text[len(window) :]
        return piece

    def _cut(self, window: str, ink: Ink) -> tuple[int, Sequence[Run]]:
        """Where the next piece ends, and its runs.

        That is a space where no mark is open, for then the pieces mean what the whole does. Goes back mark by mark for some time; a mark which spans more than a piece is text.
        """
        spaces = [at for at, character in enumerate(window[: self.CAP + 1]) if character in " \n"][1:]
        if not spaces:
            cut = cluster_start(window, self.CAP)
            return cut, self._inline.runs(window[:cut], ink)
        last = cut = spaces[-1]
        for _ in range(self.TRIES):
            parsed = self._inline.parse(window[:cut].strip(), ink)
            if parsed.is_closed:
                return cut, parsed.runs
            marks = max(window.rfind(mark, 0, cut) for mark in "*_`[<$~!")
            place = bisect_left(spaces, marks)
            if place == 0:
                break
            cut = spaces[place - 1]
        return last, self._inline.runs(window[:last].strip(), ink)

    def _define(self, limit: int) -> bool:
        """Take the definitions which end before the limit."""
        start = 0
        while self._text.startswith("[", start) and (end := self._definition(start, limit)):
            start = end
        self._text = self._text[start:].lstrip()
        return start > 0

    def _definition(self, start: int, limit: int) -> int:
        """Where the definition at the index ends; 0 if there is none. Footnotes, `[^1]: …`, stay text."""
        label = _LABEL.match(self._text, start)
        if not label or not label[1].strip() or label[1].startswith("^"):
            return 0
        from markdown_it.common.utils import normalizeReference
        from markdown_it.helpers import parseLinkDestination, parseLinkTitle

        text, size = self._text, len(self._text)
        gap = _DESTINATION.match(text, label.end())
        destination = parseLinkDestination(text, gap.end() if gap else size, size)
        if not destination.ok or (gap and gap.end() == destination.pos):
            return 0
        href = self._inline.target(destination.str)
        if href is None:
            return 0
        line_end = _LINE_END.match(text, destination.pos)
        end = line_end.end() if line_end else 0
        gap = _DESTINATION.match(text, destination.pos)
        if gap and gap.end() > destination.pos:
            title = parseLinkTitle(text, gap.end(), size)
            if title.ok and (title_end := _LINE_END.match(text, title.pos)):
                end = title_end.end()
        if not end or end > limit:
            return 0
        if not self.is_draft:
            self._inline.references.define(normalizeReference(label[1]), href)
        return end
