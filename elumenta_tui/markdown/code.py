"""Code blocks, fenced or indented."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from elumenta_tui.markdown.blocks import Block, Margin
from elumenta_tui.markdown.cells import width_of
from elumenta_tui.markdown.cursor import TAB, Cursor
from elumenta_tui.markdown.highlight import START, Highlighter, Runs, State
from elumenta_tui.markdown.inline import Inline, unescape
from elumenta_tui.markdown.leaf import Leaf
from elumenta_tui.markdown.style import FENCE, FRAME, Copying, Line, Run, TextStyle
from elumenta_tui.markdown.wrap import chop, run_width

_LABEL = TextStyle("language")
CONTINUED: Run = ("↳", _LABEL)
"""Stands left of a row that a line of code is wrapped into."""


class CodeSource:
    """The text of one code block, shared by all its pieces. It grows while the block is open."""

    __slots__ = ("_parts", "info", "language")

    def __init__(self, info: str = "") -> None:
        self.info = " ".join(info.split())
        """The info string after the fence."""
        self.language = self.info.partition(" ")[0]
        """The first word of the info string, as written; empty if there is none."""
        self._parts: list[str] = []

    def add_line(self, line: str) -> None:
        self._parts.append(f"\n{line}" if self._parts else line)

    def extend_line(self, text: str) -> None:
        self._parts.append(text)

    @property
    def text(self) -> str:
        """The whole text so far, with tabs and newlines as in the source, without the last newline."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""


class CodeRow(NamedTuple):
    """A line of code, or a part of a very long line."""

    runs: tuple[Run, ...]
    continues: bool = False
    """True if the line continues in the next row."""
    tabs: tuple[tuple[int, int], ...] = ()
    """Ranges of characters where tabs were replaced by blanks."""


