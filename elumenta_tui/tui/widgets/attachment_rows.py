"""The files below a prompt in the transcript: a row each, and below that the picture if it is drawn."""

from __future__ import annotations

from elumenta_tui.chat.turn import Turn
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.tui.widgets.attachment_words import sent_words
from elumenta_tui.tui.widgets.cropping import covered
from elumenta_tui.tui.widgets.line_renderer import MARGIN, ViewContext
from elumenta_tui.tui.widgets.row import Row
from elumenta_tui.tui.widgets.row_painter import PROMPT, prompt_row, prose_width
from elumenta_tui.tui.widgets.versions import shortened


def attachment_rows(turn: Turn, context: ViewContext, width: int, style: TextStyle) -> list[Row]:
    """Return the rows of the files that were sent with a prompt. They are no text of the prompt, and are not copied with it."""
    room = prose_width(context, width)
    pictures = context.pictures()
    background = context.renderer.style(PROMPT)
    rows = []
    for each in turn.attachments:
        rows.append(prompt_row(context, Line(((shortened(sent_words(each), room), style),)), width, style))
        if pictures is not None and (cells := pictures.cells(each, room, background)):
            blank = prompt_row(context, Line(()), width)
            rows += [blank._replace(strip=covered(blank.strip, strip, MARGIN)) for strip in cells]
    return [row._replace(skip=width, is_text=False) for row in rows]


def attachment_height(turn: Turn, context: ViewContext, width: int) -> int:
    """Return the number of these rows."""
    pictures = context.pictures()
    drawn = [] if pictures is None else turn.attachments
    room = prose_width(context, width)
    return len(turn.attachments) + sum(pictures.height(each, room) for each in drawn if pictures is not None)
