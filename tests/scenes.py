"""The pictures of the README: the running app on the demo account, in scenes.

`python -m tests.scenes` writes them into `screenshots/`; a test compares them. Time is the demo's own: it passes only while
the demo waits, so a scene is the same every time.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from heapq import heapify, heappush
from itertools import count
from pathlib import Path
from time import tzset

from elumenta_tui import i18n
from elumenta_tui.config.settings import Settings
from elumenta_tui.demo import DemoTransport
from elumenta_tui.demo.prompts import language_of
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.themes import Colours
from tests.chatting import Chat, chat_app, chatting
from tests.earlier import fill
from tests.newcomer import no_newcomer

DIRECTORY = Path(__file__).parent.parent / "screenshots"

NOW = 1_790_000_000.0
"""Unix seconds at which every scene plays, in UTC."""

TURNS = 50
"""How often the loop goes round before time passes, so that the app has seen what was sent before."""


class DemoTime:
    """Seconds that pass only while everything waits; after `stop_after` seconds all wait for ever.

    Whoever waits shortest goes on first, however busy the machine is: several answers at once come as they would
    come in real seconds.
    """

    def __init__(self, stop_after: float = float("inf")) -> None:
        self.now = 0.0
        self.stop_after = stop_after
        self.held = asyncio.Event()
        self._waiting: list[tuple[float, int]] = []
        """When each wait ends, and the number of the wait; a heap."""
        self._numbers = count()
        self._quiet = 0
        """Turns of the loop since a wait began or ended."""

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        wait = (self.now + seconds, next(self._numbers))
        heappush(self._waiting, wait)
        self._quiet = 0
        try:
            while self._waiting[0] != wait or self._quiet < TURNS:
                if self.held.is_set():
                    await asyncio.Event().wait()
                await asyncio.sleep(0)
                self._quiet += self._waiting[0] == wait
            if wait[0] > self.stop_after:
                self.now = self.stop_after
                self.held.set()
                await asyncio.Event().wait()
            self.now = max(self.now, wait[0])
        finally:
            self._waiting.remove(wait)
            heapify(self._waiting)
            self._quiet = 0


Act = Callable[[Chat, DemoTime], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """What is played, how large the terminal is, and in which language and colours."""

    act: Act
    size: tuple[int, int] = (120, 40)
    language: i18n.Language = "en"
    theme: str = "elumenta-night"
    stop_after: float = float("inf")
    demo: bool = True
    earlier: bool = False
    """There are conversations from before."""


async def start(chat: Chat, time: DemoTime) -> None:
    await chat.sees("283")


async def streaming(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.send("show me code")
    await chat.until(time.held.is_set)


async def answered(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.ask("2+2")
    await chat.ask("models")


async def markdown(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.ask("markdown showcase")
    await chat.pilot.press("ctrl+home")


async def picker(chat: Chat, time: DemoTime) -> None:
    await answered(chat, time)
    await chat.pilot.press("ctrl+l")
    await chat.sees("Claude Opus 4.5")
    await chat.pilot.press("down", "down")


async def error(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.ask("haiku")
    await chat.ask("/demo cut")
    await chat.ask("/demo limit")


async def versions(chat: Chat, time: DemoTime) -> None:
    """Another version of a prompt and of its answer, and the cursor on the answer."""
    await start(chat, time)
    await chat.ask("haiku")
    await chat.ask("models")
    await chat.pilot.press(*["alt+up"] * 2, "e")
    await chat.sees("1" if chat.app.size.width < 60 else "2")
    await chat.pilot.press("ctrl+u", *"2+2")
    await chat.pilot.press("enter")
    await chat.sees("‹2/2›", "✓")
    await chat.pilot.press("alt+up", "r")
    await chat.type("shorter")
    await chat.pilot.press("enter")
    await chat.sees("✓ GPT-5 ‹2/2›")
    await chat.pilot.press("alt+up")


async def edited(chat: Chat, time: DemoTime) -> None:
    """A prompt in the prompt box, to be edited."""
    await start(chat, time)
    await chat.ask("haiku")
    await chat.pilot.press(*["alt+up"] * 2, "e")
    await chat.until(lambda: chat.app.prompt.text == "haiku")
    await chat.type(", please")


async def regenerated(chat: Chat, time: DemoTime) -> None:
    """The dialog that asks for another version of an answer."""
    await start(chat, time)
    await chat.ask("haiku")
    await chat.pilot.press("alt+up", "r")
    await chat.type("shorter")


async def narrow(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.ask("haiku")


async def aside(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.ask("haiku")
    await chat.send_command("/btw 2+2")
    await chat.until(lambda: (answer := chat.app.session.side_question.answer) and answer.over)


async def compared(chat: Chat, time: DemoTime) -> None:
    """Answers to one prompt side by side or as tabs: complete ones, and one that failed."""
    await start(chat, time)
    await chat.send_command("/compare gpt-5 claude-haiku-4.5 gemini-3-pro")
    await chat.send("/demo compare")
    await chat.until(lambda: all(answer.over for answer in chat.app.session.conversation.turns[-1].answers))


async def settings(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.send_command("/settings")
    await chat.sees("base_url")
    await chat.pilot.press(*["down"] * 4)


async def russian(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.ask("привет")
    await chat.pilot.press("pageup")


async def help_page(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.pilot.press("f1")
    await chat.sees("Esc closes")


async def welcome(chat: Chat, time: DemoTime) -> None:
    await chat.sees("API key")


async def conversations(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.pilot.press("ctrl+s", "down", "down")


async def search(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.pilot.press("ctrl+s")
    await chat.type("ёлк" if i18n.language() == "ru" else "postgres")


async def prompts(chat: Chat, time: DemoTime) -> None:
    await start(chat, time)
    await chat.pilot.press("ctrl+r", "down")


SCENES: dict[str, Scene] = {
    "start": Scene(start),
    "streaming": Scene(streaming, stop_after=6.0),
    "markdown": Scene(markdown),
    "wide": Scene(markdown, size=(200, 60)),
    "failures": Scene(error, size=(80, 24), language="ru", theme="elumenta-day"),
    "picker": Scene(picker),
    "error": Scene(error),
    "narrow": Scene(narrow, size=(40, 15)),
    "narrow-start": Scene(start, size=(40, 15)),
    "narrow-picker": Scene(picker, size=(40, 15)),
    "narrow-error": Scene(error, size=(40, 15)),
    "narrow-help": Scene(help_page, size=(40, 15)),
    "narrow-welcome": Scene(welcome, size=(40, 15), demo=False),
    "aside": Scene(aside, size=(80, 24)),
    "narrow-aside": Scene(aside, size=(40, 15), language="ru", theme="elumenta-day"),
    "compared": Scene(compared),
    "narrow-compared": Scene(compared, size=(40, 15)),
    "russian-compared": Scene(compared, language="ru", size=(80, 24), theme="elumenta-day"),
    "versions": Scene(versions),
    "narrow-versions": Scene(versions, size=(40, 15)),
    "russian-versions": Scene(versions, language="ru", size=(80, 24)),
    "edited": Scene(edited, language="ru", size=(80, 24)),
    "regenerated": Scene(regenerated, size=(80, 24)),
    "narrow-regenerated": Scene(regenerated, size=(40, 15)),
    "russian": Scene(russian, language="ru", size=(100, 32)),
    "day": Scene(answered, theme="elumenta-day", size=(80, 24)),
    "help": Scene(help_page),
    "conversations": Scene(conversations, earlier=True),
    "search": Scene(search, size=(80, 24), earlier=True),
    "narrow-conversations": Scene(conversations, size=(40, 15), earlier=True),
    "russian-search": Scene(search, language="ru", size=(120, 40), earlier=True),
    "prompts": Scene(prompts, size=(80, 24), earlier=True),
    "settings": Scene(settings),
    "narrow-settings": Scene(settings, size=(40, 15)),
    "russian-settings": Scene(settings, language="ru", size=(80, 24), theme="elumenta-day"),
    "welcome": Scene(welcome, size=(80, 24), demo=False),
}


@asynccontextmanager
async def play(
    scene: Scene, *, theme: str | None = None, colours: Colours = "truecolor"
) -> AsyncIterator[Chat]:
    """The app at the end of a scene, in the scene's theme or another."""
    time = DemoTime(scene.stop_after)
    i18n.use(scene.language)
    try:
        with tempfile.TemporaryDirectory() as home:
            if scene.act not in (start, welcome):
                # Remembering the first start is a thread's work, which would come between the turns of the loop.
                no_newcomer(Path(home))
            if scene.earlier:
                fill(Path(home) / "data", NOW, scene.language)
            transport = DemoTransport(
                sleep=time.sleep, clock=lambda: NOW, language=lambda: language_of(scene.language)
            )
            account = demo_account(lambda: transport) if scene.demo else None
            app = chat_app(
                account,
                Path(home),
                settings=Settings(theme=theme or scene.theme),
                clock=time.clock,
                calendar=lambda: NOW,
                sleep=time.sleep,
                colours=colours,
            )
            async with chatting(app, scene.size) as chat:
                await scene.act(chat, time)
                await chat.settle()
                yield chat
    finally:
        i18n.use("en")


