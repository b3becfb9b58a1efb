"""Pack short texts into rows."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content


def packed(parts: Sequence[str], width: int) -> list[str]:
    """Join parts by dots in as few rows of `width` cells as possible. A row breaks between parts; a part that is too long is wrapped."""
    rows: list[str] = []
    for part in parts:
        if rows and cell_len(rows[-1]) + cell_len(part) + 3 <= width:
            rows[-1] += f" · {part}"
        else:
            rows += [row.plain.rstrip() for row in Content(part).wrap(width)]
    return rows