def _expanded(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Replace tabs by blanks. Return the text, and the ranges of these blanks."""
    if "\t" not in text:
        return text, ()
    tabs: list[tuple[int, int]] = []
    parts = text.split("\t")
    line = parts[0]
    for part in parts[1:]:
        start = len(line)
        line += " " * (TAB - start % TAB)
        tabs.append((start, len(line)))
        line += part
    return line, tuple(tabs)


def _copying(runs: Runs, start: int, left: int, tabs: Iterable[tuple[int, int]]) -> Copying:
    """Return how a row is copied that shows the characters of a line from `start` on, in the cells from `left` on."""
    text = "".join([text for text, _ in runs])
    spans = []
    for first, after in tabs:
        begin, end = max(first - start, 0), min(after - start, len(text))
        if begin < end:
            cells = left + width_of(text[:begin])
            spans.append((cells, cells + end - begin, "\t" if first >= start else ""))
    return Copying(tabs=tuple(spans), end=left + width_of(text))


class Code(Block):
    """Some lines of a code block, filled to the right edge.

    The info string stands at the right end of the first row. Without room for both it gets rows of its own above.
    """

    __slots__ = ("_goes_on", "code", "is_first", "rows")

    def __init__(
        self, margin: Margin, code: CodeSource, rows: Sequence[CodeRow], is_first: bool, goes_on: bool = False
    ) -> None:
        """`goes_on`: the first row continues the last line of the piece before."""
        super().__init__(margin)
        self._goes_on = goes_on
        self.code = code
        self.rows = tuple(rows)
        self.is_first = is_first

    @property
    def source(self) -> str:
        """The text of the whole block, not of this piece alone."""
        return self.code.text

    @property
    def language(self) -> str:
        return self.code.language

    @property
    def _has_label(self) -> bool:
        return self.is_first and bool(self.code.info)

    def _rows(self, margin: Margin, room: int) -> list[Line]:
        padding = 1 if room >= 6 else 0
        inner = room - 2 * padding
        pad: tuple[Run, ...] = ((" " * padding, FENCE),) if padding else ()
        skip = margin.width + padding
        lines: list[Line] = []
        left = margin.first
        goes_on = self._goes_on
        for code, continues, tabs in self.rows:
            cells = sum(width_of(text) for text, _ in code)
            if cells <= inner:
                pieces: Iterable[tuple[Runs, bool]] = ((code, False),)
            else:
                pieces = ((runs, soft) for runs, soft, _ in chop(code, inner))
            start = 0
            for runs, soft in pieces:
                before = (CONTINUED,) if goes_on and pad else pad
                goes_on = soft or continues
                whole = cells <= inner and not tabs
                copying = Copying(end=skip + cells) if whole else _copying(runs, start, skip, tabs)
                lines.append(Line((*left, *before, *runs), goes_on, FENCE, skip, copying=copying))
                left = margin.rest
                start += sum(len(text) for text, _ in runs)
        if self._has_label:
            self._put_label(lines, room, margin, pad)
        return lines

    def _put_label(self, lines: list[Line], room: int, margin: Margin, pad: tuple[Run, ...]) -> None:
        labels = [(*runs, *pad) for runs, _, _ in chop([(self.code.info, _LABEL)], room - 2 * run_width(pad))]
        taken = run_width(lines[0].runs) - margin.width
        if len(labels) == 1 and not lines[0].soft and taken + 2 + run_width(labels[0]) <= room:
            lines[0] = lines[0]._replace(edge=labels[0])
            return
        lines[0] = lines[0]._replace(runs=(*margin.rest, *lines[0].runs[len(margin.first) :]))
        lines[:0] = [
            Line(
                margin.rest if row else margin.first, fill=FENCE, skip=margin.width, edge=label, copying=FRAME
            )
            for row, label in enumerate(labels)
        ]

    def _guess(self, room: int) -> int:
        return len(self.rows)


class _OpenRows:
    """Highlighted rows of an open block, kept from frame to frame.

    They serve only what is shown meanwhile: finished pieces are cut and highlighted without them.
    """

    SETTLED = 10
    """Rows that must follow a row before its colours count as final for this cache."""
    PIECE = 8
    """Rows of a piece that stays the same from frame to frame."""

    def __init__(self, state: State) -> None:
        self.pieces: list[Code] = []
        self._rows: list[Runs] = []
        """Settled rows that are not in a piece yet."""
        self._state = state
        self._count = 0

    def highlighted(self, lines: Sequence[str], highlighter: Highlighter) -> list[Runs]:
        """Return the rows after those in `pieces`. All but a few at the end come from the cache."""
        text = "\n".join(lines[self._count :]) + "\n"
        rows, states = highlighter.resume(text, self._state)
        settled = len(rows) - self.SETTLED
        # Inside long strings few states can be resumed from, so more rows are highlighted again there.
        while settled > 0 and states[settled] is None:
            settled -= 1
        if settled > 3:
            self._rows += rows[:settled]
            self._count += settled
            self._state = states[settled] or START
            del rows[:settled]
        return self._rows + rows

    def settled(self) -> int:
        """Return how many of the rows may become a piece."""
        return self.PIECE if len(self._rows) >= self.PIECE else 0

    def keep(self, piece: Code, count: int) -> None:
        """Move the first `count` rows into a piece."""
        self.pieces.append(piece)
        del self._rows[:count]


class _CodeLines(Leaf):
    """Lines of code, highlighted in steps of a few dozen lines."""

    STEP = 48
    """Rows of a piece, at most (about)."""
    STEP_SIZE = 3600
    """Characters of a piece, at most (about)."""
    AHEAD = 10
    """Rows that must follow a piece: later text may change the colours of the last rows."""
    AHEAD_SIZE = 800
    """Characters that count as much as those rows."""
    WHOLE = 6000
    """Characters up to which a lexer that cannot resume gets the whole block once it is complete."""

    def __init__(self, info: str = "") -> None:
        self._code = CodeSource(info)
        self._highlighter = Highlighter(self._code.language)
        self._lines: list[str] = []
        self._continues: list[bool] = []
        self._tabs: list[tuple[tuple[int, int], ...]] = []
        self._size = 0
        self._state: State = START
        self._is_first = True
        self._goes_on = False
        """True if the line goes on with which the last piece ended."""
        self._open_rows = _OpenRows(START)

    @property
    def language(self) -> str:
        """The first word of the info string."""
        return self._code.language

    @property
    def is_first(self) -> bool:
        """True if no piece has been handed out."""
        return self._is_first

    def draft(self) -> Self:
        clone = super().draft()
        clone._lines = self._lines.copy()
        clone._continues = self._continues.copy()
        clone._tabs = self._tabs.copy()
        return clone

    def _add(self, line: str) -> None:
        if not self.is_draft:
            self._code.add_line(line)
        self._add_row(line)

    def more(self, text: str) -> None:
        if not self.is_draft:
            self._code.extend_line(text)
        self._continues[-1] = True
        self._add_row(text)

    def _add_row(self, text: str) -> None:
        line, tabs = _expanded(text)
        self._lines.append(line)
        self._tabs.append(tabs)
        self._continues.append(False)
        self._size += len(self._lines[-1]) + 1

    def pieces(self, margin: Margin) -> list[Block]:
        found: list[Block] = []
        if not self._highlighter.can_resume and self._is_first and self._size <= self.WHOLE:
            return found
        while (window := self._window()) is not None:
            last, ahead = window
            rows, states = self._highlighter.resume("\n".join(self._lines[:ahead]) + "\n", self._state)
            # Keep the last row: if it belongs to a long line, it has yet to learn that the line continues.
            cut = next((n for n in range(last, 0, -1) if states[n] is not None), ahead - 1)
            self._state = states[cut] or START
            found.append(self._piece(margin, rows[:cut]))
            self._open_rows = _OpenRows(self._state)
        return found

    def _window(self) -> tuple[int, int] | None:
        """Return the last row of the next piece, and the last row that decides where the piece ends. None if more text is
        needed."""
        if self._size <= self.STEP_SIZE and len(self._lines) <= self.STEP:
            return None
        size = last = 0
        for count, line in enumerate(self._lines, 1):
            size += len(line) + 1
            if not last:
                if count == self.STEP or size >= self.STEP_SIZE:
                    last, size = count, 0
            elif count - last == self.AHEAD or size >= self.AHEAD_SIZE:
                return last, count
        return None

    def finish(self, margin: Margin) -> list[Block]:
        if self.is_draft and self._highlighter.can_resume and self._lines:
            return self._draft_pieces(margin)
        text = "".join([f"{line}\n" for line in self._lines])
        is_small = self._is_first and self._size <= self.WHOLE
        if is_small and not self._highlighter.can_resume and not self.is_draft:
            rows = self._highlighter.whole(text)
        else:
            rows, _ = self._highlighter.resume(text, self._state)
        found: list[Block] = []
        while rows:
            found.append(self._piece(margin, rows[: self.STEP + self.AHEAD]))
            del rows[: self.STEP + self.AHEAD]
        return found or ([self._piece(margin, [()])] if self._is_first else [])

    def _draft_pieces(self, margin: Margin) -> list[Block]:
        """Return the pieces of the unfinished rest as if the text ended here. Most come from the frame before."""
        open_rows = self._open_rows
        rows = open_rows.highlighted(self._lines, self._highlighter)
        shown = sum(len(piece.rows) for piece in open_rows.pieces)

        def piece(count: int) -> Code:
            is_first = self._is_first and not shown
            here = slice(shown, shown + count)
            lines = list(map(CodeRow, rows[:count], self._continues[here], self._tabs[here]))
            goes_on = self._continues[shown - 1] if shown else self._goes_on
            left = margin if is_first else margin.continued()
            return Code(left, self._code, lines, is_first, goes_on)

        while count := open_rows.settled():
            open_rows.keep(piece(count), count)
            del rows[:count]
            shown += count
        return [*open_rows.pieces, piece(len(rows))]

    def _piece(self, margin: Margin, rows: Sequence[Runs]) -> Code:
        count = len(rows)
        lines = list(map(CodeRow, rows, self._continues[:count] or [False], self._tabs[:count] or [()]))
        here = margin if self._is_first else margin.continued()
        piece = Code(here, self._code, lines, self._is_first, self._goes_on)
        self._is_first, self._goes_on = False, lines[-1].continues
        self._size -= sum(map(len, self._lines[:count])) + count
        del self._lines[:count], self._continues[:count], self._tabs[:count]
        return piece


class Fence(_CodeLines):
    """Code between rows of backticks or tildes."""

    # Atomic: fewer marks than there are never match, and trying them would take time with the square of a row's length.
    _OPEN = re.compile(r"((?>`{3,})(?=[^`]*$)|(?>~{3,}))(.*)")
    _INNER = re.compile(r"(`{3,}|~{3,})[A-Za-z]")
    """Matches a fence that names its language, inside a fence of Markdown. By the specification the next fence would end both;
    models that show a document mean the inner one."""
    _CLOSE = re.compile(r"(`{3,}|~{3,}) *$")

    def __init__(self, mark: str, info: str, indent: int) -> None:
        super().__init__(unescape(info))
        self._mark = mark
        self._indent = indent
        self._nests = self._code.language.lower() in ("markdown", "md")
        self._inner: tuple[str, ...] = ()
        """Marks of the fences that are open inside a fence of Markdown."""

    @classmethod
    def start(cls, cursor: Cursor, inline: Inline, role: str) -> Leaf | None:
        if cursor.first not in "`~" or not (match := cls._OPEN.match(cursor.text, cursor.next)):
            return None
        return cls(match[1], match[2], cursor.indent)

    def accept(self, cursor: Cursor) -> bool:
        if cursor.first == self._mark[0] and cursor.indent < 4 and not cursor.is_long:
            match = self._CLOSE.match(cursor.text, cursor.next)
            mark = self._inner[-1] if self._inner else self._mark
            if match and match[1].startswith(mark):
                if not self._inner:
                    self.is_over = True
                    return True
                self._inner = self._inner[:-1]
            elif self._nests and (inner := self._INNER.match(cursor.text, cursor.next)):
                self._inner += (inner[1],)
        self._add(cursor.verbatim(self._indent))
        return True


class IndentedCode(_CodeLines):
    """Code indented by four spaces."""

    def __init__(self) -> None:
        super().__init__()
        self._blanks: list[str] = []

    def accept(self, cursor: Cursor) -> bool:
        if cursor.is_blank:
            self._blanks = [*self._blanks, cursor.verbatim(4)]
            self.ended_blank = True
            return True
        if cursor.indent < 4:
            return False
        for line in self._blanks:
            self._add(line)
        self._blanks = []
        self.ended_blank = False
        self._add(cursor.verbatim(4))
        return True
