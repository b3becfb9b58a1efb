"""Nothing that a stranger writes can steer the terminal, hide what is read, or be refused by an encoder."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.gate import clean, clean_json, clean_line

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

SPECIAL = st.sampled_from(
    [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), *BIDI, "\ud800", "\udfff", "\u2028"]
)
ANY = st.characters(categories=[*"LMNPSZ", "Cc", "Cf", "Co", "Cn", "Cs"])
HOSTILE = st.text(st.one_of(SPECIAL, SPECIAL, ANY, st.sampled_from("[]0;mJ52c")), max_size=30)


def assert_safe(text: str) -> None:
    for character in text:
        if character not in "\n\t":
            assert unicodedata.category(character) not in ("Cc", "Cs"), ascii(text)
        assert unicodedata.bidirectional(character) not in (
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
        ), ascii(text)  # fmt: skip
        assert character not in BIDI
    text.encode()


@given(HOSTILE)
def test_clean_text_holds_no_control_no_surrogate_and_no_hidden_direction(text: str) -> None:
    assert_safe(clean(text))


def test_no_single_character_gets_through() -> None:
    for code in range(0x110000):
        character = chr(code)
        if unicodedata.category(character) in ("Cc", "Cs", "Cf"):
            assert_safe(clean(character))
        else:
            assert clean(character) == character


@given(HOSTILE)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(HOSTILE, st.data())
def test_pieces_of_a_stream_may_be_cleaned_one_by_one_wherever_they_are_cut(
    text: str, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    joined = "".join(map(clean, pieces))
    assert_safe(joined)
    assert clean(joined) == joined
    # Only a line end that is cut in its middle looks different: it becomes two.
    assert joined.replace("\n", "") == clean(text).replace("\n", "")


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[2J\x1b[31mred", "[2J[31mred"),
        ("\x1b]52;c;RVZJTA==\x07", "]52;c;RVZJTA=="),
        ("\x9b31m\x9d0;title\x9c", "31m0;title"),
        ("a\x08\x7fb\x00c", "abc"),
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("tab\tand\x0bnot\x0c", "tab\tandnot"),
        ("\ud83d\ude00", "\ufffd\ufffd"),
        ("abc\u202egpj.exe", "abc⟦RLO⟧gpj.exe"),
        ("\u2066x\u2069\u200e\u061c", "⟦LRI⟧x⟦PDI⟧⟦LRM⟧⟦ALM⟧"),
        ("", ""),
    ],
)
def test_what_is_dangerous_is_dropped_or_shown(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


@pytest.mark.parametrize("mark", BIDI, ids=unicodedata.name)
def test_every_direction_mark_is_shown_by_the_initials_of_its_name(mark: str) -> None:
    words = unicodedata.name(mark).replace("-TO-", " ").split()
    assert clean(f"a{mark}b") == f"a⟦{''.join(word[0] for word in words)}⟧b"


@pytest.mark.parametrize(
    "text",
    [
        "The quick brown fox — “jumps” over 42 € of it…",
        "Съешь ещё этих мягких французских булок, да выпей чаю. Ґанок, ўсё",
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
        "דג סקרן שט בים מאוכזב",
        "نص حكيم له سر قاطع وذو شأن عظيم",
        "ऋषियों को सताने वाले दुष्ट — क्‍ष क्‌ष",
        "いろはにほへと ちりぬるを カタカナ 漢字",
        "敏捷的棕色狐狸跳过了懒狗，「對」！",
        "키스의 고유조건은 입술끼리 만나야 하고",
        "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า",
        "ꯃꯅꯤꯄꯨꯔꯤ ქართული Հայերեն አማርኛ",
        "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🇷🇺 ❤️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "e\u0301 Z\u0351\u036b\u0343a\u0316lgo n\u0303",
        "x² ≠ ∑ ∫ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \N{NO-BREAK SPACE} \u200b soft\u00adhyphen \ufeff",
        "line one\n\tline two\n\n",
    ],
)
def test_honest_text_of_any_script_is_not_harmed(text: str) -> None:
    assert clean(text) == text
    assert clean_json([text]) == [text]


@given(HOSTILE, st.integers(1, 40))
def test_a_clean_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = clean_line(text, limit)
    assert_safe(line)
    assert len(line) <= limit
    assert line.splitlines() in ([], [line])
    assert "\t" not in line
    assert line == line.strip()
    whole = " ".join(clean(text).split())
    assert line == whole or (len(whole) > limit and line.endswith("…") and whole.startswith(line[:-1]))


def test_a_long_line_shows_that_it_was_cut() -> None:
    assert clean_line("x" * 200) == "x" * 200
    assert clean_line("x" * 201) == "x" * 199 + "…"
    assert clean_line("  two\n\r\n words\t") == "two words"


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_every_string_of_a_json_value_is_cleaned_also_the_keys(value: Any) -> None:
    def expected(item: Any) -> Any:
        if isinstance(item, dict):
            return {clean(key): expected(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [expected(inner) for inner in item]
        return clean(item) if isinstance(item, str) else item

    cleaned = clean_json(value)
    assert cleaned == expected(value)
    assert_safe(json.dumps(cleaned, ensure_ascii=False))


def test_numbers_and_words_of_json_stay_what_they_are() -> None:
    value: dict[str, Any] = {"n": 1, "f": 1.5, "t": True, "z": None, "l": [], "d": {}}
    assert clean_json(value) == value
    assert clean_json(value)["t"] is True
