"""The text of a template: its fields, what fills them, and where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from elumenta_tui.text.lazy_pattern import LazyPattern

_FIELD = LazyPattern(r"(\\?)\{\{[ \t]*([^\W\d_][\w -]{0,38}?)[ \t]*(?::([^\n]{0,1000}?))?\}\}")
"""`{{name}}` or `{{name:default}}` in one line; with a backslash before it, it is text."""

FIRST = "selection", "clipboard", "date"
"""Names that the program fills by itself; text after the slash word goes to the first other field."""


class Stop(NamedTuple):
    """The place of a field in a text."""

    start: int
    end: int
    name: str


class Filled(NamedTuple):
    """A template with its fields filled as far as they can be."""

    text: str
    stops: tuple[Stop, ...]
    """All fields in order."""
    names: frozenset[str]
    """Names of the fields that have no value: they stand in the text as `{{name}}`."""


def mark_of(name: str) -> str:
    """Return what stands in the text for a field without a value."""
    return f"{{{{{name}}}}}"


def first_field(body: str) -> str:
    """Return the name of the field that text after the slash word goes to; empty if there is none."""
    return next((name for _, name, _, _, is_text in _fields(body) if not is_text and name not in FIRST), "")


def names_in(body: str) -> set[str]:
    """Return the names of all fields."""
    return {name for _, name, _, _, is_text in _fields(body) if not is_text}


def fill(body: str, values: Mapping[str, str]) -> Filled:
    """Put values into a template. Values come first, then defaults; a field with neither stays as its mark.

    A default counts for every field of that name. Values are text: fields in them are not filled.
    """
    defaults = {name: default for _, name, default, _, is_text in _fields(body) if default and not is_text}
    pieces, stops, length, begun = [], [], 0, 0
    names = set()
    for start, name, _, end, is_text in _fields(body):
        between = body[begun:start]
        if is_text:
            value = body[start + 1 : end]
        else:
            value = values.get(name) or defaults.get(name) or ""
            if not value:
                names.add(name)
                value = mark_of(name)
            place = length + len(between)
            stops.append(Stop(place, place + len(value), name))
        pieces += [between, value]
        length += len(between) + len(value)
        begun = end
    pieces.append(body[begun:])
    return Filled("".join(pieces), tuple(stops), frozenset(names))


def _fields(body: str) -> Iterator[tuple[int, str, str, int, bool]]:
    """Yield the fields: start, name, default, end, and whether a backslash makes it text."""
    for found in _FIELD.finditer(body):
        yield found.start(), found[2], (found[3] or "").strip(), found.end(), bool(found[1])


class Fields:
    """The fields of a template in a text that is being edited. Their places follow the edits."""

    def __init__(self, filled: Filled) -> None:
        self.names = filled.names
        """Names that were without a value. Wherever the mark of one stands, it still is."""
        self._text = filled.text
        self._stops = list(filled.stops)

    def follow(self, text: str, cursor: int) -> None:
        """Move the fields with an edit of the text, after which the cursor is at that place.

        One that the edit has cut is no field any more.
        """
        if text == self._text:
            return
        before, self._text = self._text, text
        # What was typed ends at the cursor: the text alone does not tell which of two blanks is the new one.
        tail = len(text) - cursor
        if not before.endswith(text[cursor:]):
            tail = _common(before[::-1], text[::-1])
        start = _common(before[: len(before) - tail], text[: len(text) - tail])
        end, shift = len(before) - tail, len(text) - len(before)
        moved = []
        for stop in self._stops:
            if stop.start <= start and end <= stop.end:
                moved.append(stop._replace(end=stop.end + shift))
            elif stop.end <= start:
                moved.append(stop)
            elif end <= stop.start:
                moved.append(stop._replace(start=stop.start + shift, end=stop.end + shift))
        self._stops = moved

    def stops(self, text: str) -> list[Stop]:
        """Return the fields in order: those that are followed, and every mark of one that has no value."""
        marks = self.open_in(text)
        kept = [stop for stop in self._stops if all(_apart(stop, mark) for mark in marks)]
        return sorted({*kept, *marks})

    def open_in(self, text: str) -> list[Stop]:
        """Return the marks of fields without a value in a text, such as a line."""
        found = []
        for name in self.names:
            mark, start = mark_of(name), -1
            while (start := text.find(mark, start + 1)) >= 0:
                found.append(Stop(start, start + len(mark), name))
        return sorted(found)

    def next(self, text: str, place: int, step: int) -> Stop | None:
        """Return the field behind a place (1) or before it (-1), from the other end if there is none; None without fields."""
        stops = self.stops(text)
        if step > 0:
            return next((stop for stop in stops if stop.start > place), stops[0] if stops else None)
        before = (stop for stop in reversed(stops) if stop.end <= place and stop.start < place)
        return next(before, stops[-1] if stops else None)


def _apart(one: Stop, other: Stop) -> bool:
    return one.end <= other.start or other.end <= one.start


def _common(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least
