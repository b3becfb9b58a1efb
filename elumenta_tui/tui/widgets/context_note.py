"""The line at a message that says whether it is sent."""

from __future__ import annotations

from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.i18n import say
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.widgets.foot import wrapped
from elumenta_tui.tui.widgets.line_renderer import ViewContext

_META = TextStyle("meta")


def note_lines(source: Turn | Answer, context: ViewContext, room: int) -> list[Line]:
    """Say that a prompt or an answer is not sent, is pinned, or asks for a summary.

    At the first of several messages in a row that are not sent, say how many there are.
    """
    if isinstance(source, Turn) and source.is_summary:
        words = f"┄ {say('turn.summary_left_out' if source.left_out else 'turn.summary')}"
    elif not source.left_out:
        words = f"◆ {say('turn.pinned')}"
    elif (count := context.run_of(source)) > 1:
        words = f"┄ {say('turn.run_left_out', n=count, key=hint('inspect'))}"
    else:
        words = f"┄ {say('turn.left_out')}"
    return wrapped(words, _META, room)
