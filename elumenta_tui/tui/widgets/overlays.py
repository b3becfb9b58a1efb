"""Rows that cover rows of the transcript: the prompt above the answer that is read, and the hint at the block cursor."""

from __future__ import annotations

from collections.abc import Callable

from textual.strip import Strip

from elumenta_tui.markdown.style import Line, Run, TextStyle
from elumenta_tui.tui.widgets.line_renderer import MARGIN, ViewContext
from elumenta_tui.tui.widgets.viewport import Viewport

SHORTEST = 15
"""Rows of the screen below which no row is spent on the prompt of the answer that is read."""

Hint = Callable[[int], tuple[Run, ...]]
"""Returns what to say at the cursor in that many cells; nothing for no hint."""


class Overlays:
    """Covers rows in view. The same content gives the same strip again, so that only changed rows are painted.

    `screen_rows` returns the height of the screen.
    """

    def __init__(
        self,
        viewport: Viewport,
        view_context: ViewContext,
        screen_rows: Callable[[], int],
    ) -> None:
        self._viewport = viewport
        self._view_context = view_context
        self._screen_rows = screen_rows
        self.hint: Hint = lambda room: ()
        self._known: dict[object, Strip] = {}
        self._used: dict[object, Strip] = {}
        self.rows: set[int] = set()
        """The rows of the view that were covered last."""

    def forget(self) -> None:
        """Forget all strips, because the colours have changed."""
        self._known = {}

    def cover(self, rows: list[Strip], height: int, cursor_rows: range) -> bool:
        """Cover rows of a view of that height; return whether the hint has taken the last one.

        `cursor_rows` are those of the stop under the cursor.
        """
        self._used = {}
        self._viewport.covered = 0
        at = self._cover_for_hint(rows, height, cursor_rows)
        self.rows = set() if at is None else {at}
        if (above := self.prompt_above) is not None and at != 0 and rows:
            answer, width = self._viewport.view(above).answer, self._viewport.text_width
            rows[0] = self._strip(("prompt", answer, width), self._draw_prompt)
            self._viewport.covered = 1
            self.rows.add(0)
        self._known = self._used
        return at == height - 1

    # ------------------------------------------------------------------------------------------------------- the prompt

    @property
    def prompt_above(self) -> int | None:
        """Index of the answer at the top of the view if its prompt is out of view and to be shown; else None."""
        viewport = self._viewport
        context = self._view_context
        if context.is_aside or context.foot is not None or not len(viewport):
            return None
        if self._screen_rows() < SHORTEST or viewport.height < 4:
            return None
        top = viewport.top
        view = viewport.view(top.section)
        has_prompt = view.answer_at > view.prompt_at and view.answer.prompt.strip()
        return top.section if top.piece >= view.answer_at and has_prompt else None

    def _draw_prompt(self) -> Strip:
        section, width = self._viewport.top.section, self._viewport.text_width
        return self._viewport.view(section).first_line(width).strip

    # --------------------------------------------------------------------------------------------------------- the hint

    def _cover_for_hint(self, rows: list[Strip], height: int, stop: range) -> int | None:
        """Put the hint below the stop or above it where the row is blank, else into the last row. Return its row."""
        width = self._viewport.text_width
        runs = self.hint(width - MARGIN - 1) if len(stop) and height > 1 else ()
        if not runs:
            return None
        places = [y for y in (stop.stop, stop.start - 1) if 0 <= y < height]
        at = next((y for y in places if y >= len(rows) or rows[y].text.isspace()), height - 1)
        while len(rows) <= at:
            rows.append(
                self._strip(("blank", width), lambda: self._view_context.renderer.strip(Line(()), width))
            )
        rows[at] = self._strip(("hint", runs, width), lambda: self._draw_hint(runs, width))
        return at

    def _draw_hint(self, runs: tuple[Run, ...], width: int) -> Strip:
        margin = ((" " * MARGIN, TextStyle()),)
        return self._view_context.renderer.strip(Line(runs), width, margin=margin, right=1)

    def _strip(self, key: object, draw: Callable[[], Strip]) -> Strip:
        strip = self._used[key] = self._known.get(key) or draw()
        return strip
