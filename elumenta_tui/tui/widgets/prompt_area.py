"""A text area with three titles on its frame, whose cursor stops between grapheme clusters only."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual

from elumenta_tui.terminal.textual_internals import SteadyTextArea
from elumenta_tui.text.sanitize import clean_line

_AROUND = 64
"""Characters on either side of the cursor that are searched for grapheme clusters."""

LEAST_TITLE, MOST_TITLE = 8, 60
"""Cells of a conversation's title on the frame, at least and at most."""

FRAME_CELLS = 10
"""Cells of the upper edge that no title uses: the corners, spaces beside both titles, and some of the line between."""


class PromptArea(SteadyTextArea):
    """The upper edge of the frame has a title at either side; Textual draws one only."""

    _conversation = ""
    title_width = 0
    """Cells of the upper left title."""

    def frame(self, title: Content, subtitle: Content, conversation: str = "") -> None:
        """Set the frame's title, its subtitle, and the conversation's title at the upper right."""
        self.border_title = title
        self.border_subtitle = subtitle
        self.title_width = title.cell_length
        if conversation != self._conversation:
            self._conversation = conversation
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        if crop.y > 0 or not self.right_title[0]:
            return super().render_lines(crop)
        width = self.size.width + self.gutter.width
        edge, *below = super().render_lines(Region(0, 0, width, crop.height))
        strips = [self._with_right_title(edge), *below]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    @property
    def right_title(self) -> tuple[str, str]:
        """The upper right text and its style: the conversation's title."""
        return clean_line(self._conversation, 200), "$muted"

    def _with_right_title(self, edge: Strip) -> Strip:
        """Draw the right title into the upper edge, as far as it fits."""
        room = edge.cell_length - self.title_width - FRAME_CELLS
        if room < LEAST_TITLE:
            return edge
        from elumenta_tui.tui.widgets.cropping import covered

        text, style = self.right_title
        title = Content(text).truncate(min(room, MOST_TITLE), ellipsis=True)
        label = Content.styled(f" {title.plain} ", style)
        [strip] = Visual.to_strips(self, label, label.cell_length, 1, self.visual_style)
        return covered(edge, strip, edge.cell_length - label.cell_length - 2)

    def get_cursor_left_location(self) -> tuple[int, int]:
        row, column = self.cursor_location
        places = [place for place in self._places(row, column) if place < column]
        return (row, max(places)) if places else super().get_cursor_left_location()

    def get_cursor_right_location(self) -> tuple[int, int]:
        row, column = self.cursor_location
        places = [place for place in self._places(row, column) if place > column]
        return (row, min(places)) if places else super().get_cursor_right_location()

    def action_delete_to_blank(self) -> None:
        """Delete the word before the cursor, as far as a blank: a whole path, as a shell does."""
        row, column = self.cursor_location
        if not self.selection.is_empty or not column:
            self.action_delete_word_left()
            return
        before = self.document.get_line(row)[:column]
        words = before.split()
        start = before.rindex(words[-1]) if words else 0
        self.delete((row, start), (row, column), maintain_selection_offset=False)

    def _places(self, row: int, column: int) -> set[int]:
        """Return the edges of the grapheme clusters around a column, where the cursor may stop.

        Empty for ASCII.
        """
        line = self.document.get_line(row)
        start = max(0, column - _AROUND)
        around = line[start : column + _AROUND]
        if around.isascii():
            return set()
        from elumenta_tui.markdown.cells import clusters

        return {start + place for cluster in clusters(around) for place in (cluster.start, cluster.end)}
