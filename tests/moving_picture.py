"""The moving picture of the README: a tour of the running app on the demo account, as an SVG that plays.

`python -m tests.scenes tour` draws it, as `make screenshots` does; a test compares. The demo's seconds pass only while the
director lets them, so the picture is the same every time.
"""

from __future__ import annotations

import asyncio
import heapq
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import patch

from textual._context import visible_screen_stack
from textual.widgets import Input, TextArea

from elumenta_tui.config.settings import Settings
from elumenta_tui.demo import DemoTransport
from elumenta_tui.session import generation
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.screens.comparison import ComparisonScreen
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from elumenta_tui.tui.widgets.transcript import Transcript
from tests.chatting import Chat, chat_app, chatting
from tests.moving_svg import Film, Shot, moving_svg
from tests.newcomer import no_newcomer
from tests.scenes import NOW

NAME = "tour"

SIZE = (100, 28)

TURNS = 8
"""How often the loop goes round after the demo waits again, so that the app has seen what was sent before."""

AT_END = 50
"""How often it goes round if the demo does not."""

LOOKS = 500
"""How often the screen may change before it has to be at rest."""


class DirectedTime:
    """Seconds that pass only in `advance`, and waits that end in the order of their times."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waits: list[tuple[float, int, asyncio.Future[None]]] = []
        self._begun = 0
        """Number of waits so far."""

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        over = asyncio.get_running_loop().create_future()
        self._begun += 1
        heapq.heappush(self._waits, (self.now + seconds, self._begun, over))
        await over

    @property
    def waiting(self) -> int:
        """Number of waits that are not over."""
        return sum(not over.done() for _, _, over in self._waits)

    async def advance(self, seconds: float) -> None:
        """Let seconds pass, and end the waits that fall into them."""
        until = self.now + seconds
        while self._waits and self._waits[0][0] <= until:
            at, _, over = heapq.heappop(self._waits)
            if not over.done():
                self.now = max(self.now, at)
                over.set_result(None)
                await self._go_on()
        self.now = until

    async def _go_on(self) -> None:
        """Let the app take in what was sent, until the demo waits again, or for some turns if it is at its end."""
        begun, left = self._begun, AT_END
        while left:
            await asyncio.sleep(0)
            left -= 1
            if self._begun > begun:
                begun, left = self._begun, min(left, TURNS)


class Director:
    """Plays the app, and films what it shows."""

    def __init__(self, chat: Chat, time: DirectedTime) -> None:
        self._chat = chat
        self._time = time
        self.film = Film()

    async def show(self, seconds: float, *, is_sure: bool = False) -> None:
        """Film what is on the screen now, for that long. `is_sure`: nothing but text has come."""
        self.film.show(await self._rest(is_sure=is_sure), seconds)

    async def press(self, *keys: str) -> None:
        """Press keys. What they do is seen in the next shot."""
        await self._chat.pilot.press(*keys)

    async def type(self, text: str, seconds: float, letters: int = 2) -> None:
        """Type a text into what has the focus, so many letters between two shots."""
        field = self._chat.app.focused
        assert isinstance(field, Input | TextArea)
        for start in range(0, len(text), letters):
            typed = text[start : start + letters]
            field.insert_text_at_cursor(typed) if isinstance(field, Input) else field.insert(typed)
            await self.show(seconds)

    async def begin(self, *, requests: int = 1) -> None:
        """Press Enter, and wait until the service has so many requests more."""
        before = self._time.waiting
        await self._chat.pilot.press("enter")
        await self._chat.until(lambda: self._time.waiting == before + requests, "the requests")

    async def stream(self, seconds: float, every: float, *, speed: float = 1.0) -> None:
        """Let seconds of the demo pass, and film the screen as often as it says, in the demo's seconds."""
        for _ in range(round(seconds / every)):
            before = self._running
            await self._time.advance(every)
            await self.show(every / speed, is_sure=self._running == before)

    async def finish(self, every: float, *, speed: float) -> None:
        """Film until all answers are there."""
        while self._running:
            await self.stream(every, every, speed=speed)

    @property
    def _running(self) -> int:
        """Number of answers that are not over."""
        return sum(not answer.over for answer in self._chat.app.session.conversation.turns[-1].answers)

    async def _rest(self, *, is_sure: bool) -> Shot:
        """Wait until all that has come is painted, spinners and seconds included. Return what is seen.

        Without `is_sure`, look a second time whether something moves: a change of styles takes another turn of the app.
        """
        app = self._chat.app
        seen: Shot = []
        for _ in range(LOOKS):
            screen = app.screen
            transcripts = list(screen.query(Transcript))
            # The tickers may be at any point of their turn.
            for transcript in transcripts:
                transcript._pacer._began = 0.0
                transcript._tick()
            if isinstance(screen, ComparisonScreen):
                screen._tick()
            await self._chat.pilot.pause()
            if (
                any(transcript._pacer._timer is not None for transcript in transcripts)
                or screen._dirty_widgets
                or screen._layout_required
            ):
                continue
            before, seen = seen, _shot(self._chat)
            if is_sure or seen == before:
                return seen
        raise AssertionError(f"never at rest:\n{self._chat.screen}")


