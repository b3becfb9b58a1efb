"""The running app that is led from one view to the next, in one language."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, chdir
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from textual.screen import Screen
from textual.widgets import Input, TextArea

from elumenta_tui import i18n
from elumenta_tui.chat.request import Options
from elumenta_tui.chat.turn import Answer
from elumenta_tui.config.settings import Persona, Settings
from elumenta_tui.demo import DemoTransport
from elumenta_tui.demo.prompts import language_of
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.screens import comparison, filtering_finder
from elumenta_tui.tui.screens.finder import Finder
from elumenta_tui.tui.widgets import notice
from tests.chatting import Chat, Kind, chat_app, chatting
from tests.earlier import HOUR, fill
from tests.scenes import NOW, DemoTime

SIZE = (80, 24)
"""Columns and rows of the terminal in which every view is reached."""

NIGHT, DAY = "elumenta-night", "elumenta-day"


class QuickTime:
    """Seconds that pass at once, while the demo waits. Two answers that come at the same time would lengthen each other."""

    now = 0.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class GatheringTransport(DemoTransport):
    """The demo, which can have several requests begin at the same time: how soon each is stored depends on the machine."""

    _missing = 0

    def gather(self, count: int) -> None:
        """Have the next prompts wait for each other, that many of them."""
        self._missing, self._are_there = count, asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._missing and request.method == "POST":
            self._missing -= 1
            if self._missing:
                await self._are_there.wait()
            else:
                self._are_there.set()
                # They go on in the order in which they came.
                await asyncio.sleep(0)
        return await super().handle_async_request(request)


class Stage:
    """The app, and what a view needs to be reached: keys, words of the language, and waits for what they lead to."""

    def __init__(self, chat: Chat, language: i18n.Language, transport: GatheringTransport) -> None:
        self.chat = chat
        self.app = chat.app
        self.language = language
        self.transport = transport

    def write(self, name: str, text: str) -> None:
        """Put a file into the working directory."""
        Path(name).write_text(text, encoding="utf-8")

    def either(self, english: str, russian: str) -> str:
        """Return the words to type in the language of the app."""
        return russian if self.language == "ru" else english

    async def press(self, *keys: str) -> None:
        await self.chat.pilot.press(*keys)

    async def enter(self, text: str) -> None:
        """Put a text into the field that has the focus, at once: a view is no test of typing."""
        field = self.app.focused
        assert isinstance(field, Input | TextArea)
        field.insert_text_at_cursor(text) if isinstance(field, Input) else field.insert(text)
        await self.chat.pilot.pause()

    async def command(self, text: str) -> None:
        """Type a slash command and press Enter."""
        await self.chat.send_command(text)

    async def attach(self, name: str) -> None:
        """Attach a file of the working directory."""
        count = len(self.app.parts.attached)
        await self.command(f"/attach {name}")
        await self.chat.until(lambda: len(self.app.parts.attached) > count, f"{name} attached")

    async def ask(self, text: str) -> Answer:
        """Ask, and wait for the end of the answer."""
        return await self.chat.ask(text)

    async def ask_in_new(self, text: str) -> Answer:
        """Ask in a new conversation."""
        await self.begin()
        return await self.chat.ask(text)

    async def begin(self) -> None:
        """Begin a new conversation."""
        await self.command("/new")
        await self.chat.until(lambda: not self.app.session.conversation.turns, "a new conversation")

    async def shows(self, kind: type[Kind]) -> Kind:
        """Wait until a screen of that kind is on top, and what it reads is there."""
        return await self.chat.shows(kind)

    async def lists(self, kind: type[Finder[Any]]) -> None:
        """Wait until a list of that kind is on top, and something is in it."""
        screen = await self.chat.shows(kind)
        await self.chat.until(lambda: screen.rows.items, f"rows of {kind}")

    async def sees(self, *texts: str) -> None:
        await self.chat.sees(*texts)

    async def use_theme(self, name: str) -> None:
        """Show everything in a theme, and wait until it is painted."""
        theme = self.app.appearance.themes.find(name)
        assert theme is not None
        self.app.register_theme(theme)
        self.app.show_theme(theme)
        await self.chat.pilot.pause()

    async def _leave(self, screen: Screen[Any]) -> None:
        await self.press("escape")
        await self.chat.until(lambda: self.app.screen is not screen, f"{screen} left")

    async def leave(self) -> None:
        """Go back to the chat, with an empty prompt and without a notice."""
        app, parts = self.app, self.app.parts
        while len(app.screen_stack) > 1:
            await self._leave(app.screen)
        for generation in app.session.running:
            app.session.stop_answer(generation.answer)
        await self.chat.until(lambda: not app.session.running, "no answer coming")
        if parts.finding.is_open:
            await self.press("escape")
        parts.comparing.leave_mode()
        app.session.set_persona("", "", Options())
        if parts.is_revising:
            await self.press("escape")
        parts.transcript.cursor.clear()
        if parts.attached:
            parts.attaching.detach()
        if parts.quotes.items:
            parts.quoting.unquote("")
        app.prompt.text = ""
        app.notice.forget()
        await self.chat.pilot.pause()


@asynccontextmanager
async def stage(language: i18n.Language, home: Path, group: str, theme: str = NIGHT) -> AsyncIterator[Stage]:
    """Run the app for a group of views in an empty directory: on the demo account, with conversations from before."""
    time = DemoTime() if group == "comparing" else QuickTime()

    def calendar() -> float:
        return NOW + time.clock()

    settings = Settings(theme=theme, personas=_personas(language))
    if group not in ("newcomer", "no-key"):
        fill(home / "data", NOW, language)
    transport = GatheringTransport(sleep=time.sleep, clock=calendar, language=lambda: language_of(language))
    app = chat_app(
        None if group == "no-key" else demo_account(lambda: transport),
        home,
        settings=settings,
        clock=time.clock,
        calendar=calendar,
        sleep=time.sleep,
    )
    (home / "work").mkdir()
    with pytest.MonkeyPatch.context() as patch, chdir(home / "work"):
        patch.setenv("HOME", str(home))
        # The service's clock is right, and a notice stays until a view is left.
        patch.setattr("elumenta_tui.api.limits.time", SimpleNamespace(time=calendar))
        # The letters of a blind comparison are dealt by a random id.
        patch.setattr(comparison, "Random", lambda id: Random(1))
        patch.setattr(notice, "PASSING", HOUR)
        patch.setattr(filtering_finder, "PASSING", HOUR)
        patch.setattr(notice, "LASTING", HOUR)
        i18n.use(language)
        try:
            async with chatting(app, SIZE) as chat:
                yield Stage(chat, language, transport)
        finally:
            i18n.use("en")


def _personas(language: i18n.Language) -> dict[str, Persona]:
    if language == "ru":
        return {
            "ревьюер": Persona("Делай ревью кода: сначала ошибки, потом стиль.", model="claude-sonnet-4.5"),
            "кратко": Persona("Отвечай одним абзацем.", temperature=0.2, max_tokens=300),
        }
    return {
        "reviewer": Persona("Review code: bugs first, then style.", model="claude-sonnet-4.5"),
        "brief": Persona("Answer in one paragraph.", temperature=0.2, max_tokens=300),
    }
