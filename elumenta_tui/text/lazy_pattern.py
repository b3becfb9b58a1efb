"""Regular expressions that are compiled when they are first used.

Compiling a long one takes a millisecond, and the first frame has no use for most of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property


class LazyPattern:
    """An expression with the methods of a compiled one that are needed here."""

    def __init__(self, source: str) -> None:
        self.pattern = source
        """The expression as it is written."""

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression, compiled."""
        return re.compile(self.pattern)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Match at a place of a text."""
        return self.compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Match a whole text."""
        return self.compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Find all matches in a text."""
        return self.compiled.finditer(text)
