"""Counting and comparing words."""

from __future__ import annotations

from time import process_time

from elumenta_tui.text.words import LIMIT, WordCount, word_diff
from tests.thorough import thorough


def test_words_are_counted_however_the_text_is_cut() -> None:
    text = "  one two\n\nthree, four-five  six"
    for size in range(1, len(text)):
        count = WordCount()
        for start in range(0, len(text), size):
            count.add(text[start : start + size])
        assert (count.words, count.length) == (len(text.split()), len(text))


def test_a_difference_holds_all_words_of_both_texts() -> None:
    first, second = "the quick brown fox jumps", "the slow brown fox\njumps high"
    diff = word_diff(first, second)
    assert [part for part in diff.parts if part[0] != "both"] == [
        ("first", "quick "),
        ("second", "slow "),
        ("second", "high"),
    ]
    assert "".join(text for kind, text in diff.parts if kind != "first") == second
    assert not diff.is_cut
    assert word_diff("", "").alike == word_diff("same", "same").alike == 1.0


def test_a_word_that_only_the_first_text_has_does_not_touch_the_word_before() -> None:
    assert word_diff("A comparison is good", "A comparison.").parts[:2] == [
        ("both", "A comparison"),
        ("first", " is good "),
    ]


@thorough
def test_long_and_hostile_texts_are_compared_in_bounded_time() -> None:
    started = process_time()
    for first, second in (
        ("a " * 100_000, "a b " * 50_000),
        ("a b c " * 50_000, "c b a " * 50_000),
        (" ".join(map(str, range(100_000))), " ".join(map(str, range(100_000, 0, -1)))),
    ):
        diff = word_diff(first, second)
        assert diff.is_cut
        assert sum(len(text.split()) for kind, text in diff.parts if kind != "first") == LIMIT
    assert process_time() - started < 6
