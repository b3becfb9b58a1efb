"""Every test runs in a home of its own, in English, on a terminal with colours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import tzset
from typing import NoReturn

import pytest
from hypothesis import settings
from textual.app import App
from textual.content import Content

from elumenta_tui import i18n
from tests.resting import (
    make_databases_once,
    parse_styles_once,
    rest_as_textual_does,
    rest_sooner,
    write_into_memory,
)
from tests.thorough import mark_cases

# A busy machine is slow now and then; that is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

parse_styles_once()
write_into_memory()

LONGEST = (
    "test_keys_are_answered_and_memory_has_an_end_in_every_flood",
    "test_keys_are_answered_and_esc_stops_while_a_hostile_answer_comes",
    "test_thousands_of_conversations_are_drawn_a_screen_at_a_time",
)
"""Tests of several seconds each. One of them at the end would keep one core busy while the other has nothing left to do."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_cases(items)
    items.sort(key=lambda item: item.name not in LONGEST)


@pytest.fixture(autouse=True)
def no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test starts, nothing it shows may be read as markup: any text may hold a stranger's words.

    So a new widget is covered by the first test that mounts it.
    """

    def refuse(markup: object, *args: object, **kwargs: object) -> NoReturn:
        raise AssertionError(f"this would be read as markup: {markup!r}")

    monkeypatch.setattr(
        Content, "from_markup", lambda text, **_: text if isinstance(text, Content) else refuse(text)
    )
    monkeypatch.setattr("textual.markup.to_content", refuse)
    monkeypatch.setattr("rich.markup.render", refuse)
    monkeypatch.setattr("rich.text.Text.from_markup", refuse)


@pytest.fixture(autouse=True)
def soon_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever drives an app, it waits no longer than the app works."""
    rest_sooner(monkeypatch)


@pytest.fixture(autouse=True)
def quick_storage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test is about something else than the storage, an empty database is a copy."""
    if "store" not in request.path.parent.name:
        make_databases_once(monkeypatch)


@pytest.fixture
def slowly_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """For scenes whose seconds go by with every step: they are drawn at Textual's own pace, as `make screenshots` does."""
    rest_as_textual_does(monkeypatch)


@pytest.fixture
def slow_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    """For double clicks: a busy machine is slower than a hand, and its clicks belong together all the same."""
    monkeypatch.setattr(App, "CLICK_CHAIN_TIME_THRESHOLD", 60.0)


@pytest.fixture(scope="session")
def _numbers() -> Iterator[int]:
    return count()


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory, _numbers: Iterator[int]) -> Path:
    """A directory of the test's own. pytest's costs more with every test: it looks through all earlier ones.

    Its name is short, as screens of 80 columns show it.
    """
    path = tmp_path_factory.getbasetemp() / str(next(_numbers))
    path.mkdir(mode=0o700)
    return path


@pytest.fixture(autouse=True)
def fresh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (
        "NO_COLOR",
        "ELUMENTA_API_KEY",
        "ELUMENTA_BASE_URL",
        "TMUX",
        "STY",
        "ZELLIJ",
        "TERM_PROGRAM",
        "TERMINAL_EMULATOR",
        "VSCODE_IPC_HOOK_CLI",
        "WT_SESSION",
        "GNOME_TERMINAL_SCREEN",
        "VTE_VERSION",
        "KITTY_WINDOW_ID",
        "SSH_CONNECTION",
        "SSH_TTY",
    ):
        monkeypatch.delenv(name, raising=False)
    # Nothing of the machine's own settings may reach a test: neither its proxies and certificates, nor its display's clipboard.
    for name in ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ELUMENTA_HOME", str(tmp_path / "elumenta"))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    tzset()
    i18n.use("en")
    yield
    i18n.use("en")
