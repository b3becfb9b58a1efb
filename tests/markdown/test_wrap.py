"""Cells, clusters and rows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from elumenta_tui.markdown.cells import cluster_start, clusters
from elumenta_tui.markdown.growing import plain_blocks, render
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.markdown.wrap import chop, wrap
from tests.corpus import documents
from tests.thorough import share, thorough

A, B = TextStyle("a"), TextStyle("b")

PIECES = [
    "a",
    "word",
    "wordword",
    " ",
    "  ",
    "\n",
    "世",
    "界。",
    "é",
    "e\u0301",
    "👩‍👩‍👧",
    "🇩🇪",
    "👍🏽",
    "❤️",
    "→",
    "ж",
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def texts(text: str, width: int) -> list[str]:
    return ["".join(text for text, _ in row.runs) for row in wrap([(text, A)], width)]


def width_of(line: Line) -> int:
    return sum(cell_len(text) for text, _ in line.runs)


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦",
        "🇩🇪",
        "e\u0301",
        "👍🏽",
        "❤️",
        "1\ufe0f\u20e3",
        "🏴\U000e0067\U000e0062\U000e007f",
        "한",
        "क्",
        "が",
    ],
)
def test_what_reads_as_one_character_is_one_cluster(text: str) -> None:
    assert [(c.start, c.end) for c in clusters(text * 2)] == [(0, len(text)), (len(text), 2 * len(text))]
    assert cluster_start(text * 3, len(text) + len(text) // 2) == len(text)


def test_letters_of_a_plain_text_are_clusters_each() -> None:
    assert [c.width for c in clusters("aж世")] == [1, 1, 2]


@given(TEXT)
def test_clusters_cover_the_text_and_their_widths_add_up(text: str) -> None:
    text = text.replace("\n", " ")
    found = clusters(text)
    assert "".join(text[c.start : c.end] for c in found) == text
    assert sum(c.width for c in found) == cell_len(text)


def test_rows_break_at_spaces_and_words_longer_than_a_row_are_cut() -> None:
    assert texts("one two  three", 7) == ["one two", "three"]
    assert texts("abcdefgh ij", 3) == ["abc", "def", "gh", "ij"]
    assert texts("a\n\nb", 9) == ["a", "", "b"]


def test_rows_break_between_wide_characters_but_not_before_a_full_stop() -> None:
    assert texts("世界世界", 5) == ["世界", "世界"]
    assert texts("ab 世界世界", 7) == ["ab 世界", "世界"]
    assert texts("世界世。", 6) == ["世界", "世。"]


def test_emoji_are_never_taken_apart() -> None:
    assert texts("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 4) == ["👩‍👩‍👧👩‍👩‍👧", "👩‍👩‍👧"]
    assert texts("🇩🇪🇫🇷", 4) in (["🇩🇪🇫🇷"], ["🇩🇪", "🇫🇷"])


def test_each_row_keeps_the_inks_of_its_text() -> None:
    rows = wrap([("one t", A), ("wo three", B)], 7)
    assert [row.runs for row in rows] == [(("one t", A), ("wo", B)), (("three", B),)]
    assert [(row.soft, row.lost) for row in rows] == [(True, " "), (False, "")]


def test_code_is_cut_at_the_last_cell() -> None:
    assert [row.runs[0][0] for row in chop([("ab cd ef", A)], 4)] == ["ab c", "d ef"]


@given(TEXT, st.integers(2, 20))
def test_rows_fit_and_hold_all_of_the_text(text: str, width: int) -> None:
    for rows in (wrap([(text[:7], A), (text[7:], B)], width), chop([(text[:7], A), (text[7:], B)], width)):
        shown = "".join("".join(text for text, _ in row.runs) + row.lost for row in rows)
        assert "".join(shown.split()) == "".join(text.split())
        assert all(cell_len("".join(text for text, _ in row.runs)) <= width for row in rows)


@given(TEXT, st.integers(2, 20))
def test_putting_back_what_was_lost_unwraps_plain_text(text: str, width: int) -> None:
    source = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    rows = wrap([(source, A)], width)
    unwrapped = "".join(
        "".join(text for text, _ in row.runs) + (row.lost if row.soft else "\n") for row in rows
    )
    assert unwrapped.removesuffix("\n") == source


@thorough
def test_no_line_is_wider_than_the_width() -> None:
    for name, text in share(documents()):
        for block in render(text[:8_000]):
            for width in (4, 5, 6, 7, 9, 24, 79, 120):
                for line in block.lines(width):
                    assert width_of(line) <= width, (name, width)
                    assert line.skip <= width_of(line), (name, width)


@given(TEXT, st.integers(4, 20))
def test_plain_text_fits_and_is_whole(text: str, width: int) -> None:
    lines = [line for block in plain_blocks(text) for line in block.lines(width)]
    assert all(width_of(line) <= width for line in lines)
    shown = "".join(text for line in lines for text, _ in line.runs)
    assert "".join(shown.split()) == "".join(text.split())


@thorough
@given(
    st.lists(st.lists(TEXT.map(lambda cell: cell.replace("\n", " ")), min_size=3, max_size=3), max_size=4),
    st.integers(4, 60),
)
def test_a_table_shows_all_the_text_of_its_cells(cells: list[list[str]], width: int) -> None:
    source = "| one | two | three |\n|---|:-:|--:|\n" + "".join(f"| {' | '.join(row)} |\n" for row in cells)
    lines = [line for block in render(source) for line in block.lines(width)]
    assert all(width_of(line) <= width for line in lines)
    shown = sorted(
        character for line in lines for text, style in line.runs if style.role != "mark" for character in text
    )
    wanted = sorted("".join("".join(row) for row in cells))
    missing = list(wanted)
    for character in shown:
        if character in missing:
            missing.remove(character)
    assert not [character for character in missing if not character.isspace()]


@thorough
def test_estimates_are_near_the_truth() -> None:
    for _, text in documents():
        blocks = render(text)
        rows = sum(len(block.lines(80)) for block in blocks)
        assert 0.7 * rows - 5 <= sum(block.estimate(80) for block in blocks) <= 1.3 * rows + 5
