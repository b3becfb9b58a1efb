"""The marks of a search in the rows of the transcript."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.strip import Strip

from elumenta_tui.tui.widgets.row_layout import Anchor
from elumenta_tui.tui.widgets.selecting import highlighted
from elumenta_tui.tui.widgets.transcript_styles import TranscriptStyles
from elumenta_tui.tui.widgets.viewport import Viewport

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.hits import Hit, Search

Mark = tuple[int, int, bool]
"""A hit on a row: its first cell, the cell behind its last, and whether it is the current hit."""


class HitMarks:
    """Marks hits in the rows in view. Rows that stay in view keep their strips."""

    def __init__(self, viewport: Viewport, styles: TranscriptStyles) -> None:
        self._viewport = viewport
        self._styles = styles
        self._marked: dict[tuple[int, tuple[Mark, ...]], tuple[Strip, Strip]] = {}
        """Rows of the view with marked hits, by the id() of the unmarked row and by its marks.

        Each value holds the marked row and the unmarked one, which is kept so that its id can't be reused.
        """

    def forget(self) -> None:
        """Forget all marked rows."""
        self._marked = {}

    def rows(self, search: Search) -> dict[int, Strip]:
        """Return the rows of the view that have hits, with the hits marked, by row of the view."""
        from elumenta_tui.tui.widgets.hits import hits_in

        viewport = self._viewport
        layout, rows = viewport.layout, viewport.rows
        top, height = viewport.position, len(rows)
        here = search.anchor
        here_row = layout.position(here) - top if here is not None else -1
        strips: dict[int, Strip] = {}
        known, self._marked = self._marked, {}
        for section in range(viewport.top.section, len(viewport)):
            start = max(0, layout.position(Anchor(section, 0, 0)) - top)
            end = height
            if section + 1 < len(viewport):
                end = layout.position(Anchor(section + 1, 0, 0)) - top
            if start >= height:
                break
            if not search.marks(section):
                continue
            hits, _ = hits_in(rows[start:end], search.wanted)
            first = next((n for n, hit in enumerate(hits) if hit[0].row + start == here_row), -1)
            shown = first + search.place_in_row if first >= 0 else -1
            for number, spans in _marked_rows(hits).items():
                marks = tuple((left, right, hit == shown) for hit, left, right in spans)
                row = rows[start + number].strip
                strip, _ = self._marked[id(row), marks] = known.get((id(row), marks)) or (
                    self._with_marks(row, marks),
                    row,
                )
                strips[start + number] = strip
        return strips

    def _with_marks(self, row: Strip, marks: tuple[Mark, ...]) -> Strip:
        for left, right, is_here in marks:
            row = highlighted(row, left, right, self._styles.look("found.here" if is_here else "found"))
        return row


def _marked_rows(hits: Iterable[Hit]) -> dict[int, list[tuple[int, int, int]]]:
    """Return the parts of hits by row: the index of the hit, its first cell, and the cell behind its last."""
    rows: dict[int, list[tuple[int, int, int]]] = {}
    for number, hit in enumerate(hits):
        for span in hit:
            rows.setdefault(span.row, []).append((number, span.start, span.end))
    return rows
