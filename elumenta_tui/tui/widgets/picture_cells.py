"""Pictures as rows of cells: half blocks of two colours, or placeholders over which the terminal draws."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

MOST_COLUMNS = 60
"""Columns of a picture, at most."""

MOST_ROWS = ((90, 14), (60, 10), (0, 7))
"""Rows of a picture, at most, from so many columns of text on. A narrow terminal is a low one, most likely."""

_HALF = "▀"


class Grid(NamedTuple):
    """The cells that a picture takes."""

    columns: int
    rows: int


def grid_of(width: int, height: int, room: int) -> Grid | None:
    """Return the cells for a picture of so many pixels in `room` columns; None if its size is unknown or there is no room.

    A cell is twice as high as wide, so that it holds two pixels. Small pictures are not enlarged.
    """
    if width <= 0 or height <= 0 or room < 4:
        return None
    most_rows = next(rows for columns, rows in MOST_ROWS if room >= columns)
    scale = min(1.0, min(room, MOST_COLUMNS) / width, 2 * most_rows / height)
    return Grid(max(1, round(width * scale)), max(1, min(most_rows, round(height * scale / 2))))


def half_blocks(pixels: bytes, grid: Grid, system: str) -> list[Strip]:
    """Return the rows of a picture: the upper half of each cell is its text's colour, the lower its background's.

    Args:
        pixels: `2 * grid.rows` rows of `grid.columns` pixels of three bytes.
        grid: The cells.
        system: Rich's name of the terminal's colour system; the colours are worked out here, in the caller's thread.
    """
    line = 3 * grid.columns
    styles: dict[tuple[bytes, bytes], Style] = {}
    strips = []
    for row in range(grid.rows):
        upper, lower = (pixels[at : at + line] for at in (2 * row * line, (2 * row + 1) * line))
        cells = [(upper[at : at + 3], lower[at : at + 3]) for at in range(0, line, 3)]
        segments = []
        for pair, run in groupby(cells):
            style = styles.get(pair)
            if style is None:
                style = styles[pair] = _style(*pair, system)
            segments.append(Segment(_HALF * sum(1 for _ in run), style))
        strips.append(Strip(segments, grid.columns))
    return strips


def _style(upper: bytes, lower: bytes, system: str) -> Style:
    from rich.color import ColorSystem

    systems = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT}
    reduced = [
        Color.from_rgb(*colour).downgrade(systems.get(system, ColorSystem.STANDARD))
        for colour in (upper, lower)
    ]
    style = Style(color=reduced[0], bgcolor=reduced[1])
    # Rich keeps what it works out here with the style.
    style.render(_HALF, color_system=systems.get(system, ColorSystem.STANDARD))
    return style


def placeholders(texts: Sequence[str], grid: Grid, number: int, background: Style) -> list[Strip]:
    """Return the rows of placeholders of a picture; their colour says its number, of 24 bits."""
    style = background + Style(color=Color.from_rgb(number >> 16 & 255, number >> 8 & 255, number & 255))
    return [Strip([Segment(text, style)], grid.columns) for text in texts]
