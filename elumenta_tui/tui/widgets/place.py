"""Keeps the reading position in a row layout while the window changes its size."""

from __future__ import annotations

from typing import TypeVar

from elumenta_tui.tui.widgets.row_layout import START, Anchor, RowLayout

Row = TypeVar("Row")


class Place:
    """The row at the top of the view as the reader chose it.

    A taller window shows earlier rows above it, and another width breaks lines elsewhere. When the window has
    its old size again, the view is at the old position.
    """

    def __init__(self) -> None:
        self._chosen = self._shown = START
        self._width = 0
        self._height = 1

    def at(self, top: Anchor, row_layout: RowLayout[Row]) -> Anchor:
        """Return the row to show at the top.

        `top` is the current one: the reader chose it if it is not the one shown last.
        """
        if top != self._shown or not self._width:
            self._chosen, self._width = top, row_layout.width
            self._height = row_layout.height(top)
        section, piece, row = self._chosen
        height = row_layout.height(self._chosen)
        if not height:
            return top
        if row_layout.width != self._width:
            # Scale to the same part of the piece, which may have more or fewer rows now.
            row = row * height // max(1, self._height)
        return Anchor(section, piece, row)

    def is_shown_at(self, top: Anchor) -> None:
        """Note which row is at the top of the view now."""
        self._shown = top

    def is_at_the_end(self, top: Anchor) -> None:
        """Note that the view follows the end, with that row at its top now."""
        self._shown, self._width = top, 0
