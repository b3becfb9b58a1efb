"""What is typed in the search of conversations: filters in both languages and layouts, and their completions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from elumenta_tui import i18n
from elumenta_tui.i18n import in_every_language, spoken
from elumenta_tui.session import search_terms
from elumenta_tui.session.search_terms import NAMES, SearchTerms
from elumenta_tui.store.filters import Filters
from elumenta_tui.tui.search_completion import Completion, completed
from tests.thorough import thorough

NOW = datetime(2026, 11, 29, 15, 30).timestamp()


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    yield
    i18n.use("en")


def parse(typed: str) -> SearchTerms:
    return search_terms.parse(typed, NOW, in_every_language)


def midnight(year: int, month: int = 1, day: int = 1) -> float:
    return datetime(year, month, day).timestamp()


@thorough
@pytest.mark.parametrize(
    ("typed", "words", "filters"),
    [
        ("", "", {}),
        ("two words", "two words", {}),
        ("model:gpt-5", "", {"models": ("gpt-5",)}),
        ("a model:GPT-5 b", "a b", {"models": ("gpt-5",)}),
        ('model:"gpt 5" b', "b", {"models": ("gpt 5",)}),
        ("модель:opus", "", {"models": ("opus",)}),
        ("ьщвуд:щзгы", "", {"models": ("щзгы", "opus")}),
        ("ьщвудЖщзгы", "", {"models": ("щзгы", "opus")}),
        ("model:", "", {}),
        ("after:2026", "", {"after": midnight(2026)}),
        ("after:2026-11", "", {"after": midnight(2026, 11)}),
        ("before:2026-11-05", "", {"before": midnight(2026, 11, 5)}),
        ("before:05.11.2026", "", {"before": midnight(2026, 11, 5)}),
        ("after:today", "", {"after": midnight(2026, 11, 29)}),
        ("после:вчера", "", {"after": midnight(2026, 11, 28)}),
        ("до:сегодня", "", {"before": midnight(2026, 11, 29)}),
        ("after:неделя", "", {"after": midnight(2026, 11, 22)}),
        ("after:month before:week", "", {"after": midnight(2026, 10, 30), "before": midnight(2026, 11, 22)}),
        ("after:2026 after:2026-11", "", {"after": midnight(2026, 11)}),
        ("cost:>5", "", {"costs": ((">", 5.0),)}),
        ("cost:5", "", {"costs": (("=", 5.0),)}),
        ("цена:<=2,5 cost:>=1", "", {"costs": (("<=", 2.5), (">=", 1.0))}),
        ("state:failed state:unread", "", {"states": ("failed", "unread")}),
        ("состояние:завершен", "", {"states": ("complete",)}),
        ("is:pinned is:archived", "", {"pinned": True, "archived": True}),
        ("это:архив", "", {"archived": True}),
        ("#work №Дом hello", "hello", {"tags": ("work", "дом")}),
        ("#", "#", {}),
        ("https://example.com", "https://example.com", {}),
        ("12:30", "12:30", {}),
        ("error: it", "error: it", {}),
        ("std::vector", "std::vector", {}),
        ("ПОЖАР", "ПОЖАР", {}),
    ],
)
def test_a_search_text_is_words_and_filters(typed: str, words: str, filters: dict[str, Any]) -> None:
    terms = parse(typed)
    assert (terms.words, terms.filters, terms.complaint) == (words, Filters(**filters), None)


@pytest.mark.parametrize(
    ("typed", "words", "complaint"),
    [
        ("colour:red a", "colour:red a", "There is no filter “colour:”"),
        ("after:soon a", "a", "“soon” is no date. Dates: 2026, 2026-11"),
        ("before:2026-13", "", "“2026-13” is no date"),
        ("after:99999", "", "“99999” is no date"),
        ("cost:much", "", "“much” is no price"),
        ("cost:>", "", "“>” is no price"),
        ("state:odd", "", "“odd” is no state"),
        ("is:odd", "", "“odd” is unknown here"),
    ],
)
def test_what_is_no_filter_is_said_and_left_out(typed: str, words: str, complaint: str) -> None:
    terms = parse(typed)
    assert (terms.words, terms.filters) == (words, Filters())
    assert terms.is_misread is not words.startswith("colour")
    assert terms.complaint is not None
    assert spoken(terms.complaint).startswith(complaint)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_who_mistypes_a_filter_is_told_all_of_them(language: str) -> None:
    i18n.use(language)
    complaint = parse("colour:red").complaint
    assert complaint is not None
    assert all(f"{i18n.say(f'search.name.{name}')}:" in spoken(complaint) for name in NAMES)


async def _models() -> list[str]:
    return ["gpt-5", "gpt-5-nano", "claude-opus-4.5"]


async def _tags() -> list[str]:
    return ["work", "workshop", "дом"]


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("", []),
        ("words ", []),
        ("x", []),
        ("mo", ["model:"]),
        ("words mo", ["model:"]),
        ("ьщ", ["model:"]),
        ("мод", ["модель:"]),
        ("model:", ["model:gpt-5", "model:gpt-5-nano", "model:claude-opus-4.5"]),
        ("model:opus", ["model:claude-opus-4.5"]),
        ("ьщвуд:щзгы", ["model:claude-opus-4.5"]),
        ("model:gpt-5", ["model:gpt-5-nano"]),
        ("model:gpt-5-nano", []),
        ("#", ["#work", "#workshop", "#дом"]),
        ("#work", ["#workshop"]),
        ("№д", ["#дом"]),
        ("state:in", ["state:interrupted"]),
        ("is:", ["is:pinned", "is:archived"]),
        ("это:зак", ["это:закреплён"]),
        ("after:y", ["after:yesterday"]),
        ("cost:", ["cost:>", "cost:<"]),
        ("cost:>5", []),
        ("colour:", []),
    ],
)
async def test_the_last_term_is_completed(typed: str, offers: list[str]) -> None:
    if any("а" <= letter <= "ё" for letter in typed.partition(":")[0]) and "ьщ" not in typed:
        i18n.use("ru")
    found = await Completion(_models, _tags).of(typed)
    assert found == offers


def test_a_completion_takes_the_place_of_the_last_term_only() -> None:
    assert completed("words mo", "model:") == "words model:"
    assert completed("words model:o", "model:claude-opus-4.5") == "words model:claude-opus-4.5 "
    assert completed("cost:", "cost:>") == "cost:>"
    assert completed("#w", "#work") == "#work "
