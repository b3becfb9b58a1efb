"""Cut rows of styled cells, and cover parts of them."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from elumenta_tui.markdown.cells import clusters, is_even


def crop(strip: Strip, start: int, end: int) -> Strip:
    """Return the cells from `start` to the one before `end`. A character that is partly in there is whole in the result.

    Textual's own `Strip.crop` cuts emoji sequences into their parts, which take more cells.
    """
    text = strip.text
    if is_even(text):
        return strip.crop(start, end)
    segments: list[Segment] = []
    used = total = 0
    for segment in strip:
        if used >= end:
            break
        length = segment.cell_length
        if used + length <= start:
            used += length
            continue
        if start <= used and used + length <= end:
            segments.append(segment)
            total += length
            used += length
            continue
        kept: list[str] = []
        cells = 0
        for cluster in clusters(segment.text):
            if used < end and (used + cluster.width > start or (not cluster.width and used >= start)):
                kept.append(segment.text[cluster.start : cluster.end])
                cells += cluster.width
            used += cluster.width
        segments.append(segment._replace(text="".join(kept)))
        total += cells
    return Strip(segments, total)


def covered(row: Strip, label: Strip, start: int) -> Strip:
    """Return the row with a label over its cells from `start` on."""
    return Strip.join([row.crop(0, start), label, row.crop(start + label.cell_length)])
