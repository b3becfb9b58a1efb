"""Markdown on a terminal: laid out block by block with the plain colours that every terminal has, and never drawn again.

Code is printed without a frame beside it and without being wrapped, so that it can be copied as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from elumenta_tui.cli.tables import Look
from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.code import Code
from elumenta_tui.markdown.growing import GrowingMarkdown
from elumenta_tui.markdown.style import Line, Run, TextStyle
from elumenta_tui.markdown.table import Table
from elumenta_tui.markdown.wrap import run_width

_UNLIMITED = 1_000_000
"""Cells. The terminal itself wraps a long line of code, and copies it as one."""

_NARROWEST, _USUAL = 20, 80
"""Cells of prose at least, and where the width is not known."""

_RULE = 40
"""Cells of the rules around code, at most."""

_ATTRIBUTES = {
    "rule": "2",
    "target": "2",
    "html": "2",
    "code": "1",
    "fence.comment": "2",
    "fence.heading": "1",
}
"""Attributes by role. They are no colours, so they stay where colours are not wanted."""

_COLOURS = {
    "mark": "36",
    "code": "36",
    "fence.keyword": "35",
    "fence.function": "34",
    "fence.class": "34",
    "fence.builtin": "36",
    "fence.decorator": "33",
    "fence.string": "32",
    "fence.number": "33",
    "fence.inserted": "32",
    "fence.deleted": "31",
    "fence.error": "31",
}
"""Colours by role, of the eight that every terminal has, without those that a light or a dark background swallows. They come before attributes."""


class TerminalMarkdown:
    """Lays out a text that comes in pieces.

    Args:
        look: returns how text may look; asked for every block, as the terminal may get another size.
        measure: cells of prose, at most; 0: no limit. Code and tables have no limit.
        join_lines: whether the lines of a paragraph are joined.
    """

    def __init__(self, look: Callable[[], Look], *, measure: int = 0, join_lines: bool = False) -> None:
        self._look = look
        self._measure = measure
        self._markdown = GrowingMarkdown(join_lines)
        self._shown = 0
        """Number of blocks that were returned."""
        self._early = False
        """True if the next block was returned already, without the gap after it."""
        self._code: object = None
        """The source of the code block that the last block was a piece of; None if it was none."""
        self._code_margin: tuple[Run, ...] = ()
        self._styles: dict[tuple[TextStyle, bool], str] = {}

    def feed(self, text: str) -> str:
        """Take a piece of the text. Return what is finished with it."""
        self._markdown.feed(text)
        return self._new()

    def close(self) -> str:
        """End the text. Return the rest."""
        self._markdown.end()
        return self._new() + self._end_code()

    def _new(self) -> str:
        blocks = self._markdown.blocks[self._shown :]
        self._shown += len(blocks)
        pieces: list[str] = []
        for block in blocks:
            if self._early:
                self._early = False
            else:
                pieces += self._block(block)
            if block.gap:
                # The quote bars that go on beside it.
                pieces += [self._end_code(), self._row(block.below, self._look()), "\n"]
        last = self._markdown.last
        if last is not None and not self._early:
            self._early = True
            pieces += [*self._block(last), self._end_code()]
        return "".join(pieces)

    def _block(self, block: Block) -> Iterator[str]:
        """Yield a block without the gap below it."""
        look = self._look()
        if isinstance(block, Code):
            yield from self._code_rows(block.with_gap(0), look)
            return
        yield self._end_code()
        width = look.width or _USUAL
        if self._measure and not isinstance(block, Table):
            width = min(width, max(_NARROWEST, self._measure))
        for line in block.with_gap(0).lines(max(4, width)):
            yield f"{self._row(line.runs, look)}\n"

    # ------------------------------------------------------------------------------------------------------------- code

    def _code_rows(self, block: Code, look: Look) -> Iterator[str]:
        margin = block.margin.within(look.width or _USUAL)
        if block.code is not self._code:
            yield self._end_code()
            self._code, self._code_margin = block.code, margin.rest
            yield self._rule(margin.first, block.code.info, look)
        for line in block.lines(_UNLIMITED):
            if line.edge and not line.runs[len(margin.first) :]:
                # The name of the language stands above.
                continue
            text = self._row((*margin.rest, *_bare(line)), look)
            yield text if line.soft else f"{text}\n"

    def _rule(self, margin: tuple[Run, ...], label: str, look: Look) -> str:
        style = TextStyle("rule")
        cells = max(2, min(_RULE, (look.width or _USUAL) - run_width(margin)))
        named = f"── {label} " if label and run_width([(label, style)]) <= cells - 4 else ""
        text = f"{named}{'─' * max(0, cells - run_width([(named, style)]))}"
        return f"{self._row((*margin, (text, style)), look)}\n"

    def _end_code(self) -> str:
        """Return the rule below the code that has ended; empty if none has."""
        if self._code is None:
            return ""
        self._code = None
        return self._rule(self._code_margin, "", self._look())

    # ------------------------------------------------------------------------------------------------------------- rows

    def _row(self, runs: Iterable[Run], look: Look) -> str:
        pieces = []
        for text, style in runs:
            begin = self._style(style, has_colours=look.has_colours)
            pieces.append(f"\x1b[{begin}m{text}\x1b[m" if begin and text else text)
        return "".join(pieces).rstrip(" ")

    def _style(self, style: TextStyle, *, has_colours: bool) -> str:
        """Return the parameters of the escape sequence for a style; empty for plain text."""
        key = (style, has_colours)
        if key not in self._styles:
            role = style.role
            found = [(_COLOURS.get(role) if has_colours else None) or _ATTRIBUTES.get(role)]
            found += [
                code
                for is_set, code in (
                    (style.bold, "1"),
                    (style.italic, "3"),
                    (style.underline or bool(style.href), "4"),
                    (style.strike, "9"),
                )
                if is_set
            ]
            self._styles[key] = ";".join(dict.fromkeys(filter(None, found)))
        return self._styles[key]


def _bare(line: Line) -> tuple[Run, ...]:
    """Return the runs of a row of code without its margin and without the padding, or the mark of a wrapped line, before the text."""
    cells, kept = 0, []
    for run in line.runs:
        if cells >= line.skip:
            kept.append(run)
        cells += run_width([run])
    return tuple(kept)


def code_blocks(text: str) -> list[str]:
    """Return the texts of the blocks of code in a Markdown text, in order."""
    from elumenta_tui.markdown.growing import render

    pieces = [block.code for block in render(text) if isinstance(block, Code)]
    firsts = pieces[:1] + [after for before, after in pairwise(pieces) if before is not after]
    return [code.text for code in firsts]
