"""A search in the answers of a transcript: where the hits are, how many there are, and which one is shown.

Answers are counted in their source first, which is quick: `go_on` does a slice of that, the newest answers first. An answer that is
looked into is laid out, piece by piece, and from then on counted as it is painted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from elumenta_tui.chat.turn import Answer
from elumenta_tui.text.matching import Wanted
from elumenta_tui.tui.widgets.row_layout import Anchor, same_start

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.answer_view import AnswerView, Row

MOUTHFUL = 20_000
"""Characters that are looked through in one go: a millisecond or two."""


class Span(NamedTuple):
    """A part of a hit on one row, in cells."""

    row: int
    start: int
    end: int


Hit = tuple[Span, ...]
"""A hit in painted rows: several spans if its word is broken over rows."""


def hits_in(rows: Sequence[Row], wanted: Wanted) -> tuple[list[Hit], set[str]]:
    """The hits in painted rows, in order, and the words that were found."""
    hits: list[Hit] = []
    words: set[str] = set()
    first = 0
    while first < len(rows):
        last = first
        while rows[last].joint != "\n" and last + 1 < len(rows):
            last += 1
        if rows[first].is_text:
            for number in range(first, last + 1):
                _add_hits_at_edge(rows[number], number, wanted, hits, words)
            _add_hits(rows, first, last + 1, wanted, hits, words)
        first = last + 1
    return hits, words


def _add_hits_at_edge(row: Row, number: int, wanted: Wanted, hits: list[Hit], words: set[str]) -> None:
    """Add the hits in what stands at the right end of a row: the language of code, which is in the source of an answer."""
    if not row.edge:
        return
    start = row.strip.cell_length - row.edge
    text = row.strip.crop(start).text
    for place in wanted.places(text):
        words.add(place.word)
        left, right = cell_len(text[: place.start]), cell_len(text[: place.end])
        hits.append((Span(number, start + left, start + right),))


def _add_hits(
    rows: Sequence[Row], first: int, end: int, wanted: Wanted, hits: list[Hit], words: set[str]
) -> None:
    """Add the hits in a line that is wrapped into the rows from `first` up to `end`."""
    texts = [rows[number].text for number in range(first, end)]
    line = "".join(text + rows[first + number].joint for number, text in enumerate(texts))
    places = list(wanted.places(line))
    if not places:
        return
    lengths = [len(text) + len(rows[first + number].joint) for number, text in enumerate(texts)]
    begins = list(accumulate(lengths, initial=0))
    for place in places:
        words.add(place.word)
        spans = []
        for number in range(bisect_right(begins, place.start) - 1, len(texts)):
            start, stop = place.start - begins[number], place.end - begins[number]
            if stop <= 0:
                break
            text, skip = texts[number], rows[first + number].skip
            left, right = cell_len(text[: max(0, start)]), cell_len(text[:stop])
            if left < right:
                spans.append(Span(first + number, skip + left, skip + right))
        if spans:
            hits.append(tuple(spans))


class _Count:
    """What is known of one answer."""

    __slots__ = ("done", "hits", "laid_out", "words")

    def __init__(self) -> None:
        self.done = -1
        """Characters of the answer that have been looked through; -1: not even the prompt."""
        self.hits = 0
        self.words: set[str] = set()
        self.laid_out: _LaidOut | None = None


class _LaidOut:
    """The hits of one answer as it is painted at one width."""

    __slots__ = ("hits", "pieces", "width", "words")

    def __init__(self, width: int) -> None:
        self.width = width
        self.pieces: list[object] = []
        self.hits: list[list[Anchor]] = []
        self.words: list[set[str]] = []


class Search:
    """Finds in `views`, the answers of the transcript, which may grow meanwhile."""

    def __init__(
        self, wanted: Wanted, views: Sequence[AnswerView], begin: int, clock: Callable[[], float] = monotonic
    ) -> None:
        """`begin`: the index of the answer where the reader is; the hit that is shown first is there, or above."""
        self.wanted = wanted
        self._views = views
        self._clock = clock
        self._counts: dict[int, _Count] = {}
        self._todo = [*range(begin + 1, len(views)), *range(min(begin, len(views) - 1) + 1)]
        """Answers to be looked through; the next one is the last."""
        self._begin = begin
        self._goal: tuple[int, int] | None = None
        """The answer to be looked into for a hit to be shown, and in which direction to go on if it has none."""
        self._want_last = False
        self._here: tuple[int, int] | None = None
        """The answer of the hit that is shown, and its number there."""
        self._waiting_steps = 0

    # ------------------------------------------------------------------------------------------------- what is known

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return not self._todo and self._goal is None and not self._waiting_steps

    @property
    def total(self) -> int:
        """How many hits there are, as far as is known."""
        return sum(self._hits_of(count) for count in self._counts.values())

    @property
    def number(self) -> int:
        """The number of the hit that is shown, from 1; 0 if there is none yet."""
        if self._here is None:
            return 0
        section, place = self._here
        return (
            sum(self._hits_of(count) for index, count in self._counts.items() if index < section) + place + 1
        )

    def _hits_of(self, count: _Count) -> int:
        return count.hits if count.hits and self.wanted.has_all(count.words) else 0

    @property
    def anchor(self) -> Anchor | None:
        """The row of the hit that is shown."""
        if self._here is None:
            return None
        section, place = self._here
        anchors = self._anchors(section)
        return anchors[min(place, len(anchors) - 1)] if anchors else None

    @property
    def place_in_row(self) -> int:
        """How many hits are before the one that is shown, on the row where it begins."""
        if self._here is None or self.anchor is None:
            return 0
        return self._anchors(self._here[0])[: self._here[1]].count(self.anchor)

    def marks(self, section: int) -> bool:
        """Whether hits are marked in an answer: it has all the words, or is not looked through yet."""
        count = self._counts.get(section)
        return count is None or bool(self._hits_of(count))

    def _anchors(self, section: int) -> list[Anchor]:
        count = self._counts.get(section)
        laid_out = count.laid_out if count is not None else None
        return [] if laid_out is None else [anchor for hits in laid_out.hits for anchor in hits]

    # --------------------------------------------------------------------------------------------------------- moves

    def move(self, step: int) -> None:
        """Go to the next hit (1) or to the previous one (-1), around the end; when it is found, if that takes a while."""
        if self._goal is not None or self._here is None or (self._todo and not self._can_step(step)):
            self._waiting_steps += step
            return
        section, place = self._here
        place += step
        if 0 <= place < len(self._anchors(section)):
            self._here = section, place
            return
        self._go_to_turn(section, step)

    def _can_step(self, step: int) -> bool:
        """Whether the next hit is in the answer of this one."""
        assert self._here is not None
        section, place = self._here
        return 0 <= place + step < len(self._anchors(section))

    def _go_to_turn(self, section: int, step: int) -> None:
        """Look into the next answer that seems to have hits, from an answer on in a direction."""
        known = sorted(index for index, count in self._counts.items() if self._hits_of(count))
        if not known:
            self._here = self._goal = None
            return
        beyond = [index for index in known if (index - section) * step > 0]
        ordered = (beyond or known) if step > 0 else (beyond or known)[::-1]
        self._goal, self._want_last = (ordered[0], step), step < 0

    # ---------------------------------------------------------------------------------------------------------- work

    def changed(self, section: int) -> None:
        """An answer has grown, or is new."""
        if section not in self._todo:
            self._todo.append(section)

    def renewed(self, section: int) -> None:
        """An answer has another text."""
        self._counts.pop(section, None)
        if self._here is not None and self._here[0] == section:
            self._here = None
        self.changed(section)

    def reflowed(self) -> None:
        """Rows have another width now: find the row of the hit that is shown anew."""
        if self._here is not None and self._goal is None:
            self._goal, self._want_last = (self._here[0], 0), False

    def go_on(self, width: int, end: float) -> None:
        """Work until there is nothing left to do, or until that time of the clock."""
        while not self.is_done:
            if self._goal is not None:
                self._look_into(width, end)
            elif self._todo:
                self._look_through(self._todo[-1])
            else:
                self._waiting_steps = self._take_steps(self._waiting_steps)
            if self._clock() >= end:
                return

    def _take_steps(self, steps: int) -> int:
        """Make one of the moves that were asked for too early; how many are left."""
        self._waiting_steps = 0
        step = 1 if steps > 0 else -1
        if self._here is None:
            return 0
        self.move(step)
        return steps - step

    def _look_through(self, section: int) -> None:
        """Count the hits in the next part of an answer's source."""
        count = self._counts.setdefault(section, _Count())
        answer = self._views[section].answer
        if count.laid_out is not None and count.done >= 0:
            # It is counted as it is painted, which knows nothing of what has come since.
            self._recount_laid_out(section, count, answer)
            return
        if count.done < 0:
            count.done = 0
            self._count(count, answer.prompt)
        text = answer.text_since(count.done, MOUTHFUL)
        text = _whole_words(text, is_end=answer.over and count.done + len(text) == answer.length)
        self._count(count, text)
        count.done += len(text)
        if not text or count.done >= answer.length:
            self._todo.pop()
            if self._here is None and self._goal is None and section <= self._begin and self._hits_of(count):
                self._goal, self._want_last = (section, -1), False
            elif not self._todo and self._here is None and self._goal is None:
                self._go_to_turn(self._begin, 1)

    def _recount_laid_out(self, section: int, count: _Count, answer: Answer) -> None:
        self._todo.pop()
        if self._goal is None and (self._here is None or self._here[0] != section):
            count.laid_out, count.done, count.hits = None, -1, 0
            count.words = set()
            self._todo.append(section)
        elif self._goal is None:
            # Its hits keep their numbers: an answer grows at its end.
            self._goal, self._want_last = (section, 0), False

    def _count(self, count: _Count, text: str) -> None:
        for place in self.wanted.places(text):
            count.hits += 1
            count.words.add(place.word)

    def _look_into(self, width: int, end: float) -> None:
        """Lay an answer out and find its hits, piece by piece; then show one of them, or go on to the next answer."""
        assert self._goal is not None
        section, step = self._goal
        view = self._views[section]
        while view.prepare():
            if self._clock() >= end:
                return
        count = self._counts.setdefault(section, _Count())
        laid_out = count.laid_out
        if laid_out is None or laid_out.width != width:
            laid_out = count.laid_out = _LaidOut(width)
        pieces = list(view.pieces())
        same = same_start(laid_out.pieces, pieces)
        del laid_out.pieces[same:], laid_out.hits[same:], laid_out.words[same:]
        for number in range(same, len(pieces)):
            hits, words = hits_in(view.rows(pieces[number], width), self.wanted)
            laid_out.pieces.append(pieces[number])
            laid_out.hits.append([Anchor(section, number, hit[0].row) for hit in hits])
            laid_out.words.append(words)
            if self._clock() >= end and number + 1 < len(pieces):
                return
        self._goal = None
        count.hits = sum(map(len, laid_out.hits))
        count.words = set().union(*laid_out.words)
        count.done = max(0, count.done)
        if not self._hits_of(count):
            # The words are only in what is not painted, such as an address.
            count.hits = 0
            self._here = None
            self._go_to_turn(section, step or -1)
        elif step:
            self._here = section, count.hits - 1 if self._want_last else 0
            self._let_go_of_others(section)

    def _let_go_of_others(self, section: int) -> None:
        """Keep the rows of the answer that is shown only; the others stay counted."""
        for index, count in self._counts.items():
            if index != section and count.laid_out is not None:
                count.laid_out, count.done = None, self._views[index].answer.length


def _whole_words(text: str, *, is_end: bool) -> str:
    """The text up to its last blank, as the word after that may go on; all of it if nothing follows, or if it has no blank."""
    if is_end:
        return text
    last = max(text.rfind(" "), text.rfind("\n"))
    if last >= 0:
        return text[: last + 1]
    return text if len(text) >= MOUTHFUL else ""


def marked_rows(hits: Iterable[Hit]) -> dict[int, list[tuple[int, int, int]]]:
    """By row: number of the hit, and the cells where it is."""
    rows: dict[int, list[tuple[int, int, int]]] = {}
    for number, hit in enumerate(hits):
        for span in hit:
            rows.setdefault(span.row, []).append((number, span.start, span.end))
    return rows
