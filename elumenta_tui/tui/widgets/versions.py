"""Marks of versions: `‹2/3›` stands at a prompt or an answer that is the second of three."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.tui.widgets.cropping import covered
from elumenta_tui.tui.widgets.line_renderer import ViewContext
from elumenta_tui.tui.widgets.row import Row
from elumenta_tui.tui.widgets.row_painter import RIGHT, prompt_row

_MARK = TextStyle("version", bold=True)


def mark(number: int, of: int) -> str:
    """Return the mark of a version; empty if it is the only one."""
    return f"‹{number}/{of}›" if of > 1 else ""


def prompt_mark(conversation: Conversation, turn: Turn) -> str:
    """Return the mark of a prompt among those that stand in the same place."""
    if conversation.is_straight:
        # The usual case. The first frame of thousands of turns has no time to find out which turns follow each answer.
        return ""
    # A turn that was read again in another window is not in the tree any more until the transcript shows the new one.
    if turn not in conversation.turns_below(turn.parent):
        return ""
    versions = conversation.versions(turn)
    return mark(versions.index(turn) + 1, len(versions))


def answer_mark(answer: Answer) -> str:
    """Return the mark of an answer among those of its turn."""
    versions = answer.turn.answers
    return mark(versions.index(answer) + 1, len(versions))


def with_mark(rows: list[Row], mark: str, context: ViewContext, width: int) -> list[Row]:
    """Return the rows of a prompt with a mark at the right end of the first one, or in a row above if that is too long."""
    label = Strip([Segment(mark, context.renderer.style(_MARK))], len(mark))
    first = rows[0]
    used = cell_len(first.strip.text.rstrip())
    start = width - label.cell_length - RIGHT
    if used + 1 > start:
        blank = prompt_row(context, Line((("", _MARK),)), width)
        return [blank._replace(strip=covered(blank.strip, label, start), skip=width, is_text=False), *rows]
    return [
        first._replace(
            strip=covered(first.strip, label, start), edge=label.cell_length + RIGHT, is_marked=True
        ),
        *rows[1:],
    ]


def shortened(text: str, room: int) -> str:
    """Return a line of text in at most `room` cells, with an ellipsis if it was longer."""
    return Content(text).truncate(max(1, room), ellipsis=True).plain
