"""Every test runs in a home of its own, in English, on a terminal with colours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest
import rich.markup
import rich.text
import textual.markup
from hypothesis import settings
from textual.app import App
from textual.content import Content

from elumenta_tui import i18n
from tests import thorough
from tests.resting import (
    forget_the_machine,
    look_through_less,
    make_databases_once,
    paint_always,
    paint_when_looked_at,
    parse_styles_once,
    rest_as_textual_does,
    rest_sooner,
    write_into_memory,
)

parse_styles_once()
write_into_memory()
forget_the_machine()

LONGEST = (
    "test_keys_are_answered_and_memory_has_an_end_in_every_flood",
    "test_keys_are_answered_and_esc_stops_while_a_hostile_answer_comes",
    "test_thousands_of_conversations_are_drawn_a_screen_at_a_time",
)
"""Tests of several seconds each. One of them at the end would keep one core busy while the other has nothing left to do."""


def pytest_configure(config: pytest.Config) -> None:
    thorough.wanted = "not thorough" not in config.option.markexpr
    # A busy machine is slow now and then; that is no failure.
    settings.register_profile("patient", deadline=None, max_examples=thorough.examples(100))
    settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    thorough.mark_cases(items)
    items.sort(key=lambda item: item.name not in LONGEST)


def pytest_collection_finish() -> None:
    look_through_less()


@pytest.fixture
def painted(prepared: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of the drawing itself: every frame is drawn."""
    paint_always(monkeypatch)


@pytest.fixture
def slowly_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """For scenes whose seconds go by with every step: they are drawn at Textual's own pace, as `make screenshots` does."""
    rest_as_textual_does(monkeypatch)


@pytest.fixture
def slow_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    """For double clicks: a busy machine is slower than a hand, and its clicks belong together all the same."""
    monkeypatch.setattr(App, "CLICK_CHAIN_TIME_THRESHOLD", 60.0)


_numbers = count()


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of the test's own. pytest's costs more with every test: it looks through all earlier ones.

    Its name is short, as screens of 80 columns show it.
    """
    path = tmp_path_factory.getbasetemp() / str(next(_numbers))
    path.mkdir(mode=0o700)
    return path


@pytest.fixture(autouse=True)
def prepared(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """What holds for every test. It is one fixture, because each costs as much as a small test."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ELUMENTA_HOME", str(tmp_path / "elumenta"))
    _refuse_markup(monkeypatch)
    rest_sooner(monkeypatch)
    if not thorough.wanted and request.path.parent.name == "tui":
        paint_when_looked_at(monkeypatch)
    # The storage itself is tested as it is.
    if "store" not in request.path.parent.name:
        make_databases_once(monkeypatch)
    i18n.use("en")
    yield
    i18n.use("en")


def _refuse_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test starts, nothing it shows may be read as markup: any text may hold a stranger's words.

    So a new widget is covered by the first test that mounts it.
    """
    monkeypatch.setattr(
        Content, "from_markup", lambda text, **_: text if isinstance(text, Content) else _refuse(text)
    )
    monkeypatch.setattr(textual.markup, "to_content", _refuse)
    monkeypatch.setattr(rich.markup, "render", _refuse)
    monkeypatch.setattr(rich.text.Text, "from_markup", _refuse)


def _refuse(markup: object, *args: object, **kwargs: object) -> NoReturn:
    raise AssertionError(f"this would be read as markup: {markup!r}")
