"""The files of the prompt that several answers share: their names in a row, and below that their pictures if they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from elumenta_tui.tui.widgets.attachment_words import MARKS, sent_words
from elumenta_tui.tui.widgets.line_renderer import DrawnPictures

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment

ROOM = 32
"""Columns of a picture, at most."""
GAP = 2
"""Columns between two pictures."""
MOST_ROWS = 8
"""Rows of pictures, at most; on a screen with fewer than `TALL` rows, none: the answers need them."""
TALL = 30


def file_names(attachments: Sequence[Attachment], width: int) -> Content:
    """Return the row that names the files: with their facts, where one file leaves room for them."""
    if len(attachments) == 1:
        words = sent_words(attachments[0])
    else:
        words = "  ".join(f"{MARKS[each.kind]} {each.name}" for each in attachments)
    return Content.styled(f" {words}", "$muted").truncate(width, ellipsis=True)


class PictureRows(Widget):
    """Draws as many pictures side by side as fit.

    Args:
        pictures: returns what draws them; None if they are named only.
    """

    def __init__(
        self, attachments: Sequence[Attachment], pictures: Callable[[], DrawnPictures | None]
    ) -> None:
        super().__init__(id="pictures")
        self._attachments = attachments
        self._pictures = pictures

    def rows(self, screen_rows: int) -> int:
        """Return the rows that the pictures take on a screen with so many rows."""
        pictures = self._pictures()
        if pictures is None or screen_rows < TALL:
            return 0
        heights = [pictures.height(each, ROOM) for each in self._attachments]
        return min(MOST_ROWS, max(heights, default=0))

    def _columns(self) -> Iterator[Sequence[Strip]]:
        pictures = self._pictures()
        if pictures is not None:
            background = self.rich_style
            for each in self._attachments:
                if cells := pictures.cells(each, ROOM, background):
                    yield cells

    def render_line(self, y: int) -> Strip:
        parts: list[Segment] = []
        used = 0
        for cells in self._columns():
            width = GAP + cells[0].cell_length
            if used + width > self.size.width:
                break
            used += width
            parts.append(Segment(" " * GAP, self.rich_style))
            blank = [Segment(" " * cells[0].cell_length, self.rich_style)]
            parts += list(cells[y]) if y < len(cells) else blank
        return Strip(parts, used).extend_cell_length(self.size.width, self.rich_style)
