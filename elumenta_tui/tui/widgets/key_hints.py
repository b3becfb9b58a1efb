"""Lines that name keys and what they do: the keys stand out, and a row ends between two of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

BETWEEN = " · "

SHORT = 20
"""Rows of a screen below which hints, frames and titles give way to the text."""
"""Stands between two keys in the catalogue's lines of hints."""

_FURTHER = re.compile(r"(?:Ctrl|Alt|Shift)\+\S+|F\d{1,2}|Home|End|PgUp|PgDn|[↑↓←→]")
"""Matches a key behind another one, as in `← → Home End`."""


def keys_of(item: str) -> str:
    """Return the keys that a hint begins with; empty if it begins with a word."""
    first, *others = item.split(" ")
    if len(first) > 1 and first[0].islower():
        return ""
    keys = [first]
    for other in others:
        if not (_FURTHER.fullmatch(other) or (keys == [first] and first.isdecimal() and len(other) == 1)):
            break
        keys.append(other)
    # A number is typed before a letter, or counts something.
    return "" if keys == [first] and first.isdecimal() else " ".join(keys)


def key_words(item: str) -> Content:
    """Format one hint: its keys bold, what they do muted. A sentence is no hint."""
    end = 0 if item.endswith(".") else len(keys_of(item))
    return Content.assemble((item[:end], "bold $foreground"), (item[end:], "$muted"))


def key_rows(text: str, width: int) -> list[Content]:
    """Format hints in rows of at most so many cells. A hint that fits into a row is not broken; a new line in the text is one."""
    rows: list[Content] = []
    for line in text.split("\n"):
        row = Content("")
        for item in map(key_words, line.split(BETWEEN)):
            longer = Content.assemble(row, (BETWEEN, "$muted"), item) if row.plain else item
            if row.plain and longer.cell_length > width:
                rows.append(row)
                longer = item
            *full, row = longer.wrap(max(1, width)) if longer.cell_length > width else (longer,)
            rows += [part.rstrip() for part in full]
        rows.append(row)
    return rows


def key_line(texts: Sequence[str], width: int) -> Content:
    """Format the first of these hints that fits into one row of so many cells, else the last one."""
    fitting = next((text for text in texts if Content(text).cell_length <= width), texts[-1])
    return Content.assemble(*key_rows(fitting, 1000))


def frame_room(width: int) -> int:
    """Return the cells for hints on the frame of a dialog that takes so many columns of the screen."""
    return width - 6


class KeyHints(Widget):
    """The line of keys at the bottom of a dialog, in as many rows as it needs. What happened may take its place."""

    def __init__(self, text: str | Content = "") -> None:
        super().__init__(id="footnote")
        self._shown = text

    def update(self, shown: str | Content) -> None:
        """Show hints, or a sentence in its own style."""
        self._shown = shown
        self.refresh(layout=True)

    def rows(self, width: int) -> list[Content]:
        """Return the rows for a width in cells."""
        if isinstance(self._shown, Content):
            return list(self._shown.wrap(max(1, width)))
        return key_rows(self._shown, width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.rows(width))

    def render(self) -> Content:
        return Content("\n").join(self.rows(self.content_size.width))
