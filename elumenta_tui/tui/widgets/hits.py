"""Search in the answers of a transcript: find the hits, count them, and choose the current one.

The hits of an answer are first counted in its source, which is fast. `go_on` does a slice of that work. It begins with the answer at
the reader's position and continues upwards. Before a hit of an answer becomes the current one, the answer is laid out piece by piece,
and its hits are counted again in the painted rows.

(Over 400 lines: the counts, the painted hits and the moves between them share one search.)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from elumenta_tui.tui.widgets.attached_hits import AttachedHits
from elumenta_tui.tui.widgets.row_layout import Anchor, same_start
from elumenta_tui.tui.widgets.whole_words import MOUTHFUL, whole_words

if TYPE_CHECKING:
    from elumenta_tui.text.matching import Wanted
    from elumenta_tui.tui.widgets.answer_view import AnswerView
    from elumenta_tui.tui.widgets.expression import Expression
    from elumenta_tui.tui.widgets.row import Row

    Sought = Wanted | Expression


class Span(NamedTuple):
    """The part of a hit on one row, from cell `start` to the cell before `end`."""

    row: int
    start: int
    end: int


Hit = tuple[Span, ...]
"""A hit in painted rows. It has several spans if its text is wrapped over rows."""


def hits_in(rows: Sequence[Row], wanted: Sought) -> tuple[list[Hit], set[str]]:
    """Return the hits in painted rows, line by line, and the wanted words that were found."""
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


def _add_hits_at_edge(row: Row, number: int, wanted: Sought, hits: list[Hit], words: set[str]) -> None:
    """Add the hits in the label at the right end of a row: the language of a code block, which the answer's source contains."""
    if not row.edge or row.is_marked:
        return
    start = row.strip.cell_length - row.edge
    text = row.strip.crop(start).text
    for place in wanted.places(text):
        words.add(place.word)
        left, right = cell_len(text[: place.start]), cell_len(text[: place.end])
        hits.append((Span(number, start + left, start + right),))


def _add_hits(
    rows: Sequence[Row], first: int, end: int, wanted: Sought, hits: list[Hit], words: set[str]
) -> None:
    """Add the hits in a line that is wrapped into the rows from `first` to `end`, without `end`."""
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
    """The hits that are counted in one answer, and the words that were found in it."""

    __slots__ = ("done", "hits", "laid_out", "words")

    def __init__(self) -> None:
        self.done = -1
        """Number of characters of the answer that were searched; -1 if not even the prompt was."""
        self.hits = 0
        self.words: set[str] = set()
        self.laid_out: _LaidOut | None = None


class _LaidOut:
    """The hits in the painted rows of one answer, at one width. `hits` and `words` have an item for each piece."""

    __slots__ = ("_flat", "hits", "pieces", "width", "words")

    def __init__(self, width: int) -> None:
        self.width = width
        self._flat: list[Anchor] | None = None
        self.pieces: list[object] = []
        self.hits: list[list[Anchor]] = []
        self.words: list[set[str]] = []

    def cut(self, count: int) -> None:
        """Forget all pieces but the first ones."""
        del self.pieces[count:], self.hits[count:], self.words[count:]
        self._flat = None

    @property
    def anchors(self) -> list[Anchor]:
        """The rows where the hits begin, from top to bottom."""
        if self._flat is None or len(self._flat) != sum(map(len, self.hits)):
            self._flat = [anchor for hits in self.hits for anchor in hits]
        return self._flat


