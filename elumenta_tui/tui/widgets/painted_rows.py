"""The painted rows of the transcript: each row below its marks, and which rows differ from the screen."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from elumenta_tui.tui.widgets.cropping import covered
from elumenta_tui.tui.widgets.line_renderer import MARGIN
from elumenta_tui.tui.widgets.transcript_styles import TranscriptStyles

CURSOR = "┃"
"""Bar before each row of the stop under the block cursor. On a prompt, it replaces the prompt's own bar."""


class Badge(NamedTuple):
    """A text that covers the end of the last row."""

    text: str
    start: int
    """Column where it begins."""

    @classmethod
    def at_the_end(cls, text: str, width: int) -> Badge:
        """Place the text at the end of a row of that width."""
        return cls(text, max(0, width - cell_len(text) - 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """The parts of a row of the view. Two are equal if `row` is the same object and all other parts are equal."""

    row: Strip
    cursor: bool
    badge: str
    """Role of the badge that covers the end of the row; empty without a badge."""
    number: int
    """Number to show for the code block that begins in this row; 0 for none."""
    bar: int
    """State of the scroll bar's cell, as in `scroll_thumb`."""

    def __hash__(self) -> int:
        return id(self.row) ^ self.bar

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Shown)
            and self.row is other.row
            and (self.cursor, self.badge, self.number, self.bar)
            == (other.cursor, other.badge, other.number, other.bar)
        )

    def same_text(self, other: _Shown) -> bool:
        """Return whether the rows look the same except for the scroll bar's cell."""
        return (self.row is other.row or self.row == other.row) and (
            self.cursor,
            self.badge,
            self.number,
        ) == (other.cursor, other.badge, other.number)


class PaintedRows:
    """The rows as they are on the screen. `refresh` has regions of the widget painted again."""

    def __init__(self, styles: TranscriptStyles, refresh: Callable[[Sequence[Region]], object]) -> None:
        self._styles = styles
        self._refresh = refresh
        self.strips: list[Strip] = []
        """The rows of the view, with their cells of the scroll bar."""
        self._shown: list[_Shown] = []
        self._composed: dict[_Shown, Strip] = {}

    def forget(self) -> None:
        """Forget all composed rows, so that the next `show` refreshes the whole view."""
        self._shown, self.strips, self._composed = [], [], {}

    def show(
        self,
        rows: Sequence[Strip],
        bar: Sequence[int],
        width: int,
        *,
        blank: Strip,
        cursor: Container[int],
        numbers: Mapping[int, int],
        badge: Badge | None,
        badge_role: str,
    ) -> None:
        """Compose the strips of the view, and refresh the rows and scroll bar cells that have changed.

        `bar` has the states of the scroll bar for all rows of the view; where `rows` ends before, `blank` rows follow. `width` is that
        of the widget. `cursor` contains the rows under the cursor, `numbers` those of code blocks by row.
        """
        badge_row = len(bar) - 1 if badge is not None else -1
        old, shown = self._shown, []
        text_changed: list[int] = []
        bar_changed: list[int] = []
        for y, state in enumerate(bar):
            is_row = y < len(rows)
            row, number = (rows[y], numbers.get(y, 0)) if is_row else (blank, 0)
            view = _Shown(row, y in cursor, badge_role if y == badge_row else "", number, state)
            before = old[y] if y < len(old) else None
            if before is None or not view.same_text(before):
                text_changed.append(y)
            elif before.bar != state:
                bar_changed.append(y)
            shown.append(view)
        self._shown = shown
        # Rows that have only moved keep their strips, and so everything that Textual caches in a strip.
        known = self._composed
        self._composed = {view: known.get(view) or self._compose(view, badge) for view in shown}
        self.strips = [self._composed[view] for view in shown]
        regions = [Region(0, first, width, count) for first, count in _spans(text_changed)]
        regions += [Region(width - 1, first, 1, count) for first, count in _spans(bar_changed)]
        if regions:
            self._refresh(regions)

    def _compose(self, view: _Shown, badge: Badge | None) -> Strip:
        """Compose a row: its text below the code number, the cursor and the badge, then its cell of the scroll bar."""
        row, look = view.row, self._styles.look
        if 0 < view.number < 100:
            label = Strip([Segment(f"{view.number:>{MARGIN}}", look("cursor"))], MARGIN)
            row = covered(row, label, 0)
        if view.cursor:
            mark = Strip([Segment(CURSOR, look("cursor"))], 1)
            row = covered(row, mark, 0)
        if view.badge and badge is not None:
            label = Strip([Segment(badge.text, look(view.badge))])
            row = covered(row, label, badge.start)
        return Strip.join([row, self._styles.bar[view.bar]])


def _spans(rows: list[int]) -> list[tuple[int, int]]:
    """Group ascending numbers into spans of consecutive ones, as (first, count)."""
    spans: list[tuple[int, int]] = []
    for row in rows:
        if spans and row == sum(spans[-1]):
            spans[-1] = (spans[-1][0], spans[-1][1] + 1)
        else:
            spans.append((row, 1))
    return spans
