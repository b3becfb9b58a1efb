"""The scroll bar of the transcript, drawn by the transcript itself.

Textual's own bar is a widget that is laid out and drawn whole at every step, which costs as much as the text beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

TRACK, FULL, UPPER, LOWER = range(4)
"""What a cell of the bar shows: nothing, or the thumb in all of it or in one half."""


def cells(position: int, height: int, total: int) -> list[int]:
    """The bar for a view of `height` rows that begins at row `position` of `total`; precise to half a cell."""
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
    """One cell for each state; `style` gives the look of `track` and `thumb`."""
    track, thumb = style("track"), style("thumb")
    looks = (" ", track), ("█", thumb), ("▀", thumb), ("▄", thumb)
    blank, full, upper, lower = (Strip([Segment(text, look)], 1) for text, look in looks)
    return blank, full, upper, lower
