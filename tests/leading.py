"""A session under a test's control: no terminal, the loopback service, and all news kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from elumenta_tui.chat.turn import Answer
from elumenta_tui.session import AsyncioTasks, Refusal, Session, real_account
from elumenta_tui.session.events import SessionEvent
from tests.service import KEY, Service, delta, ended, sse, started

PATIENCE = 60.0
"""Seconds after which a wait has failed."""

Kind = TypeVar("Kind")


async def no_pause(seconds: float) -> None:
    """For `sleep`: the pauses before a retry, without the waiting."""
    await asyncio.sleep(0)


class Chat:
    """A session and what it has told."""

    def __init__(self, service: Service, home: Path, **options: Any) -> None:
        self.news: list[SessionEvent] = []
        self._told = asyncio.Event()
        self._tasks = AsyncioTasks()
        loop = asyncio.get_running_loop()
        self.draft = ""
        self.session = Session(
            options.pop("account", None) or real_account(KEY, service.url, idle_timeout=60.0),
            tasks=self._tasks,
            notify=self._note,
            data=home / "data",
            read_draft=lambda: self.draft,
            on_store_event=lambda news: loop.call_soon_threadsafe(self.session.apply_store_event, news),
            **{"model": "gpt-5", "sleep": no_pause, **options},
        )
        self.session.reaction = 0.0

    def _note(self, news: SessionEvent) -> None:
        self.news.append(news)
        self._told.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for news after which the condition holds."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                if self._tasks.failure.done():
                    self._tasks.failure.result()
                self._told.clear()
                await self._told.wait()

    def all(self, kind: type[Kind]) -> list[Kind]:
        """What has been told of that kind, oldest first."""
        return [news for news in self.news if isinstance(news, kind)]

    async def first(self, kind: type[Kind]) -> Kind:
        """The first piece of news of that kind, once it is there."""
        await self.until(lambda: self.all(kind))
        return self.all(kind)[0]

    def send(self, prompt: str) -> Answer:
        """Send a prompt, which has to be taken."""
        answer = self.session.send(prompt)
        assert not isinstance(answer, Refusal), answer
        return answer

    async def ask(self, prompt: str) -> Answer:
        """Send a prompt and wait for the end of its turn."""
        return await self.end_of(self.send(prompt))

    async def end_of(self, answer: Answer | Refusal | None) -> Answer:
        """Wait for the end of an answer, which has to have been asked for."""
        assert isinstance(answer, Answer), answer
        await self.until(lambda: answer.over)
        return answer

    async def close(self) -> None:
        self.session.stop_all()
        await self._tasks.close()
        await self.session.close()


@asynccontextmanager
async def leading(service: Service, home: Path, **options: Any) -> AsyncIterator[Chat]:
    """Lead a chat with the service; its store is open."""
    chat = Chat(service, home, **options)
    chat.session.open_library()
    try:
        yield chat
    finally:
        await chat.close()


@asynccontextmanager
async def resumed(service: Service, home: Path) -> AsyncIterator[Chat]:
    """Lead the chat that was used last, as the next start of the program or another one beside it shows it."""
    async with leading(service, home, looks_back=False, resume=True) as chat:
        await chat.session.begun()
        yield chat


async def said(chat: Chat, service: Service, prompt: str, text: str) -> Answer:
    """Ask and get that answer."""
    service.queue(sse(started(), delta(text), ended(2, 298)))
    return await chat.ask(prompt)
