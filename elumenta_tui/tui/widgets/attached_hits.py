"""The hits of a search in attached texts, of which the transcript shows only the names.

While the search is on, the lines with the first hits stand below the name of their file, so that they are seen and marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.line_renderer import FoundLine
from elumenta_tui.tui.widgets.whole_words import MOUTHFUL, whole_words

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.text.matching import Place, Wanted
    from elumenta_tui.tui.widgets.expression import Expression

MOST_LINES = 3
"""Lines of a file that are shown, at most: the first one for each wanted word."""
_BEFORE = 20
"""Characters of a long line that are shown before the hit, at most."""
_SHOWN = 200
"""Characters of a line that are shown, at most."""


class _File:
    """What is known of one text."""

    __slots__ = ("done", "hits", "line", "lines", "words")

    def __init__(self) -> None:
        self.done = 0
        """Characters that were looked through."""
        self.line = 1
        """Number of the line at that place."""
        self.lines: list[FoundLine] = []
        self.words: set[str] = set()
        self.hits = 0
        """Hits in the shown lines."""


class AttachedHits:
    """Looks through attached texts, each content once, a mouthful at a time."""

    def __init__(self, wanted: Wanted | Expression) -> None:
        self._wanted = wanted
        self._files: dict[str, _File] = {}

    def look(self, attachments: Sequence[Attachment]) -> bool:
        """Look through the next mouthful. Return whether nothing was left to look through."""
        for each in attachments:
            if each.text:
                file = self._files.setdefault(each.digest, _File())
                if file.done < len(each.text) and not self._wanted.is_too_slow:
                    self._look(file, each.text)
                    return False
        return True

    def _look(self, file: _File, text: str) -> None:
        is_end = file.done + MOUTHFUL >= len(text)
        part = whole_words(text[file.done : file.done + MOUTHFUL], self._wanted, is_end=is_end)
        for place in self._wanted.places(part):
            if place.word not in file.words and len(file.lines) < MOST_LINES:
                number = file.line + part.count("\n", 0, place.start)
                found = FoundLine(number, _around(part, place))
                if found.number not in [line.number for line in file.lines]:
                    file.lines.append(found)
                    file.hits += sum(1 for _ in self._wanted.places(found.text))
            file.words.add(place.word)
        file.line += part.count("\n")
        file.done += len(part)

    def lines(self, attachment: Attachment) -> Sequence[FoundLine]:
        """Return the lines of an attached text that are shown, as far as they were found."""
        file = self._files.get(attachment.digest)
        return file.lines if file is not None else ()

    def hits(self, attachments: Sequence[Attachment]) -> tuple[int, set[str]]:
        """Return the number of hits in the lines that are shown, and all wanted words that were found."""
        files = [file for each in attachments if (file := self._files.get(each.digest)) is not None]
        return sum(file.hits for file in files), {word for file in files for word in file.words}


def _around(text: str, place: Place) -> str:
    """Cut out the line of a place, from a blank before it on if the line is long."""
    start = text.rfind("\n", 0, place.start) + 1
    is_cut = place.start - start > _BEFORE
    if is_cut:
        blank = text.find(" ", place.start - _BEFORE, place.start)
        start = blank + 1 if blank >= 0 else place.start
    end = text.find("\n", start)
    line = clean_line(text[start : end if end >= 0 else len(text)], _SHOWN)
    return f"…{line}" if is_cut else line
