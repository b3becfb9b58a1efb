"""The whole app under a test's control: started, typed into, and waited for by what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from textual import events
from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer
from elumenta_tui.config.settings import Settings, StateFile
from elumenta_tui.demo import DemoTransport
from elumenta_tui.session.backend import Account, demo_account, real_account
from elumenta_tui.session.events import ConversationShown
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.app import ElumentaApp
from tests.service import KEY, Service, delta, ended, sse, started

PATIENCE = 60.0
"""Seconds after which a wait has failed."""

Kind = TypeVar("Kind", bound=Screen[Any])


async def hurry(seconds: float) -> None:
    """For `sleep`: the pauses before a repeat, without the waiting."""
    await asyncio.sleep(0)


def chat_app(account: Account | None, home: Path, **options: Any) -> ElumentaApp:
    """The app as `__main__` builds it, with its files under `home`."""
    settings = options.pop("settings", None) or Settings()
    names_repeats = options.pop("names_repeats", False)
    app = ElumentaApp(
        account,
        settings,
        state_file=StateFile(home / "state.toml"),
        config_path=home / "config.toml",
        **{"data": home / "data", "colours": "truecolor", **options},
    )
    # A test reads and presses Enter faster than any hand.
    app.session.reaction = 0.0
    # It also asks the same several times a day.
    app.session.limits = app.session.limits.but(names_repeats=names_repeats)
    app.parts.presses.held = app.parts.presses.first_repeat = 0.0
    return app


def quick_demo() -> Account:
    """The demo account, whose answers take no time."""
    return demo_account(lambda: DemoTransport(speed=float("inf")))


def lead(app: ElumentaApp, conversation: Conversation) -> None:
    """Have another conversation on the screen."""
    app.session._lead(conversation)
    app._router.route(ConversationShown(keeps_draft=True))


class Chat:
    """A running app and the hands and eyes of its user."""

    def __init__(self, app: ElumentaApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the app work until the condition holds; AssertionError with the screen if it never does."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    # Not the pilot's pause: it has every widget of the screen answer a message, at every look.
                    await asyncio.sleep(0.005)
                    self.app.screen._on_timer_update()
        except TimeoutError:
            raise AssertionError(f"never came: {what or condition}\n{self.screen}") from None

    async def sees(self, *texts: str) -> None:
        """Wait until all of these are on the screen, ends of lines counting as blanks."""

        def are_there() -> bool:
            flat = self.flat
            return all(text in flat for text in texts)

        await self.until(are_there, f"{texts} on the screen")

    async def sees_no(self, text: str) -> None:
        await self.until(lambda: text not in self.flat, f"{text!r} gone from the screen")

    async def shows(self, kind: type[Kind]) -> Kind:
        """Wait until a screen of that kind is on top; that screen."""
        await self.until(lambda: isinstance(self.app.screen, kind), kind.__name__)
        screen = self.app.screen
        assert isinstance(screen, kind)
        return screen

    async def type(self, text: str) -> None:
        await self.pilot.press(*["space" if letter == " " else letter for letter in text])

    async def paste(self, text: str) -> None:
        """What a terminal that marks pastes sends, to whatever has the focus."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def send(self, text: str) -> Answer:
        """Type a prompt, press Enter, and wait for the answer that it begins."""
        conversation = self.app.session.conversation
        last = conversation.newest
        self.app.prompt.insert(text)
        await self.pilot.press("enter")
        await self.until(lambda: conversation.newest is not last, f"an answer to {text!r}")
        assert conversation.newest is not None
        return conversation.newest

    async def send_command(self, text: str) -> None:
        """Type a slash command and press Enter."""
        self.app.prompt.insert(text)
        await self.pilot.press("enter")
        await self.until(lambda: not self.app.prompt.text, f"{text} taken")

    async def ask(self, text: str) -> Answer:
        """Send a prompt and wait until its answer is over and painted."""
        answer = await self.send(text)
        await self.until(lambda: answer.over, f"the end of {text!r}")
        await self.pilot.pause()
        return answer

    async def settle(self) -> None:
        """Wait until nothing moves on the screen any more."""
        seen = ""
        async with asyncio.timeout(PATIENCE):
            while seen != self.screen:
                seen = self.screen
                await self.pilot.pause(0.1)

    @property
    def strips(self) -> list[Strip]:
        """What is on the screen, row by row, with its colours. It is drawn now: see `paint_when_looked_at`."""
        visible_screen_stack.set(self.app._background_screens)
        return self.app.screen._compositor.render_strips()

    @property
    def rows(self) -> list[str]:
        """What is on the screen, row by row. Nothing may be there that is not sanitized, or that runs an action."""
        rows = []
        for strip in self.strips:
            text = "".join(segment.text for segment in strip)
            assert clean(text) == text, ascii(text)
            assert not any(segment.style and segment.style.meta.get("@click") for segment in strip), text
            rows.append(text.rstrip())
        return rows

    @property
    def screen(self) -> str:
        return "\n".join(self.rows)

    @property
    def flat(self) -> str:
        return " ".join(" ".join(row.strip(" │┃▌") for row in self.rows).split())


@asynccontextmanager
async def chatting(app: ElumentaApp, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Chat]:
    """Run the app headless."""
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        chat = Chat(app, pilot)
        yield chat
        # What nobody looked at must be drawn without an error too.
        assert app._exit or chat.rows


@asynccontextmanager
async def chat_at(service: Service, home: Path, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Chat]:
    """Run the app headless with an account of that service; its balance is on the screen."""
    async with chatting(chat_app(account_at(service.url), home), size) as chat:
        await chat.sees("300 tokens")
        yield chat


async def said(chat: Chat, service: Service, prompt: str, text: str) -> Answer:
    """Ask and get that answer."""
    service.queue(sse(started(), delta(text), ended(2, 298)))
    return await chat.ask(prompt)


def account_at(url: str, key: str = KEY) -> Account:
    return real_account(key, url, idle_timeout=60.0)
