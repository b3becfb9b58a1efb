"""Markdown up to a useful size, plain text from there on.

The engine is linear, but Markdown costs some microseconds and more than a hundred bytes a character; plain text costs a
fraction of that. Only a runaway model sends a million characters.
"""

from __future__ import annotations

from elumenta_tui.markdown.blocks import Block, Margin
from elumenta_tui.markdown.growing import GrowingMarkdown
from elumenta_tui.markdown.verbatim import Plain

RICH = 500_000
"""Characters laid out as Markdown: as much as the most talkative models write in one answer."""
SLACK = 10_000
"""Characters that may follow until a line ends. A longer line is cut."""

MARKDOWN_FEED = 2_500
PLAIN_FEED = 50_000
"""Characters to feed at once: a few milliseconds of work, so that keys are handled during a flood."""


class BoundedMarkdown:
    """A `GrowingMarkdown` that continues as plain text when it gets too long. The place of the change depends on the text
    alone."""

    __slots__ = ("_is_full", "_length", "_markdown", "_open_rest", "_plain", "rest")

    def __init__(self, join_lines: bool = False, *, plain: bool = False) -> None:
        """Create an empty text. With `plain`, nothing is laid out as Markdown."""
        self.rest: list[Block] = []
        """Finished blocks of the plain part."""
        self._markdown = GrowingMarkdown(join_lines)
        self._length = 0
        self._is_full = plain
        self._plain: Plain | None = None
        self._open_rest: list[Block] | None = []

    @property
    def blocks(self) -> list[Block]:
        """Finished blocks of the Markdown part."""
        return self._markdown.blocks

    @property
    def open(self) -> list[Block]:
        """The end of the Markdown part, laid out as if the text ended there."""
        return self._markdown.open

    @property
    def is_plain(self) -> bool:
        """True if the text has become plain text."""
        return self._plain is not None

    @property
    def open_rest(self) -> list[Block]:
        """The end of the plain part, laid out as if the text ended there."""
        if self._open_rest is None:
            self._open_rest = self._plain.copy().finish(Margin()) if self._plain is not None else []
        return self._open_rest

    @property
    def feed_size(self) -> int:
        """Characters that `feed` handles in a few milliseconds."""
        return PLAIN_FEED if self.is_plain else MARKDOWN_FEED

    def feed(self, text: str) -> None:
        """Append a piece of the text, which may be cut anywhere."""
        if not self._is_full:
            cut = self._end_of_markdown(text)
            self._markdown.feed(text[:cut])
            self._length += len(text)
            if cut is None:
                return
            self._is_full = True
            text = text[cut:]
        if not text:
            return
        if self._plain is None:
            self._plain = Plain()
        self._plain.add(text.replace("\t", "    "))
        self.rest += self._plain.pieces(Margin())
        self._open_rest = None

    def _end_of_markdown(self, text: str) -> int | None:
        """Return where in the next piece the plain part begins; None if it does not."""
        if self._length + len(text) <= RICH:
            return None
        newline = text.find("\n", max(0, RICH - self._length))
        if newline >= 0:
            return newline + 1
        last = RICH + SLACK - self._length
        return last if last <= len(text) else None

    def closing(self, limit: int) -> bool:
        """Do the next step of closing the complete text, at the cost of about `limit` characters. Return whether more steps
        follow."""
        if self._markdown.closing(limit):
            return True
        if self._plain is not None and self._open_rest != []:
            self.rest += self._plain.finish(Margin())
            self._open_rest = []
        return False
