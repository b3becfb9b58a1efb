"""The greeting in an empty transcript: the word mark, and the first keys to try."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

WORDMARK = (
    "█▀▀ █   █ █ █▀▄▀█ █▀▀ █▄ █ ▀█▀ ▄▀█",
    "██▄ █▄▄ █▄█ █ ▀ █ ██▄ █ ▀█  █  █▀█",
)


class Greeting(Static):
    """Centred. Blank rows and the word mark are left out if the height does not suffice."""

    lines: reactive[Sequence[Content]] = reactive((), layout=True)

    def render(self) -> Content:
        width, height = self.size.width, self.size.height
        room = max(10, width - 2)
        rows = [row for line in self.lines for row in (line.wrap(room) if line.plain else [line])]
        if len(rows) > height:
            rows = [row for row in rows if row.plain]
        rows = rows[:height]
        block = max((row.cell_length for row in rows), default=0)
        picture = [_indented(row, (width - block) // 2) for row in rows]
        if len(WORDMARK[0]) <= room and height >= len(rows) + len(WORDMARK) + 2:
            indent = (width - len(WORDMARK[0])) // 2
            mark = [_indented(Content.styled(row, "bold $primary"), indent) for row in WORDMARK]
            picture = [*mark, Content(""), *picture]
        return Content("\n").join([Content("")] * ((height - len(picture)) // 2) + picture)


def _indented(row: Content, cells: int) -> Content:
    return Content.assemble(" " * max(0, cells), row)
