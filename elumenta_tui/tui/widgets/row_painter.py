"""Paints the lines of an answer and its prompt as rows, and knows how wide each may be."""

from __future__ import annotations

from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.code import Code
from elumenta_tui.markdown.drawn import Drawn
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.markdown.table import Table
from elumenta_tui.markdown.wrap import run_width
from elumenta_tui.tui.widgets.line_renderer import MARGIN, ViewContext
from elumenta_tui.tui.widgets.row import Row

NARROWEST = 20
"""Least width of prose, in cells, that the options can set. A narrower view still limits it."""

FAR = 1.5
"""Ratio of the room for code to the width of prose above which a language label at the right edge is too far from its code."""

RIGHT = 1
"""Cells right of the text."""

PROMPT = TextStyle("prompt")
_YOU = TextStyle("you", bold=True)


def room(width: int) -> int:
    """Return the cells for text in a row of `width` cells."""
    return max(4, width - MARGIN - RIGHT)


def prose_width(context: ViewContext, width: int) -> int:
    """Return the width of prose in cells."""
    return min(room(width), max(NARROWEST, context.measure)) if context.measure else room(width)


def room_of(context: ViewContext, piece: Block, width: int) -> int:
    """Return the cells for the text of a block: code, tables and drawings use the full width."""
    return room(width) if isinstance(piece, Code | Table | Drawn) else prose_width(context, width)


def painted_row(context: ViewContext, line: Line, width: int) -> Row:
    """Paint a line of an answer."""
    beyond = edge = 0
    if line.edge:
        label = run_width(line.edge)
        space, prose = room(width), prose_width(context, width)
        if space > FAR * prose:
            # So far from the code, the label would seem to belong to nothing. It ends where prose ends, or behind longer code.
            beyond = max(0, space - max(prose, run_width(line.runs) + 2 + label))
        edge = RIGHT + beyond + label
    margin = ((" " * MARGIN, TextStyle()),) if line.runs else ()
    strip = context.renderer.strip(line, width, margin=margin, right=RIGHT, edge_right=beyond)
    return Row(strip, _joint(line), MARGIN + line.skip, line.margin, edge, copying=line.copying)


def prompt_row(context: ViewContext, line: Line, width: int, style: TextStyle = PROMPT) -> Row:
    """Paint a line of a prompt."""
    runs = tuple((text, style) for text, _ in line.runs)
    strip = context.renderer.strip(
        Line(runs, line.soft, PROMPT), width, margin=(("▌", _YOU), (" ", PROMPT)), right=0
    )
    return Row(strip, _joint(line), MARGIN)


def _joint(line: Line) -> str:
    return line.lost if line.soft else "\n"
