"""The API key: what is taken for one, and how it stays out of sight."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from elumenta_tui.api.key import MASK, KeyProblem, Veil, checked_key, hide_key, key_problem, tidy_key
from tests.service import KEY


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "{}\n",
        "{}\r\n",
        "\ufeff{}",
        "  {}\t",
        "'{}'",
        '"{}"\n',
        "«{}»",
        "“{}”,",
        "Bearer {}",
        "Authorization: Bearer {}",
        "ELUMENTA_API_KEY={}",
        'export ELUMENTA_API_KEY="{}"',
        'api_key = "{}"\n',
        "\u200b{}\u00a0",
    ],
)
def test_d11_what_copying_brings_along_is_taken_off_a_key(around: str) -> None:
    assert tidy_key(around.format(KEY)) == checked_key(around.format(KEY)) == KEY


def test_a_key_that_a_narrow_window_broke_is_joined() -> None:
    assert tidy_key(f"{KEY[:20]}\r\n  {KEY[20:40]}\n{KEY[40:]}\n") == KEY


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (KEY, None),
        ("", KeyProblem("empty")),
        ("sk-0123456789012345678901234567", KeyProblem("prefix")),
        ("nb_short", KeyProblem("short")),
        ("nb_" + "x" * 500, KeyProblem("long")),
        ("nb_live_0123456789сabcdefgh", KeyProblem("cyrillic", 19, "с")),
        ("ти_дшму_0123456789abcdefgh", KeyProblem("cyrillic", 1, "т")),
        ("nb_live_0123456789 abcdefgh", KeyProblem("characters", 19, " ")),
        (tidy_key(f"{KEY}\n{KEY}"), KeyProblem("characters", len(KEY) + 1, "\n")),
        ("nb_live_0123456789…abcdefgh", KeyProblem("characters", 19, "…")),
    ],
)
def test_d11_a_wrong_key_is_told_what_is_wrong_with_it(key: str, problem: KeyProblem | None) -> None:
    assert key_problem(key) == problem


@given(st.text())
@example("0,\x1f")
@example("'nb_x'\n'nb_y'")
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy_key(tidy_key(text)) == tidy_key(text)


@given(
    st.lists(
        st.one_of(st.just(KEY), st.sampled_from(["n", "nb", "nb_", "nb_live_0", KEY[:-1]]), st.text("nb_x "))
    ),
    st.lists(st.integers(1, 7), min_size=1),
)
def test_d11_a_key_is_hidden_however_an_answer_is_cut(texts: list[str], sizes: list[int]) -> None:
    text = "".join(texts)
    pieces: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    veil = Veil(KEY)
    assert "".join([*map(veil.feed, pieces), veil.end()]) == text.replace(KEY, MASK)


def test_what_was_held_back_for_nothing_comes_with_the_next_piece() -> None:
    veil = Veil(KEY)
    assert veil.feed("a nb_live_0") == "a "
    assert veil.feed(" b") == "nb_live_0 b"
    assert veil.feed("nb_") == ""
    assert veil.end() == "nb_"


def test_without_a_key_there_is_nothing_to_hide() -> None:
    assert Veil("").feed("nb_live") == "nb_live"


def test_texts_are_masked_with_or_without_the_key_in_hand() -> None:
    assert hide_key(f"no {KEY}!") == hide_key(f"no {KEY}!", KEY) == f"no {MASK}!"
    assert hide_key("other-secret-key", "other-secret-key") == MASK
