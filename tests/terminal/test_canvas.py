"""What a frame writes: never more than has changed, and always what the terminal has to show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from elumenta_tui.terminal import canvas
from elumenta_tui.terminal.canvas import Canvas, difference
from tests.thorough import thorough

WIDTH, HEIGHT, MIDDLE = 24, 10, 12
CONSOLE = Console(color_system="truecolor", width=WIDTH, height=HEIGHT)
PLAIN = Style.parse("#dddddd on #101010")
STYLES = [PLAIN, Style.parse("bold #ff8800 on #101010"), Style.parse("#00aa00 on #202020")]

Row = tuple[tuple[str, Style], ...]
"""The texts of a row."""


def filled(*texts: tuple[str, Style]) -> Row:
    """A row of the whole width."""
    room = WIDTH
    kept: list[tuple[str, Style]] = []
    for text, style in texts:
        while cell_len(text) > room:
            text = text[:-1]
        kept.append((text, style))
        room -= cell_len(text)
    return (*kept, (" " * room, PLAIN))


def words(text: str, style: Style = PLAIN) -> Row:
    return filled((text, style))


def strip(row: Row) -> Strip:
    return Strip([Segment(text, style) for text, style in row if text])


def terminal() -> tuple[pyte.Screen, pyte.Stream]:
    """One that does not wrap at its right edge, as the driver has it."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    stream.feed("\x1b[?7l")
    return screen, stream


class Painted:
    """A terminal that is painted through a canvas."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.canvas = Canvas()
        self.screen, self.stream = terminal()
        self.rows = list(rows)
        self.whole(rows)

    def whole(self, rows: Sequence[Row]) -> str:
        """A new layout."""
        self.rows = list(rows)
        strips = [[strip(row)] for row in rows]
        return self.write(LayoutUpdate(list(strips), Region(0, 0, WIDTH, HEIGHT)))

    def change(self, rows: Sequence[Row], *also: int) -> str:
        """A frame with the rows that differ, and with some that do not."""
        spans = [(y, 0, WIDTH) for y, row in enumerate(rows) if row != self.rows[y] or y in also]
        self.rows = list(rows)
        chops = [{0: strip(row)} for row in rows]
        return self.write(ChopsUpdate(chops, spans, [[WIDTH]] * HEIGHT)) if spans else ""

    def halves(self, rows: Sequence[Row]) -> str:
        """A frame of two widgets side by side. Both are painted."""
        self.rows = list(rows)
        chops = [dict(zip((0, MIDDLE), strip(row).divide([MIDDLE, WIDTH]), strict=True)) for row in rows]
        spans = [(y, 0, WIDTH) for y in range(HEIGHT)]
        return self.write(ChopsUpdate(chops, spans, [[MIDDLE, WIDTH]] * HEIGHT))

    def change_right_half(self, y: int, row: Row) -> str:
        """A frame that does not bring the left half of the row."""
        left, _ = strip(self.rows[y]).divide([MIDDLE, WIDTH])
        _, right = strip(row).divide([MIDDLE, WIDTH])
        self.rows[y] = (*((text, style or PLAIN) for text, style, _ in [*left, *right]),)
        chops: list[dict[int, Strip | None]] = [{0: None, MIDDLE: right} for _ in range(HEIGHT)]
        return self.write(ChopsUpdate(chops, [(y, MIDDLE, WIDTH)], [[MIDDLE, WIDTH]] * HEIGHT))

    def change_beside(self, y: int, row: Row, *, is_right: bool) -> str:
        """A frame of one of two widgets side by side: in place of the other one, it brings what is below it, a blank."""
        halves = strip(row).divide([MIDDLE, WIDTH])
        before = strip(self.rows[y]).divide([MIDDLE, WIDTH])
        shown = [before[0], halves[1]] if is_right else [halves[0], before[1]]
        self.rows[y] = (*((text, style or PLAIN) for half in shown for text, style, _ in half),)
        blank = Strip.blank(WIDTH - MIDDLE, PLAIN)
        chops = [{0: blank if is_right else halves[0], MIDDLE: halves[1] if is_right else blank}] * HEIGHT
        span = (y, MIDDLE, WIDTH) if is_right else (y, 0, MIDDLE)
        return self.write(ChopsUpdate(chops, [span], [[MIDDLE, WIDTH]] * HEIGHT))

    def write(self, update: ChopsUpdate | LayoutUpdate) -> str:
        output = self.canvas.frame(update).render_segments(CONSOLE)
        # As the terminal's line does it.
        self.stream.feed(output.replace("\n", "\r\n"))
        return output

    def assert_right(self) -> None:
        """It shows what one shows on which everything was written anew."""
        other, stream = terminal()
        for y, row in enumerate(self.rows):
            stream.feed(f"\x1b[{y + 1};1H{strip(row).render(CONSOLE)}")
        for y in range(HEIGHT):
            shown = [self.screen.buffer[y][x] for x in range(WIDTH)]
            assert shown == [other.buffer[y][x] for x in range(WIDTH)], self.screen.display[y]


def numbered(first: int) -> list[Row]:
    return [words(f"row number {first + y}") for y in range(HEIGHT)]


@pytest.mark.parametrize("is_known", [True, False])
def test_what_a_frame_of_one_of_two_widgets_brings_for_the_other_one_is_not_shown(is_known: bool) -> None:
    painted = Painted(numbered(100))
    if is_known:
        halves = [strip(row).divide([MIDDLE, WIDTH]) for row in painted.rows]
        painted.write(LayoutUpdate(list(halves), Region(0, 0, WIDTH, HEIGHT)))
    for is_right, text in ((True, "left and right sides"), (False, "west and east sides")):
        painted.change_beside(3, words(text), is_right=is_right)
        painted.assert_right()
    output = painted.change_beside(3, words("west and right sidey"), is_right=True)
    painted.assert_right()
    # What is known is compared: one letter is written.
    assert ("side" not in output) == is_known


@pytest.mark.parametrize("few", [0, HEIGHT])
def test_of_widgets_side_by_side_those_that_have_changed_are_written(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(canvas, "FEW", few)
    painted = Painted([words(f"left {y}      right {y}") for y in range(HEIGHT)])
    painted.halves(painted.rows)
    output = painted.halves([words(f"left {y}      other {y}") for y in range(HEIGHT)])
    painted.assert_right()
    assert output.count("other") == HEIGHT
    assert "left" not in output
    # Where a terminal may not agree about a column, the row is written whole.
    painted.halves([words(f"日本 {y}      other {y}") for y in range(HEIGHT)])
    output = painted.halves([words(f"日本 {y}      right {y}") for y in range(HEIGHT)])
    painted.assert_right()
    assert output.count("日本") == HEIGHT


# ------------------------------------------------------------------------------------------------------------- moves


@pytest.mark.parametrize("up", [1, 3, -1, -4])
def test_rows_that_move_are_moved_by_the_terminal(up: int) -> None:
    painted = Painted(numbered(100))
    output = painted.change(numbered(100 + up))
    painted.assert_right()
    assert all(f"number {n}" not in output for n in range(101, 109) if 0 <= n - 100 - up < HEIGHT)
    assert output.count("\n" if up > 0 else "\x1bM") == abs(up)


def test_only_the_rows_that_move_are_moved() -> None:
    fixed = [words("the prompt"), words("the bar")]
    painted = Painted([words("the head"), *numbered(1)[:7], *fixed])
    output = painted.change([words("the head"), *numbered(2)[:7], *fixed])
    painted.assert_right()
    assert output.startswith("\x1b[2;8r")
    assert "prompt" not in output
    assert "head" not in output


def test_what_lies_over_rows_that_move_stays_where_it_is() -> None:
    def with_notice(rows: list[Row]) -> list[Row]:
        notice = [filled((f"row number {y}", PLAIN), ("  notice", STYLES[1])) for y in (5, 6)]
        return [*rows[:5], *notice, *rows[7:]]

    painted = Painted(with_notice(numbered(1)))
    for first in (2, 3, 5):
        painted.change(with_notice(numbered(first)))
        painted.assert_right()
    painted.change(numbered(6))
    painted.assert_right()


def test_blank_rows_are_no_reason_to_move_anything() -> None:
    painted = Painted([words("above"), words("here"), *[words("")] * 7, words("below")])
    output = painted.change([*[words("")] * 9, words("other")])
    painted.assert_right()
    assert "\x1b[r" not in output


def test_a_row_that_has_not_changed_is_not_written_however_often_it_is_refreshed() -> None:
    painted = Painted(numbered(1))
    assert painted.change(numbered(1), 2, 3) == ""


# ----------------------------------------------------------------------------------------------------- parts of rows


def test_of_a_row_that_grows_only_the_new_words_are_written() -> None:
    painted = Painted([words("an answer"), *numbered(1)[1:]])
    output = painted.change([words("an answer grows"), *numbered(1)[1:]])
    painted.assert_right()
    assert output.startswith("\x1b[1;10H")
    assert "answer" not in output
    assert " grows" in output
    assert len(output) < len(" grows") + 60


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ab😀 one", "ab😀 two"),
        ("👩‍💻 one", "👩‍💻 two"),
        ("日本 one", "日本 two"),
        ("e\u0301 one", "e\u0301 two"),
        ("one e", "one e\u0301"),
        ("one e\u0301", "one e"),
        ("one", "one😀"),
        ("one \u200dx", "one \u200dy"),
    ],
)
def test_behind_what_terminals_measure_differently_a_row_is_written_whole(before: str, after: str) -> None:
    painted = Painted([words(before), *numbered(1)[1:]])
    output = painted.change([words(after), *numbered(1)[1:]])
    assert output.startswith("\x1b[1;1H")
    assert after in output
    painted.assert_right()


@pytest.mark.parametrize(
    ("before", "after"), [("xae\u0301 end", "xbe\u0301 end"), ("xa 😀 end", "xb 😀 end")]
)
def test_the_end_stays_only_where_it_is_sure_to_stand(before: str, after: str) -> None:
    painted = Painted([words(before), *numbered(1)[1:]])
    painted.change([words(after), *numbered(1)[1:]])
    painted.assert_right()


def test_the_same_words_in_another_style_are_written() -> None:
    painted = Painted(numbered(1))
    painted.change([filled(("row ", PLAIN), ("number", STYLES[1]), (" 1", PLAIN)), *numbered(1)[1:]])
    painted.assert_right()


def test_a_row_with_anything_but_styles_in_it_is_written_whole() -> None:
    assert difference("abc \x1b]8;;x\x1b\\link", "abd \x1b]8;;x\x1b\\link") == (0, "abd \x1b]8;;x\x1b\\link")


def test_a_part_of_a_row_is_written_as_the_compositor_says() -> None:
    painted = Painted(numbered(1))
    painted.change_right_half(3, words("row number 4      and more"))
    painted.assert_right()
    unknown = painted.rows[3]
    output = painted.change([*numbered(2)[:3], unknown, *numbered(2)[4:]])
    assert "\x1b[r" not in output
    painted.assert_right()
    assert "\x1b[r" in painted.change(numbered(3))
    painted.assert_right()


# -------------------------------------------------------------------------------------------------- what is not known


def test_a_layout_is_written_whole_also_if_nothing_has_changed() -> None:
    painted = Painted(numbered(1))
    assert all(f"number {n}" in painted.whole(numbered(1)) for n in range(1, 11))


def test_after_a_gap_everything_is_written_until_the_whole_screen_was() -> None:
    painted = Painted(numbered(1))
    painted.canvas.forget()
    assert "row number 3" in painted.change(numbered(1), 2)
    assert "\x1b[r" not in painted.change(numbered(2))
    painted.whole(numbered(2))
    assert "\x1b[r" in painted.change(numbered(3))
    painted.assert_right()


def test_a_frame_of_another_height_is_written_as_it_comes() -> None:
    painted = Painted(numbered(1))
    chops = [{0: strip(words("other"))} for _ in range(HEIGHT - 2)]
    assert "other" in painted.write(ChopsUpdate(chops, [(0, 0, WIDTH)], [[WIDTH]] * (HEIGHT - 2)))


# ------------------------------------------------------------------------------------------------------- any frames

LETTERS = [*"ab яй—│█⠧😀日e", "e\u0301"]
TEXT = st.lists(st.sampled_from(LETTERS), max_size=12).map("".join)
ROW = st.lists(st.tuples(TEXT, st.sampled_from(STYLES)), max_size=3).map(lambda texts: filled(*texts))


@st.composite
def screens(draw: st.DrawFn) -> list[list[Row]]:
    """Screens that follow each other: rows move, change and grow."""
    rows = [draw(ROW) for _ in range(HEIGHT)]
    found = [rows]
    for _ in range(draw(st.integers(1, 4))):
        top, end = sorted(draw(st.tuples(st.integers(0, HEIGHT), st.integers(0, HEIGHT))))
        up = draw(st.integers(-4, 4))
        moved = [rows[y + up] if top <= y + up < end else draw(ROW) for y in range(top, end)]
        rows = [*rows[:top], *moved, *rows[end:]]
        for y in draw(st.sets(st.integers(0, HEIGHT - 1), max_size=3)):
            text, style = rows[y][0]
            rows[y] = draw(st.one_of(ROW, st.just(filled((text + draw(TEXT), style)))))
        found.append(rows)
    return found


@thorough
@given(screens(), st.sets(st.integers(0, HEIGHT - 1)), st.integers(0, HEIGHT - 1), ROW)
def test_whatever_moves_and_changes_the_terminal_shows_it(
    frames: list[list[Row]], also: set[int], part: int, other: Row
) -> None:
    painted = Painted(frames[0])
    for _, rows in pairwise(frames):
        painted.change(rows, *also)
        painted.assert_right()
    if all(cell_len(text) == len(text) for row in (painted.rows[part], other) for text, _ in row):
        painted.change_right_half(part, other)
    for rows in frames:
        if all(cell_len(text) == len(text) for row in rows for text, _ in row):
            painted.halves(rows)
            painted.assert_right()
    for rows in reversed(frames):
        painted.change(rows)
        painted.assert_right()


def test_the_console_of_these_tests_paints_in_colours() -> None:
    assert CONSOLE._color_system is ColorSystem.TRUECOLOR


@pytest.mark.parametrize("before", ["", "old words up to the edge"])
@pytest.mark.parametrize("after", ["⚠️ x", "1️⃣ x", "👍🏽 x", "नि x"])
def test_what_may_be_narrower_than_we_think_leaves_no_old_cell_at_the_edge(before: str, after: str) -> None:
    row = strip(words(after)).render(CONSOLE)
    painted = Painted([words(before)] * HEIGHT)
    written = painted.change([words(after), *[words(before)] * (HEIGHT - 1)])
    assert written == f"\x1b[1;1H\x1b[K{row}"
    assert "old" not in painted.screen.display[0]


def test_of_plain_rows_nothing_is_erased() -> None:
    painted = Painted([words("one")] * HEIGHT)
    assert "\x1b[K" not in painted.change([words("two – три")] * HEIGHT)
