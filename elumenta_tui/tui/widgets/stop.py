"""Stops of the block cursor in the transcript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple


class Stop(NamedTuple):
    """A place for the block cursor: a prompt, an answer, or the thoughts, a paragraph, a code block or a table in an answer."""

    first: int
    """Index of its first piece."""
    last: int
    """Index of its last piece."""
    source: str | Callable[[], str]
    """Text to copy: the source, not the painted text. Of a paragraph, a function that returns it as it reads."""
    kind: Literal["prompt", "answer", "thoughts", "paragraph", "code", "table"]
    language: str = ""
    """Language of a code block, as its fence names it."""
    info: str = ""
    """The whole info string of that fence, which may name a file."""

    @property
    def text(self) -> str:
        """Text to copy."""
        return self.source if isinstance(self.source, str) else self.source()