class Search:
    """Finds words in `views`, the answers of the transcript, which may grow meanwhile."""

    def __init__(
        self,
        wanted: Sought,
        views: Sequence[AnswerView],
        begin: int,
        step: int = 0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Prepare the search; `go_on` does the work.

        `begin` is the index of the answer at the reader's position. The first current hit is in this answer or above, or below
        if there is none. With a `step` it is the first hit from this answer on (1), or the last one up to it (-1).
        """
        self.wanted = wanted
        self._views = views
        self._clock = clock
        self.attached = AttachedHits(wanted)
        self.with_lines: set[int] = set()
        """Indices of the answers below whose prompts lines of attached texts are shown."""
        self._counts: dict[int, _Count] = {}
        self._tallied: dict[int, int] = {}
        """Hits of each answer, as they are in `_total`: there may be thousands of answers, and the total is asked for often."""
        self._total = 0
        self._above = (-1, 0)
        """Index of an answer, and the number of hits in all answers above it."""
        self._todo = [*range(begin + 1, len(views)), *range(min(begin, len(views) - 1) + 1)]
        """Indices of the answers whose source is to be searched. The last item is the next one."""
        self._begin = begin
        self._goal: tuple[int, int] | None = None
        """Index of the answer to lay out for the next current hit, and the direction to continue in if it has no hits.

        Direction 0 keeps the current hit, and only finds its row again.
        """
        self._want_last = step < 0
        if step:
            self._goal = begin, step
        self._here: tuple[int, int] | None = None
        """Index of the current hit's answer, and the hit's index in that answer."""
        self._waiting_steps = 0

    # ------------------------------------------------------------------------------------------------- what is known

    @property
    def is_done(self) -> bool:
        """True if nothing is left to do."""
        return not self._todo and self._goal is None and not self._waiting_steps

    @property
    def total(self) -> int:
        """Number of hits found so far."""
        return self._total

    @property
    def number(self) -> int:
        """Number of the current hit, from 1; 0 if there is none yet."""
        if self._here is None:
            return 0
        section, place = self._here
        if self._above[0] != section:
            self._above = section, sum(hits for index, hits in self._tallied.items() if index < section)
        return self._above[1] + place + 1

    def _tally(self, section: int) -> None:
        """Add up the hits of an answer anew, whose count has changed."""
        count = self._counts.get(section)
        hits = self._hits_of(count) if count is not None else 0
        more = hits - self._tallied.get(section, 0)
        self._tallied[section] = hits
        self._total += more
        if section < self._above[0]:
            self._above = self._above[0], self._above[1] + more

    def _hits_of(self, count: _Count) -> int:
        return count.hits if count.hits and self.wanted.has_all(count.words) else 0

    @property
    def anchor(self) -> Anchor | None:
        """Row where the current hit begins; None if there is none yet."""
        if self._here is None:
            return None
        section, place = self._here
        anchors = self._anchors(section)
        return anchors[min(place, len(anchors) - 1)] if anchors else None

    @property
    def place_in_row(self) -> int:
        """Number of hits before the current one that begin on the same row."""
        if self._here is None or self.anchor is None:
            return 0
        return self._here[1] - bisect_left(self._anchors(self._here[0]), self.anchor, hi=self._here[1])

    def marks(self, section: int) -> bool:
        """Return whether to mark the hits in an answer: it contains all wanted words, or was not searched yet."""
        count = self._counts.get(section)
        return count is None or bool(self._hits_of(count))

    def _anchors(self, section: int) -> list[Anchor]:
        count = self._counts.get(section)
        laid_out = count.laid_out if count is not None else None
        return [] if laid_out is None else laid_out.anchors

    # --------------------------------------------------------------------------------------------------------- moves

    def move(self, step: int) -> None:
        """Go to the next hit (1) or the previous one (-1), and wrap around. If it is not known yet, `go_on` does it later."""
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
        """Return whether the hit in that direction is in the same answer."""
        assert self._here is not None
        section, place = self._here
        return 0 <= place + step < len(self._anchors(section))

    def _go_to_turn(self, section: int, step: int) -> None:
        """Make the next answer with counted hits the goal, from `section` in a direction, and wrap around.

        Without any hits, there is no goal and no current hit.
        """
        known = sorted(index for index, count in self._counts.items() if self._hits_of(count))
        if not known:
            self._here = self._goal = None
            return
        beyond = [index for index in known if (index - section) * step > 0]
        ordered = (beyond or known) if step > 0 else (beyond or known)[::-1]
        self._goal, self._want_last = (ordered[0], step), step < 0

    # ---------------------------------------------------------------------------------------------------------- work

    def changed(self, section: int) -> None:
        """Schedule the search of an answer that is new or has grown."""
        if section not in self._todo:
            self._todo.append(section)

    def renewed(self, section: int) -> None:
        """Forget the hits in an answer whose text was replaced, and schedule its search."""
        self._counts.pop(section, None)
        self._tally(section)
        if self._here is not None and self._here[0] == section:
            self._here = None
        self.changed(section)

    def reflowed(self) -> None:
        """Schedule finding the row of the current hit again, because the width of rows has changed."""
        if self._here is not None and self._goal is None:
            self._goal, self._want_last = (self._here[0], 0), False

    def go_on(self, width: int, end: float) -> None:
        """Work until nothing is left to do or the clock reaches `end`. `width`: columns of the transcript's rows."""
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
        """Make one of the moves that `move` has postponed. Return the number of moves left, negative for moves back.

        Without a current hit, drop them all.
        """
        self._waiting_steps = 0
        step = 1 if steps > 0 else -1
        if self._here is None:
            return 0
        self.move(step)
        return steps - step

    def _look_through(self, section: int) -> None:
        """Count the hits in the next part of an answer's source, and choose the first goal."""
        count = self._counts.setdefault(section, _Count())
        answer = self._views[section].answer
        if count.laid_out is not None and count.done >= 0:
            # The hits were counted in painted rows, which lack the text that has arrived since.
            self._recount_laid_out(section)
            return
        if count.done < 0:
            if not self._look_into_attached(section):
                return
            count.done = 0
            hits, words = self.attached.hits(answer.turn.attachments)
            count.hits += hits
            count.words |= words
            self._count(count, answer.prompt)
        text = answer.text_since(count.done, MOUTHFUL)
        is_end = answer.over and count.done + len(text) == answer.length
        text = whole_words(text, self.wanted, is_end=is_end)
        self._count(count, text)
        self._tally(section)
        count.done += len(text)
        if not text or count.done >= answer.length:
            self._todo.pop()
            if self._here is None and self._goal is None and section <= self._begin and self._hits_of(count):
                self._goal, self._want_last = (section, -1), False
            elif not self._todo and self._here is None and self._goal is None:
                self._go_to_turn(self._begin, 1)

    def _look_into_attached(self, section: int) -> bool:
        """Look through the next mouthful of what is attached to a prompt. Return whether nothing was left."""
        view = self._views[section]
        attachments = view.answer.turn.attachments
        if not self.attached.look(attachments):
            return False
        if section not in self.with_lines and any(map(self.attached.lines, attachments)):
            self.with_lines.add(section)
            view.renew_attachments()
        return True

    def _recount_laid_out(self, section: int) -> None:
        """Have an answer's hits counted in its source again or, if it has the current hit, laid out again."""
        if self._goal is None and (self._here is None or self._here[0] != section):
            self._counts[section] = _Count()
            self._tally(section)
            return
        self._todo.pop()
        if self._goal is None:
            # The hits keep their numbers, because an answer grows at its end.
            self._goal, self._want_last = (section, 0), False

    def _count(self, count: _Count, text: str) -> None:
        for place in self.wanted.places(text):
            count.hits += 1
            count.words.add(place.word)

    def _look_into(self, width: int, end: float) -> None:
        """Lay out the goal's answer and find its hits, piece by piece.

        Then make one of them the current hit, or the next answer the goal. Work that is not finished by `end` continues in the
        next call.
        """
        assert self._goal is not None
        section, step = self._goal
        view = self._views[section]
        while not self._look_into_attached(section) or view.prepare():
            if self._clock() >= end:
                return
        count = self._counts.setdefault(section, _Count())
        laid_out = count.laid_out
        if laid_out is None or laid_out.width != width:
            laid_out = count.laid_out = _LaidOut(width)
        pieces = list(view.pieces())
        same = same_start(laid_out.pieces, pieces)
        laid_out.cut(same)
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
        self._tally(section)
        if not self._hits_of(count):
            # The words occur only in source that is not painted, such as an address.
            count.hits = 0
            self._tally(section)
            self._here = None
            self._go_to_turn(section, step or -1)
        elif step:
            self._here = section, count.hits - 1 if self._want_last else 0
            self._let_go_of_others(section)

    def _let_go_of_others(self, section: int) -> None:
        """Forget the painted hits of all answers but this one. Their counts stay."""
        for index, count in self._counts.items():
            if index != section and count.laid_out is not None:
                count.laid_out, count.done = None, self._views[index].answer.length
