"""Paragraphs, and the link reference definitions at their beginning."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Self

from elumenta_tui.markdown.blocks import Block, Margin, PieceChain
from elumenta_tui.markdown.cells import cluster_start
from elumenta_tui.markdown.cursor import Cursor
from elumenta_tui.markdown.inline import Inline
from elumenta_tui.markdown.leaf import Leaf
from elumenta_tui.markdown.style import TEXT, Run, TextStyle
from elumenta_tui.markdown.wrap import joined

_DESTINATION = re.compile(r"[ \t]*+\n?+[ \t]*+")
_LABEL = re.compile(r"\[((?:[^\\\[\]]|\\.){1,999})\]:", re.DOTALL)
_LINE_END = re.compile(r"[ \t]*(?:\n|$)")


class Paragraph(Leaf):
    """Text up to a blank line, or the next block which may interrupt it."""

    comes_first = False
    # What has not come yet is parsed with every frame.
    SLICE = 250
    CAP = 1000
    """Characters of a piece, at most: what is parsed again while the paragraph grows is not much more."""
    CAP_LINES = 40
    """Lines of a piece, at most."""
    AHEAD = 200
    """Characters which must have come after a piece."""
    AHEAD_LINES = 8
    """Lines which are as good as that."""
    TRIES = 5
    """Places to try for a cut."""
    CARRIED = 12
    """Characters of open marks that are carried from piece to piece, at most."""

    def __init__(self, inline: Inline, role: str, number: int) -> None:
        self.role = role
        self._number = number
        self._inline = inline
        self._text = ""
        self._chain = PieceChain()
        self._is_begun = False
        self._separator = ""
        self._marks = ""
        """The marks of emphasis that are open where the last piece ended. Those who wrote them mean to close them; if they
        don't, the paragraph is done again without carrying any."""
        self._definitions: tuple[tuple[Run, ...], ...] = ()
        """Link reference definitions that have been taken from the text and not been handed out."""

    def draft(self) -> Self:
        twin = super().draft()
        twin._chain = self._chain.copy()
        return twin

    def accept(self, cursor: Cursor) -> bool:
        self._text += ("\n" if self._text else "") + cursor.rest.lstrip(" ")
        return True

    def more(self, text: str) -> None:
        self._text += text

    @property
    def is_whole(self) -> bool:
        """Whether none of its text has been handed out; definitions before the text may have been."""
        return not self._is_begun

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
        while (limit := self._limit()) is not None:
            if self.is_whole and self._define(limit):
                found += self.definitions(margin)
                continue
            found.append(self._piece(margin, limit))
        return found

    def finish(self, margin: Margin) -> list[Block]:
        has_text = self.resolve()
        found: list[Block] = list(self.definitions(margin))
        if has_text or not self.is_whole:
            runs = self._rest(self._marks + self._text.strip(), TextStyle(self.role))
            found.append(self._chain.piece(margin, joined(((self._separator, TextStyle(self.role)), *runs))))
        return found

    def _rest(self, source: str, style: TextStyle) -> Sequence[Run]:
        if self.is_draft:
            return self._inline.growing_runs(source, style)
        parsed = self._inline.parse(source, style)
        if self._marks and parsed.open_marks and parsed.first_open < len(self._marks.replace("~~", "~")):
            self._inline.never_closed.add(self._number)
        return parsed.runs

    def definitions(self, margin: Margin) -> list[Block]:
        """The blocks of the definitions which were taken since the last call: their source, a line each."""
        found: list[Block] = []
        for start in range(0, len(self._definitions), self.CAP_LINES):
            lines = self._definitions[start : start + self.CAP_LINES]
            runs = [run for line in lines for run in (("\n", TEXT), *line)][1:]
            found.append(self._chain.piece(margin, runs))
        self._definitions = ()
        return found

    def _limit(self) -> int | None:
        """The most characters of the next piece; None while too little has come after it."""
        text = self._text
        if text.count("\n") >= self.CAP_LINES + self.AHEAD_LINES:
            end = -1
            for _ in range(self.CAP_LINES):
                end = text.index("\n", end + 1)
            return min(self.CAP, end)
        return self.CAP if len(text) > self.CAP + self.AHEAD else None

    def _piece(self, margin: Margin, limit: int) -> Block:
        window = self._text[: self.CAP + self.AHEAD]
        style = TextStyle(self.role)
        cut, runs = self._cut(window, limit, style)
        rest = window[cut:]
        blank = rest[: len(rest) - len(rest.lstrip())]
        breaks = self._breaks(window[:cut], blank)
        piece = self._chain.piece(margin, joined(((self._separator, style), *runs)), not breaks)
        self._separator = " " if piece.onward == "row" and blank else ""
        self._is_begun = True
        self._text = rest.lstrip() + self._text[len(window) :]
        return piece

    def _breaks(self, before: str, blank: str) -> bool:
        """Whether a new row begins at a cut with this blank space after it."""
        if "\n" not in blank:
            return False
        ending = before + blank.partition("\n")[0]
        return not self._inline.join_lines or ending.endswith(("  ", "\\"))

    def _cut(self, window: str, limit: int, style: TextStyle) -> tuple[int, Sequence[Run]]:
        """Where the next piece ends, and its runs.

        That is a place where no mark is open, for then the pieces mean what the whole does. Goes back mark by mark for some
        time; if there is no such place, the marks of emphasis are carried over. Any other mark which spans more than a piece
        is text.
        """
        places = _places(window, limit)
        last = cut = places[-1]
        for _ in range(self.TRIES):
            parsed = self._inline.parse(self._marks + _without_break(window, cut), style)
            if parsed.is_closed:
                self._marks = ""
                return cut, parsed.runs
            if self._marks and parsed.open_marks == self._marks:
                last = cut
                break
            marks = max(window.rfind(mark, 0, cut) for mark in "*_`[<$~!")
            place = bisect_left(places, marks)
            if place == 0:
                break
            cut = places[place - 1]
        return last, self._carried(_without_break(window, last), style)

    def _carried(self, piece: str, style: TextStyle) -> Sequence[Run]:
        """The runs of a piece with the marks closed that are open at its end; the next piece opens them again."""
        parsed = self._inline.parse(self._marks + piece, style)
        if not parsed.open_marks or self._number in self._inline.never_closed:
            self._marks = ""
            return parsed.runs
        if len(parsed.open_marks) > self.CARRIED:
            # Nobody means to close so many. Carried, they would become more with each piece.
            if not self.is_draft:
                self._inline.never_closed.add(self._number)
            self._marks = ""
            return self._inline.runs(piece, style)
        runs = self._inline.runs(self._marks + piece + parsed.open_marks[::-1], style)
        self._marks = parsed.open_marks
        return runs

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
        gap_end = gap.end() if gap else size
        destination = parseLinkDestination(text, gap_end, size)
        if not destination.ok or gap_end == destination.pos:
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
        self._definitions += (
            (
                (text[start:gap_end], TextStyle("target")),
                (text[gap_end : destination.pos], TextStyle(self.role, underline=True, href=href)),
                (text[destination.pos : end].rstrip(), TextStyle("target")),
            ),
        )
        return end


def _places(window: str, limit: int) -> list[int]:
    """Where a piece may end: at blank space; without any, between the letters of East Asia; else somewhere."""
    places = [at for at, character in enumerate(window[: limit + 1]) if character in " \n"][1:]
    if not places:
        places = [at for at in range(1, limit + 1) if _is_letter(window[at - 1]) and _is_letter(window[at])]
    return places or [cluster_start(window, limit)]


def _is_letter(character: str) -> bool:
    """Whether it is a letter of East Asia, between which rows are broken."""
    return (
        "\u3041" <= character <= "\u3096"
        or "\u30a1" <= character <= "\u30fa"
        or "\u3400" <= character <= "\ud7a3"
    )


def _without_break(window: str, cut: int) -> str:
    """The text up to a cut, without the backslash of a hard break there."""
    piece = window[:cut].strip()
    backslashes = len(piece) - len(piece.rstrip("\\"))
    return piece[:-1] if backslashes % 2 and window[cut] == "\n" else piece
