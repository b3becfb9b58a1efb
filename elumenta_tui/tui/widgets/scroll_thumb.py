"""The scroll bar of the transcript, which the transcript draws itself.

Textual's scroll bar is a widget that is laid out and drawn completely at every step. That costs as much as
the text beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

TRACK, FULL, UPPER, LOWER = range(4)
"""States of a cell of the bar: no thumb, or the thumb in the whole cell or in one half of it."""


def cells(position: int, height: int, total: int) -> list[int]:
    """Return the cells of the bar for `height` rows from row `position` of `total`; precise to half a cell."""
    if total <= height:
        return [TRACK] * height
    halves = 2 * height
    size = max(2, round(halves * height / total))
    start = round((halves - size) * min(1.0, position / (total - height)))
    states = []
    for row in range(height):
        upper, lower = start <= 2 * row < start + size, start <= 2 * row + 1 < start + size
        states.append(FULL if upper and lower else UPPER if upper else LOWER if lower else TRACK)
    return states


def strips(style: Callable[[str], Style]) -> tuple[Strip, Strip, Strip, Strip]:
    """Return a Strip of one cell for each state. `style` returns the style of `track` and `thumb`."""
    track, thumb = style("track"), style("thumb")
    looks = (" ", track), ("█", thumb), ("▀", thumb), ("▄", thumb)
    blank, full, upper, lower = (Strip([Segment(text, look)], 1) for text, look in looks)
    return blank, full, upper, lower
