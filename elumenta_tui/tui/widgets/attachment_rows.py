"""The files below a prompt in the transcript: a row each, and below that the picture if it is drawn."""

from __future__ import annotations

from elumenta_tui.chat.turn import Turn
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.tui.widgets.attachment_words import sent_words
from elumenta_tui.tui.widgets.cropping import covered
from elumenta_tui.tui.widgets.line_renderer import MARGIN, FoundLine, ViewContext
from elumenta_tui.tui.widgets.row import Row
from elumenta_tui.tui.widgets.row_painter import PROMPT, prompt_row, prose_width
from elumenta_tui.tui.widgets.versions import shortened


def attachment_rows(turn: Turn, context: ViewContext, width: int, style: TextStyle) -> list[Row]:
    """Return the rows of the files that were sent with a prompt. They are no text of the prompt, and are not copied with it."""
    room = prose_width(context, width)
    pictures = context.pictures()
    background = context.renderer.style(PROMPT)
    rows: list[Row] = []
    for each in turn.attachments:
        name = prompt_row(context, Line(((shortened(sent_words(each), room), style),)), width, style)
        rows.append(_not_text(name, width))
        rows += [_found_row(line, context, width, room) for line in context.found_in(each)]
        if pictures is not None and (cells := pictures.cells(each, room, background)):
            blank = prompt_row(context, Line(()), width)
            rows += [
                _not_text(blank._replace(strip=covered(blank.strip, strip, MARGIN)), width) for strip in cells
            ]
    return rows


def _not_text(row: Row, width: int) -> Row:
    return row._replace(skip=width, is_text=False)


def _found_row(line: FoundLine, context: ViewContext, width: int, room: int) -> Row:
    """Return the row of a line that a search has found. Its number is no text that could be searched."""
    number = f"  {line.number}: "
    row = prompt_row(context, Line(((shortened(number + line.text, room), PROMPT),)), width)
    return row._replace(skip=MARGIN + len(number))


def attachment_height(turn: Turn, context: ViewContext, width: int) -> int:
    """Return the number of these rows."""
    pictures = context.pictures()
    drawn = [] if pictures is None else turn.attachments
    room = prose_width(context, width)
    lines = sum(len(context.found_in(each)) for each in turn.attachments)
    return (
        len(turn.attachments)
        + lines
        + sum(pictures.height(each, room) for each in drawn if pictures is not None)
    )
