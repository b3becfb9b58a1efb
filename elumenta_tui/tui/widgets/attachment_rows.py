"""The files below a prompt in the transcript, a row each."""

from __future__ import annotations

from elumenta_tui.chat.turn import Turn
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.tui.widgets.attachment_words import sent_words
from elumenta_tui.tui.widgets.line_renderer import ViewContext
from elumenta_tui.tui.widgets.row import Row
from elumenta_tui.tui.widgets.row_painter import prompt_row, prose_width
from elumenta_tui.tui.widgets.versions import shortened


def attachment_rows(turn: Turn, context: ViewContext, width: int, style: TextStyle) -> list[Row]:
    """Return a row for each file that was sent with a prompt. They are no text of the prompt, and are not copied with it."""
    room = prose_width(context, width)
    lines = [Line(((shortened(sent_words(each), room), style),)) for each in turn.attachments]
    rows = [prompt_row(context, line, width, style) for line in lines]
    return [row._replace(skip=width, is_text=False) for row in rows]
