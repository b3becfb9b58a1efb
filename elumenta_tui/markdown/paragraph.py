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
from elumenta_tui.markdown.inline_parser import prepare_imports
from elumenta_tui.markdown.leaf import Leaf
from elumenta_tui.markdown.style import TEXT, Run, TextStyle
from elumenta_tui.markdown.wrap import joined

_DESTINATION = re.compile(r"[ \t]*+\n?+[ \t]*+")
_LABEL = re.compile(r"\[((?:[^\\\[\]]|\\.){1,999})\]:", re.DOTALL)
_LINE_END = re.compile(r"[ \t]*(?:\n|$)")


class Paragraph(Leaf):
    """Text up to a blank line, or up to a block that may interrupt it."""

    comes_first = False
    # Unfinished text is parsed again in every frame, so slices are short.
    SLICE = 250
    CAP = 1000
    """Characters of a piece, at most. Little more than that is parsed again while the paragraph grows."""
    CAP_LINES = 40
    """Lines of a piece, at most."""
    AHEAD = 200
    """Characters that must follow a piece."""
    AHEAD_LINES = 8
    """Lines that count as much as those characters."""
    TRIES = 5
    """Places to try for a cut."""
    CARRIED = 12
    """Characters of open marks carried from piece to piece, at most."""

    def __init__(self, inline: Inline, role: str, number: int) -> None:
        self.role = role
        self._number = number
        self._inline = inline
        self._text = ""
        self._chain = PieceChain()
        self._is_begun = False
        self.ends_lazily = False
        """True if the last line lacks the marks of its container."""
        self._separator = ""
        self._marks = ""
        """Emphasis marks that are open where the last piece ended. They are expected to be closed; if they never are, the
        paragraph is parsed again without carrying any."""
        self._definitions: tuple[tuple[Run, ...], ...] = ()
        """Link reference definitions that were removed from the text and not handed out yet."""

    def draft(self) -> Self:
        clone = super().draft()
        clone._chain = self._chain.copy()
        return clone

    def accept(self, cursor: Cursor) -> bool:
        self._text += ("\n" if self._text else "") + cursor.rest.lstrip(" ")
        self.ends_lazily = False
        return True

    def more(self, text: str) -> None:
        self._text += text

    @property
    def is_whole(self) -> bool:
        """True if no text has been handed out. Definitions before the text may have been."""
        return not self._is_begun

    def resolve(self) -> bool:
        """Remove the link reference definitions from the beginning. Return whether any text is left."""
        if self.is_whole:
            self._define(len(self._text))
        return bool(self._text.strip())

    def pop_last_line(self) -> str | None:
        """Remove and return the last line; None if part of it was handed out."""
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
        """The source that was not handed out yet."""
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
        """Return the blocks of the definitions removed since the last call: their source, a line each."""
        found: list[Block] = []
        for start in range(0, len(self._definitions), self.CAP_LINES):
            lines = self._definitions[start : start + self.CAP_LINES]
            runs = [run for line in lines for run in (("\n", TEXT), *line)][1:]
            found.append(self._chain.piece(margin, runs))
        self._definitions = ()
        return found

    def _limit(self) -> int | None:
        """Return the most characters of the next piece; None while too little has come after it."""
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
        self._separator = " " if piece.continuation == "row" and blank else ""
        self._is_begun = True
        self._text = rest.lstrip() + self._text[len(window) :]
        return piece

    def _breaks(self, before: str, blank: str) -> bool:
        """Return whether a cut with this blank after it begins a new row."""
        if "\n" not in blank:
            return False
        ending = before + blank.partition("\n")[0]
        return not self._inline.join_lines or ending.endswith(("  ", "\\"))

    def _cut(self, window: str, limit: int, style: TextStyle) -> tuple[int, Sequence[Run]]:
        """Return where the next piece ends, and its runs.

        The cut is at a place where no mark is open, because only there the pieces mean what the whole means. The search
        goes back mark by mark, for a limited number of tries. Without such a place, emphasis marks are carried over to the
        next piece. Any other mark that spans more than a piece is text.
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
        """Return the runs of a piece with its open marks closed at the end. The next piece opens them again."""
        parsed = self._inline.parse(self._marks + piece, style)
        if not parsed.open_marks or self._number in self._inline.never_closed:
            self._marks = ""
            return parsed.runs
        if len(parsed.open_marks) > self.CARRIED:
            # So many open marks are no emphasis. Carrying them would add more with each piece.
            if not self.is_draft:
                self._inline.never_closed.add(self._number)
            self._marks = ""
            return self._inline.runs(piece, style)
        runs = self._inline.runs(self._marks + piece + parsed.open_marks[::-1], style)
        self._marks = parsed.open_marks
        return runs

    def _define(self, limit: int) -> bool:
        """Remove the definitions that end before the limit. Return whether there were any."""
        start = 0
        while self._text.startswith("[", start) and (end := self._definition(start, limit)):
            start = end
        self._text = self._text[start:].lstrip()
        return start > 0

    def _definition(self, start: int, limit: int) -> int:
        """Return the end of the definition at `start`; 0 if there is none. Footnotes, `[^1]: …`, stay text."""
        label = _LABEL.match(self._text, start)
        if not label or not label[1].strip() or label[1].startswith("^"):
            return 0
        prepare_imports()
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
    """Return the places where a piece may end: at blanks; without any, between East Asian letters; else anywhere."""
    places = [at for at, character in enumerate(window[: limit + 1]) if character in " \n"][1:]
    if not places:
        places = [at for at in range(1, limit + 1) if _is_letter(window[at - 1]) and _is_letter(window[at])]
    return places or [cluster_start(window, limit)]


def _is_letter(character: str) -> bool:
    """Return whether a character is an East Asian letter, between which rows may break."""
    return (
        "\u3041" <= character <= "\u3096"
        or "\u30a1" <= character <= "\u30fa"
        or "\u3400" <= character <= "\ud7a3"
    )


def _without_break(window: str, cut: int) -> str:
    """Return the text up to a cut, without the backslash of a hard break there."""
    piece = window[:cut].strip()
    backslashes = len(piece) - len(piece.rstrip("\\"))
    return piece[:-1] if backslashes % 2 and window[cut] == "\n" else piece
