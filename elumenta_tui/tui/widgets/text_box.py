"""The box of a dialog that holds a long text."""

from __future__ import annotations

from elumenta_tui.terminal.textual_internals import SteadyTextArea


def text_box(text: str, id: str, *, is_editable: bool = True) -> SteadyTextArea:
    """Return a box with a wrapped text to edit, or only to read."""
    box = SteadyTextArea(
        text,
        id=id,
        soft_wrap=True,
        read_only=not is_editable,
        show_line_numbers=False,
        compact=True,
        highlight_cursor_line=False,
    )
    box.cursor_blink = False
    box.show_cursor = is_editable
    return box
