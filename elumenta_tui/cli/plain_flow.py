"""An answer as it is read out: by whole sentences and lines, or all of it at its end."""

from __future__ import annotations

import re
from collections.abc import Collection

LONGEST = 400
"""Characters without the end of a sentence after which a text is cut, between two words if there are any."""

_ENDS = re.compile("(?:(?<![.!?…])[.!?…]++[\"'”»)\\]]*[ \t]+|[。！？]|\n)")
"""Matches the end of a sentence or of a line, with the blanks behind it."""


class Marked:
    """Begins a text with who says it, and lets no line of it pass for one that somebody else says.

    Args:
        name: who says it.
        others: how lines begin that the program writes itself.
    """

    def __init__(self, name: str, others: Collection[str]) -> None:
        self._begin = f"{name} "
        self._others = tuple(others)
        self._is_line_start = False

    def mark(self, text: str) -> str:
        """Return a piece of the text as it is written."""
        if not text:
            return ""
        begin, self._begin = self._begin, ""
        lines = text.split("\n")
        marked = [
            self._mark_line(line, is_start=place > 0 or self._is_line_start)
            for place, line in enumerate(lines)
        ]
        self._is_line_start = not lines[-1] and (len(lines) > 1 or self._is_line_start)
        return begin + "\n".join(marked)

    def _mark_line(self, line: str, *, is_start: bool) -> str:
        return f"> {line}" if is_start and line.lstrip().startswith(self._others) else line


class BySentence:
    """Holds a text back until a sentence or a line of it is complete."""

    def __init__(self, marked: Marked) -> None:
        self._marked = marked
        self._rest = ""
        self._has_begun = False

    def feed(self, text: str) -> str:
        """Take a piece of the text. Return what can be written now."""
        self._rest += text
        if not self._has_begun:
            self._rest = self._rest.lstrip()
        end = max((found.end() for found in _ENDS.finditer(self._rest)), default=0)
        if len(self._rest) - end > LONGEST:
            end = max(end, self._rest.rfind(" ", end) + 1) or len(self._rest)
        complete, self._rest = self._rest[:end], self._rest[end:]
        self._has_begun = self._has_begun or bool(complete)
        return self._marked.mark(complete)

    def close(self) -> str:
        """End the text. Return the rest of what is written, to the end of its last line."""
        return f"{self._marked.mark(self._rest.rstrip())}\n"


class AtEnd:
    """Holds a text back until all of it is there."""

    def __init__(self, marked: Marked) -> None:
        self._marked = marked
        self._pieces: list[str] = []

    def feed(self, text: str) -> str:
        """Take a piece of the text."""
        self._pieces.append(text)
        return ""

    def close(self) -> str:
        """End the text. Return all of it, to the end of its last line."""
        return f"{self._marked.mark(''.join(self._pieces).strip())}\n"
