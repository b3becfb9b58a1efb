"""A cursor over one line of the source."""

from __future__ import annotations

TAB = 4
"""CommonMark's tab stop."""


class Cursor:
    """Reads a line from the left: quote marks, bullets and indents first, then their content.

    Columns are counted with tabs expanded, so that half a tab can be an indent and the other half text.
    """

    __slots__ = ("at", "first", "indent", "is_blank", "is_long", "next", "raw", "text")

    def __init__(self, raw: str, is_long: bool = False) -> None:
        self.raw = raw
        self.text = raw.expandtabs(TAB) if "\t" in raw else raw
        self.is_long = is_long
        """True if the line continues: this is the beginning of a very long one."""
        self.move(0)

    def move(self, column: int) -> None:
        """Move to a column; everything left of it has been read."""
        text = self.text
        self.at = column
        self.next = len(text) - len(text[column:].lstrip(" ")) if column < len(text) else len(text)
        """Column of the next character that is no space."""
        self.indent = self.next - column
        self.is_blank = self.next >= len(text)
        self.first = "" if self.is_blank else text[self.next]

    @property
    def rest(self) -> str:
        """The unread rest."""
        return self.text[self.at :]

    def verbatim(self, indent: int = 0) -> str:
        """Return the unread rest with its tabs, less an indent of at most `indent` columns."""
        column = min(self.at + indent, self.next) if indent else self.at
        if "\t" not in self.raw:
            return self.text[column:]
        here = 0
        for index, character in enumerate(self.raw):
            if here >= column:
                return " " * (here - column) + self.raw[index:]
            here += TAB - here % TAB if character == "\t" else 1
        return " " * max(0, here - column)
