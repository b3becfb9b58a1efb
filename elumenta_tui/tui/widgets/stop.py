"""Stops of the block cursor in the transcript."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Stop(NamedTuple):
    """A place for the block cursor: a prompt, an answer, or the thoughts, a code block or a table in an answer."""

    first: int
    """Index of its first piece."""
    last: int
    """Index of its last piece."""
    text: str
    """Text to copy: the source, not the painted text."""
    kind: Literal["prompt", "answer", "thoughts", "code", "table"]
    language: str = ""
    """Language of a code block, as its fence names it."""
    info: str = ""
    """The whole info string of that fence, which may name a file."""
