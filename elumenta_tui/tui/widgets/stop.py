"""Stops of the block cursor in the transcript."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple

from elumenta_tui.markdown.blocks import Text, text_of


class Stop(NamedTuple):
    """A place for the block cursor: a prompt, an answer, or the thoughts, a paragraph, a code block, a table, a drawing or folded
    details in an answer."""

    first: int
    """Index of its first piece."""
    last: int
    """Index of its last piece."""
    source: str | Callable[[], str]
    """Text to copy: the source, not the painted text. Of a paragraph, a function that returns it as it reads."""
    kind: Literal[
        "prompt", "answer", "thoughts", "paragraph", "code", "table", "formula", "diagram", "details"
    ]
    language: str = ""
    """Language of a code block, as its fence names it."""
    info: str = ""
    """The whole info string of that fence, which may name a file."""
    key: str = ""
    """Names what can be turned over there: see `Faces`."""

    @property
    def text(self) -> str:
        """Text to copy."""
        return self.source if isinstance(self.source, str) else self.source()


def paragraphs(pieces: Sequence[object], begin: int) -> list[Stop]:
    """Return a stop for each run of text up to a blank row: a paragraph, a heading or the items of a list.

    `begin` is the index of the first piece that may belong to one.
    """
    stops: list[Stop] = []
    run: list[Text] = []
    for index, piece in enumerate(pieces[begin:], begin):
        if isinstance(piece, Text):
            run.append(piece)
            if not piece.gap:
                continue
            index += 1
        if run:
            stops.append(Stop(index - len(run), index - 1, partial(text_of, run), "paragraph"))
            run = []
    return stops
