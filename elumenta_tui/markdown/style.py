"""Lines of the transcript: runs of text, each in one text style.

A text style says what a piece of text is (`heading`, `fence.keyword`, a link), never how it looks: `LineRenderer` maps it
to the colours of the theme. So changing the theme parses nothing again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class TextStyle(NamedTuple):
    """The kind of a piece of text."""

    role: str = "text"
    """`text`, `heading.1` … `heading.6`, `quote`, `mark` (bullets, numbers), `rule` (rules, frames, bars of quotes), `code` (inline code),
    `term` (what a definition list defines), `alert.note` and the other kinds of alerts, `target` (where a link leads), `html`, `fence` (a code block's plain text), or `fence.` and a token class of the
    highlighter: `fence.keyword`, `fence.name`, `fence.function`, `fence.class`, `fence.builtin`, `fence.decorator`,
    `fence.string`, `fence.number`, `fence.comment`, `fence.operator`, `fence.punctuation`, `fence.inserted`,
    `fence.deleted`, `fence.heading`, `fence.error`."""
    bold: bool = False
    italic: bool = False
    strike: bool = False
    underline: bool = False
    href: str = ""
    """Target of the link that the text is part of; empty if there is none."""
    source: str = ""
    """The Markdown that the text stands for, such as the TeX of a formula; empty if the text is what is written. It is copied instead."""
    number: int = 0
    """Tells two neighbours with the same `source` apart."""


TEXT = TextStyle()
MARK = TextStyle("mark")
RULE = TextStyle("rule")
FENCE = TextStyle("fence")

Run = tuple[str, TextStyle]
"""A piece of text in one style. Holds newlines only before wrapping."""


class Link(NamedTuple):
    """A link in a text."""

    text: str
    href: str
    """The target as written: nothing has checked whether it is an address."""


def links(runs: Iterable[Run]) -> list[Link]:
    """Return the links of a text in order, one for each target."""
    found: dict[str, str] = {}
    inside = ""
    for text, style in runs:
        if not style.href:
            inside = ""
        elif style.role != "target" and (inside == style.href or not found.get(style.href, "").strip()):
            # Marks within a link cut it into several runs.
            found[style.href] = found.get(style.href, "") + text
            inside = style.href
    return [Link(" ".join(text.split()), href) for href, text in found.items()]


class Cell(NamedTuple):
    """The part of a table's cell that stands in one row."""

    start: int
    end: int
    """The first cell of the screen behind the column."""
    lost: str = ""
    """The text that wrapping dropped between this part and the next one in the same column."""


class Copying(NamedTuple):
    """Way to copy a row that is more than text with decoration at its left. Cells count from the start of the row."""

    cells: tuple[Cell, ...] = ()
    """The columns of a table's row, which are copied with tabs between them."""
    goes_on: bool = False
    """True if the next row belongs to the same row of the table, or to the same `source`."""
    tabs: tuple[tuple[int, int, str], ...] = ()
    """Ranges of cells that stand for another text: a tab, the TeX of a formula, or nothing where it began in the row before."""
    end: int = 0
    """The first cell behind the text, whose blanks are copied up to here; 0: blanks at the end are not copied."""
    source: str = ""
    """What is copied instead of the row, and of those that follow while `goes_on` is true; empty: the row itself."""
    is_frame: bool = False
    """True if the row is nothing but decoration, so that not even its newline is copied."""


FRAME = Copying(is_frame=True)


class Line(NamedTuple):
    """One row of the screen."""

    runs: tuple[Run, ...]
    """Never wider than requested, if a single character fits the width at all."""
    soft: bool = False
    """True if the row ends by wrapping instead of by a newline in the text."""
    fill: TextStyle | None = None
    """Style of the cells behind the last run. Code blocks have a background of their own."""
    skip: int = 0
    """Cells at the start that are decoration (indent, bullet, quote bar) and not copied."""
    lost: str = ""
    """The text that wrapping dropped between a soft row and the next: a space, or nothing inside a word. Copying restores it."""
    margin: int = 0
    """Cells of `skip` that are a meaningful margin: indent, bullet, number, box, quote bar."""
    edge: tuple[Run, ...] = ()
    """Runs at the right end of the row, behind the fill. They are decoration and not copied."""
    copying: Copying | None = None
    """Way to copy the row; None: as text."""
