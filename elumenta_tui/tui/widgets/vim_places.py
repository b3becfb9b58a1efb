"""Words and lines of a text, as Vim's motions see them. Places are numbers of characters."""

from __future__ import annotations

import re

WORD = re.compile(r"\w+|[^\w\s]+|(?<=\n)(?=\n)")
BIG_WORD = re.compile(r"\S+|(?<=\n)(?=\n)")
BLANKS = " \t"


def pattern(key: str) -> re.Pattern[str]:
    """Return what a word is to a motion: a capital takes all but blanks."""
    return BIG_WORD if key.isupper() else WORD


def begins(text: str, start: int, word: re.Pattern[str]) -> bool:
    """Return whether a word begins at a place, and not before it."""
    found = word.match(text, start - 1)
    return found is None or found.end() <= start


def line_start(text: str, place: int) -> int:
    """Return the start of the line around a place."""
    return text.rfind("\n", 0, place) + 1


def line_end(text: str, place: int) -> int:
    """Return the end of the line around a place, without its line break."""
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def line_length(text: str, place: int) -> int:
    """Return the characters of the line around a place."""
    return line_end(text, place) - line_start(text, place)


def first_sign(text: str, place: int) -> int:
    """Return the first place of a line that is no blank."""
    start, end = line_start(text, place), line_end(text, place)
    line = text[start:end]
    return start + len(line) - len(line.lstrip()) if line.strip() else start


def place_of_line(text: str, number: int) -> int:
    """Return the start of a line; of the last one if there are not so many."""
    place = 0
    for _ in range(number):
        end = line_end(text, place)
        if end == len(text):
            break
        place = end + 1
    return place
