"""The row_layout knows every row it is asked for, wherever one came from, and lays out nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from elumenta_tui.tui.widgets.row_layout import START, Anchor, RowLayout
from tests.thorough import examples, thorough

WIDTHS = (10, 20, 40)


@dataclass(eq=False)
class Piece:
    """Rows by width. What it is guessed to have is often wrong."""

    name: str
    heights: Sequence[int]
    guess: int

    def height(self, width: int) -> int:
        return self.heights[WIDTHS.index(width) % len(self.heights)]


@dataclass(eq=False)
class Chapter:
    """A section of pieces that counts what is asked of it. What is closed comes back as other objects."""

    parts: list[Piece]
    guessed: int = 1
    closes: bool = True
    looked_into: int = 0
    laid_out: list[str] = field(default_factory=list)

    def guess(self, width: int) -> int:
        return self.guessed

    def pieces(self) -> Sequence[object]:
        self.looked_into += 1
        return self.parts

    def guess_piece(self, piece: object, width: int) -> int:
        assert isinstance(piece, Piece)
        return piece.guess

    def rows(self, piece: object, width: int) -> list[str]:
        assert isinstance(piece, Piece)
        self.laid_out.append(piece.name)
        return [f"{piece.name} at {width}, row {row}" for row in range(piece.height(width))]

    def close(self) -> bool:
        if self.closes:
            self.parts = [replace(piece) for piece in self.parts]
        return self.closes


def exact(sections: Sequence[Chapter], width: int) -> list[tuple[Anchor, str]]:
    """Every row of all sections with its anchor: what the row_layout must never work out as a whole."""
    return [
        (Anchor(s, p, r), f"{piece.name} at {width}, row {r}")
        for s, section in enumerate(sections)
        for p, piece in enumerate(section.parts)
        for r in range(piece.height(width))
    ]


@st.composite
def pieces(draw: st.DrawFn, *, rows_at_least: int = 0) -> Piece:
    heights = draw(st.lists(st.integers(rows_at_least, 9), min_size=1, max_size=len(WIDTHS)))
    return Piece(f"piece {draw(st.integers(0, 10**9))}", heights, draw(st.integers(0, 12)))


def bodies() -> st.SearchStrategy[list[Piece]]:
    return st.builds(
        lambda body, last: [*body, last], st.lists(pieces(), max_size=5), pieces(rows_at_least=1)
    )


class Reading(RuleBasedStateMachine):
    """Somebody scrolls, resizes and waits for answers, and looks at every step at what is in the view."""

    def __init__(self) -> None:
        super().__init__()
        self.row_layout: RowLayout[str] = RowLayout()
        self.sections: list[Chapter] = []
        self.top = START
        self.height = 5

    @initialize(
        width=st.sampled_from(WIDTHS), cache=st.sampled_from([1, 7, 6000]), open_sections=st.integers(0, 4)
    )
    def open(self, width: int, cache: int, open_sections: int) -> None:
        # Little is kept: rows are made again and again, and sections opened. Nobody may see that.
        self.row_layout = RowLayout(cache, open_sections)
        self.row_layout.resize(width)

    @property
    def all(self) -> list[tuple[Anchor, str]]:
        return exact(self.sections, self.row_layout.width)

    def index(self, anchor: Anchor) -> int:
        """How many rows really are above an anchor."""
        return sum(at < anchor for at, _ in self.all)

    # What happens

    @rule(parts=bodies(), guess=st.integers(0, 60), closes=st.booleans())
    def append(self, parts: list[Piece], guess: int, closes: bool) -> None:
        section = Chapter(parts, guess, closes)
        self.sections.append(section)
        self.row_layout.append(section)

    @precondition(lambda self: self.sections)
    @rule(keep=st.integers(0, 6), parts=bodies())
    def grow(self, keep: int, parts: list[Piece]) -> None:
        """The last section has more, or other, pieces at its end; also fewer."""
        section = self.sections[-1]
        section.parts = [*section.parts[:keep], *parts]
        self.row_layout.changed(len(self.sections) - 1)
        self.top = self.row_layout.clamp(self.top, self.height)

    @rule(width=st.sampled_from(WIDTHS))
    def change_width(self, width: int) -> None:
        self.row_layout.resize(width)
        self.top = self.row_layout.clamp(self.top, self.height)

    @rule(height=st.integers(1, 30))
    def change_height(self, height: int) -> None:
        self.height = height
        self.top = self.row_layout.clamp(self.top, height)

    @rule()
    def forget_what_was_left_long_ago(self) -> None:
        total = self.row_layout.total
        self.row_layout.close_far()
        assert self.row_layout.total == total

    @rule()
    def change_colours(self) -> None:
        self.row_layout.repaint()

    # Where the reader goes

    @precondition(lambda self: self.sections)
    @rule(by=st.integers(-60, 60))
    def scroll(self, by: int) -> None:
        start = self.index(self.top)
        moved = self.row_layout.move(self.top, by)
        last = len(self.all) - 1
        assert self.index(moved) == max(0, min(start + by, last))
        if 0 <= start + by <= last:
            assert self.index(self.row_layout.move(moved, -by)) == start
        self.top = moved

    @precondition(lambda self: self.sections)
    @rule()
    def go_to_the_end(self) -> None:
        self.top = self.row_layout.bottom(self.height)
        assert self.row_layout.window(self.top, self.height) == [row for _, row in self.all[-self.height :]]

    @rule()
    def go_to_the_start(self) -> None:
        self.top = START

    @precondition(lambda self: self.sections)
    @rule(share=st.floats(0, 1.2))
    def drag_the_scroll_bar(self, share: float) -> None:
        self.top = self.row_layout.anchor_at(round(share * self.row_layout.total))
        assert self.row_layout.position(self.top) <= max(0, self.row_layout.total - 1)

    # What must hold

    @invariant()
    def the_view_shows_the_rows_from_its_anchor_on(self) -> None:
        shown = self.row_layout.window(self.top, self.height)
        assert shown == [row for anchor, row in self.all if anchor >= self.top][: self.height]

    @invariant()
    def what_is_further_down_has_no_fewer_rows_above_it(self) -> None:
        if not self.sections:
            return
        places = [self.row_layout.move(self.top, by) for by in range(-12, 13, 3)]
        positions = [self.row_layout.position(place) for place in places]
        assert positions == sorted(positions)
        last = self.row_layout.last
        assert self.row_layout.position(last) == self.row_layout.total - 1
        assert all(
            self.row_layout.anchor_at(self.row_layout.position(place)) == self.row_layout.move(place, 0)
            for place in places
        )


Reading.TestCase.settings = settings(max_examples=examples(150), stateful_step_count=30, deadline=None)
TestReading = Reading.TestCase


def plain(sections: int, pieces_each: int = 4, rows: int = 5, guess: int = 3) -> list[Chapter]:
    return [
        Chapter([Piece(f"{s}.{p}", [rows], guess) for p in range(pieces_each)], guessed=pieces_each * guess)
        for s in range(sections)
    ]


def flow_of(sections: Sequence[Chapter], width: int = 20) -> RowLayout[str]:
    row_layout: RowLayout[str] = RowLayout()
    row_layout.resize(width)
    for section in sections:
        row_layout.append(section)
    return row_layout


def laid_out(sections: Sequence[Chapter]) -> list[str]:
    return [name for section in sections for name in section.laid_out]


def test_an_empty_flow_has_nothing_to_show_and_nowhere_to_go() -> None:
    row_layout: RowLayout[str] = RowLayout()
    assert row_layout.total == 0
    assert (
        row_layout.last
        == row_layout.bottom(10)
        == row_layout.move(START, 5)
        == row_layout.anchor_at(3)
        == START
    )
    assert row_layout.window(START, 10) == []
    assert row_layout.position(START) == 0


@thorough
def test_of_five_thousand_sections_only_what_is_shown_is_laid_out() -> None:
    sections = plain(5000)
    row_layout = flow_of(sections)
    assert row_layout.total > 0
    assert not any(section.looked_into for section in sections)
    row_layout.window(row_layout.bottom(40), 40)
    # 40 rows are eight pieces of two sections.
    assert sorted(laid_out(sections)) == [f"{s}.{p}" for s in (4998, 4999) for p in range(4)]
    for section in sections:
        section.laid_out.clear()
    middle = row_layout.anchor_at(row_layout.total // 2)
    row_layout.window(middle, 40)
    assert 8 <= len(laid_out(sections)) <= 10
    assert sum(bool(section.looked_into) for section in sections) <= 8


@thorough
def test_of_sections_that_can_be_made_later_only_those_in_view_are_made_and_all_have_their_place() -> None:
    chapters = plain(5000)
    made: list[int] = []

    def make(index: int) -> Chapter:
        made.append(index)
        return chapters[index]

    row_layout: RowLayout[str] = RowLayout()
    row_layout.fill(5000, make, lambda width: [chapter.guess(width) for chapter in chapters])
    eager = flow_of(plain(5000))
    row_layout.resize(20)
    assert row_layout.total == eager.total
    bottom = row_layout.bottom(40)
    assert row_layout.window(bottom, 40) == eager.window(eager.bottom(40), 40)
    assert sorted(made) == [4998, 4999]
    row_layout.append(plain(1)[0])
    row_layout.resize(40)
    last = row_layout.last
    assert row_layout.position(last) + 1 == row_layout.total
    assert len(row_layout.sections) == 5001
    assert row_layout.sections[-1] is not chapters[-1]
    assert row_layout.sections[-2] is chapters[-1]
    assert sorted(made) == [4998, 4999]


def test_scrolling_by_a_line_lays_out_what_comes_into_view_and_nothing_twice() -> None:
    sections = plain(100)
    row_layout = flow_of(sections)
    top = row_layout.anchor_at(row_layout.total // 2)
    for _ in range(60):
        top = row_layout.move(top, 1)
        row_layout.window(top, 20)
    names = laid_out(sections)
    assert len(names) == len(set(names))
    # 60 rows of scrolling and 20 of a view are 16 pieces, and one that is cut at either end.
    assert len(names) <= 18


def test_growth_lays_out_the_new_pieces_only() -> None:
    sections = plain(3)
    row_layout = flow_of(sections)
    row_layout.window(row_layout.bottom(60), 60)
    for section in sections:
        section.laid_out.clear()
    sections[-1].parts.append(Piece("new", [2], 9))
    row_layout.changed(2)
    assert row_layout.window(row_layout.bottom(3), 3) == [
        "2.3 at 20, row 4",
        "new at 20, row 0",
        "new at 20, row 1",
    ]
    assert laid_out(sections) == ["new"]


def test_what_is_read_stays_where_it_is_while_rows_above_turn_out_longer_than_guessed() -> None:
    sections = plain(50, rows=9, guess=1)
    row_layout = flow_of(sections)
    top = row_layout.anchor_at(row_layout.total // 2)
    before = row_layout.window(top, 10)
    position = row_layout.position(top)
    row_layout.window(row_layout.move(top, -100), 10)
    assert row_layout.window(top, 10) == before
    assert row_layout.position(top) > position


def test_a_section_that_was_left_long_ago_is_closed_and_its_place_stays_known() -> None:
    sections = plain(30, rows=9, guess=1)
    sections[3].closes = False
    row_layout: RowLayout[str] = RowLayout(open_sections=5)
    for section in sections:
        row_layout.append(section)
    row_layout.resize(20)
    row_layout.window(row_layout.bottom(5000), 5000)
    total, names = row_layout.total, laid_out(sections)
    pieces_of_third = sections[3].parts
    row_layout.close_far()
    assert row_layout.total == total == 30 * 4 * 9
    assert sorted(row_layout._open) == [3, *range(25, 30)]
    assert {index for index, _ in row_layout._cache} <= set(row_layout._open)
    assert sections[3].parts is pieces_of_third
    assert row_layout.anchor_at(total // 2) == Anchor(15, 0, 0)
    assert laid_out(sections) == names
    row_layout.window(Anchor(15, 0, 0), 9)
    assert len(laid_out(sections)) == len(names) + 1


def test_a_closed_section_is_as_long_as_it_is_after_two_changes_of_the_width() -> None:
    sections = plain(3, rows=9, guess=1)
    row_layout: RowLayout[str] = RowLayout(open_sections=0)
    row_layout.resize(20)
    for section in sections:
        row_layout.append(section)
    row_layout.window(row_layout.bottom(200), 200)
    row_layout.close_far()
    row_layout.resize(40)
    row_layout.resize(20)
    top = row_layout.move(START, 0)
    row_layout.window(top, 200)
    assert row_layout.total == 3 * 4 * 9
    assert row_layout.position(row_layout.last) == row_layout.total - 1


def test_a_reader_whose_paragraph_has_become_shorter_is_at_its_end_and_goes_up_from_there() -> None:
    row_layout = flow_of([Chapter([Piece("tall", [30, 30, 10], 1), Piece("long", [99], 1)])], width=20)
    top = Anchor(0, 0, 25)
    row_layout.window(top, 5)
    row_layout.resize(40)
    top = row_layout.clamp(top, 5)
    assert row_layout.window(top, 2) == ["tall at 40, row 9", "long at 40, row 0"]
    assert row_layout.window(row_layout.move(top, -1), 1) == ["tall at 40, row 8"]


def test_other_colours_make_rows_again_and_move_nothing() -> None:
    sections = plain(5)
    row_layout = flow_of(sections)
    top = row_layout.bottom(10)
    row_layout.window(top, 10)
    position, total = row_layout.position(top), row_layout.total
    for section in sections:
        section.laid_out.clear()
    row_layout.repaint()
    assert (row_layout.position(top), row_layout.total) == (position, total)
    row_layout.window(top, 10)
    assert laid_out(sections) == ["4.2", "4.3"]


def test_a_cleared_flow_shows_nothing_of_what_it_had() -> None:
    row_layout = flow_of(plain(5))
    row_layout.window(row_layout.bottom(10), 10)
    row_layout.clear()
    assert row_layout.total == 0
    row_layout.append(Chapter([Piece("only", [2], 1)]))
    assert row_layout.window(START, 10) == ["only at 20, row 0", "only at 20, row 1"]


@pytest.mark.parametrize("height", [1, 2, 7, 100])
def test_a_view_that_shows_the_end_is_full_unless_there_is_too_little(height: int) -> None:
    sections = plain(3, pieces_each=2, rows=2)
    row_layout = flow_of(sections)
    assert row_layout.window(row_layout.bottom(height), height) == [
        row for _, row in exact(sections, 20)[-height:]
    ]


@given(cache=st.integers(1, 60), steps=st.lists(st.integers(-30, 30), max_size=12))
def test_the_rows_that_are_kept_are_no_more_than_allowed(cache: int, steps: list[int]) -> None:
    row_layout: RowLayout[str] = RowLayout(cache)
    row_layout.resize(20)
    for section in plain(20):
        row_layout.append(section)
    top = row_layout.bottom(10)
    for by in steps:
        top = row_layout.move(top, by)
        row_layout.window(top, 10)
        kept = [rows for _, rows in row_layout._cache.values()]
        assert row_layout._cached_rows == sum(map(len, kept))
        assert sum(map(len, kept)) <= max(cache, 5)


def test_rows_of_pieces_that_are_gone_are_not_kept() -> None:
    section = Chapter([Piece("first", [3], 3), Piece("growing", [2], 2)])
    row_layout = flow_of([section])
    for step in range(50):
        section.parts = [section.parts[0], Piece(f"growing {step}", [2], 2)]
        row_layout.changed(0)
        row_layout.window(START, 10)
    assert sorted(rows[0] for _, rows in row_layout._cache.values()) == [
        "first at 20, row 0",
        "growing 49 at 20, row 0",
    ]
    assert row_layout._cached_rows == 5