def _shot(chat: Chat) -> Shot:
    # Else it depends on who has painted last whether the screens behind a dialog are seen.
    visible_screen_stack.set(chat.app._background_screens)
    return [list(strip) for strip in chat.strips]


async def tour(director: Director, chat: Chat, time: DirectedTime) -> None:
    """A question, an answer with code, another model, a comparison: what it costs stands there all the time."""
    await chat.until(lambda: time.waiting)
    await time.advance(1.0)
    await chat.sees("283")
    await director.show(1.2)
    await director.type("show me Python", 0.15)
    await director.show(0.6)
    await director.begin()
    await director.show(0.2)
    await director.stream(2.4, 0.3)
    await director.finish(1.6, speed=8.0)
    await director.show(1.3)

    await director.press("ctrl+l")
    # `sees` would look before the screens behind the dialog are there.
    await chat.shows(ModelPicker)
    await director.show(0.9)
    await director.type("opus", 0.25)
    await director.show(0.5)
    await director.press("enter")
    await director.show(0.7)
    await director.type("haiku", 0.15)
    await director.show(0.6)
    await director.begin()
    await director.finish(0.3, speed=1.0)
    await director.show(1.3)

    await director.type("/compare gpt-5 gemini-3-pro", 0.15, letters=6)
    await director.press("enter")
    await director.show(0.5)
    await director.type("/demo compare", 0.15, letters=3)
    await director.show(0.8)
    await director.begin(requests=2)
    await director.show(0.2)
    await director.stream(2.4, 0.4)
    await director.finish(1.6, speed=8.0)
    await director.show(3.0)


@asynccontextmanager
async def _app(time: DirectedTime) -> AsyncIterator[Chat]:
    with tempfile.TemporaryDirectory() as home:
        no_newcomer(Path(home))
        transport = DemoTransport(sleep=time.sleep, clock=lambda: NOW)
        app = chat_app(
            demo_account(lambda: transport),
            Path(home),
            settings=Settings(theme="elumenta-night"),
            clock=time.clock,
            calendar=lambda: NOW,
            sleep=time.sleep,
        )
        # Answers are reported by the clock on the wall otherwise.
        with patch.object(generation, "REPORT_EVERY", 0.0):
            async with chatting(app, SIZE) as chat:
                yield chat


async def film() -> Film:
    """Play the tour."""
    time = DirectedTime()
    async with _app(time) as chat:
        director = Director(chat, time)
        await tour(director, chat, time)
        return director.film


async def draw_tour() -> str:
    """The SVG of the tour."""
    return moving_svg(await film(), SIZE, title="elumenta-tui")