async def draw(scene: Scene) -> str:
    """The SVG of a scene."""
    async with play(scene) as chat:
        return steady(chat.app.export_screenshot(title="elumenta-tui"))


_TEXT = re.compile(r'x="([\d.]+)"( y="[\d.]+") textLength="([\d.]+)"([^>]*)>([^<]*)<')
_BLANK = "&#160;"


def steady(svg: str) -> str:
    """The same picture for every renderer and every run.

    The class names carry a random number: a hash of the content takes its place. Blanks at the ends of a piece of text are
    dropped, as not every renderer keeps them.
    """
    bare = _TEXT.sub(_without_blanks, re.sub(r"terminal-\d+", "terminal-0", svg))
    digest = hashlib.sha256(bare.encode()).hexdigest()[:8]
    return re.sub("terminal-0", f"terminal-{digest}", bare)


def _without_blanks(match: re.Match[str]) -> str:
    x, y, length, rest, text = float(match[1]), match[2], float(match[3]), match[4], match[5]
    cells = round(length / CELL)
    before = after = 0
    while text.startswith(_BLANK):
        text, before = text.removeprefix(_BLANK), before + 1
    while text.endswith(_BLANK):
        text, after = text.removesuffix(_BLANK), after + 1
    length = (cells - before - after) * CELL
    return f'x="{x + before * CELL:.1f}"{y} textLength="{length:.1f}"{rest}>{text}<'


CELL = 12.2
"""Width of a cell in the SVG, in its own units."""


def main(names: list[str]) -> None:
    """Write the pictures, all or those named."""
    os.environ["TZ"] = "UTC"
    tzset()
    os.environ.pop("NO_COLOR", None)
    DIRECTORY.mkdir(exist_ok=True)
    from tests import moving_picture

    for name in names or [*SCENES, moving_picture.NAME]:
        svg = moving_picture.draw_tour() if name == moving_picture.NAME else draw(SCENES[name])
        (DIRECTORY / f"{name}.svg").write_text(asyncio.run(svg), encoding="utf-8")
        sys.stdout.write(f"screenshots/{name}.svg\n")


if __name__ == "__main__":
    main(sys.argv[1:])
