"""A transcript whose window changes its size at any moment, while an answer comes: it stays at the end, or where one reads."""

from __future__ import annotations

import asyncio
import re
from random import Random

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from elumenta_tui.api.events import ContentDelta
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.config.paths import shipped_themes
from elumenta_tui.tui.themes import load
from elumenta_tui.tui.widgets.transcript import Transcript
from tests.fitting import send_resize, settle_layout
from tests.fuzz import fuzz

SIZES = ((40, 15), (60, 20), (80, 24), (100, 30), (120, 40), (160, 48), (200, 60))

_PIECES = (
    "A paragraph of some words that fill a row or two, depending on how wide the window is. " * 3 + "\n\n",
    "- an item\n- another one that is longer than the first one, and goes on for a while\n\n",
    "```python\nprint('hello')\nprint('world')\n```\n\n",
    "| a | b |\n|---|---|\n| one | a cell with rather many words in it, more than fit |\n\n",
    "# A heading\n\n",
)


_THEME = load(shipped_themes() / "elumenta-night.toml")


class _Window(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.transcript = Transcript()
        self.transcript.badge = " more below "
        self.conversation = Conversation()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return _THEME.variables

    def compose(self) -> ComposeResult:
        yield self.transcript

    @property
    def rows(self) -> list[str]:
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip(" █▀▄▐") for strip in strips]


@fuzz(rounds=2)
def a_resize_keeps_the_reader_in_place(random: Random) -> None:
    asyncio.run(_try(random))


async def _try(random: Random) -> None:
    app = _Window()
    model = DOCUMENTED_MODELS[0]
    async with app.run_test(size=random.choice(SIZES)) as pilot:
        for number in range(random.randint(0, 3)):
            answer = app.conversation.ask(f"Question {number}", model, now=0.0)
            ContentDelta("".join(random.choices(_PIECES, k=random.randint(1, 20)))).apply(answer)
            answer.end()
        answer = app.conversation.ask("The last question", model, now=0.0)
        ContentDelta("".join(random.choices(_PIECES, k=random.randint(0, 20)))).apply(answer)
        app.transcript.show(app.conversation.answers)
        await _stream(app, pilot, random)
        assert app.transcript.following, "it has stopped following"
        ContentDelta("\n\nTHE END").apply(answer)
        app.transcript.mark_changed(answer)
        async with asyncio.timeout(10):
            while not any("THE END" in row for row in app.rows):
                await pilot.pause(0.01)
        assert not any("more below" in row for row in app.rows), app.rows
        await _read_elsewhere(app, pilot, random)


async def _stream(app: _Window, pilot: Pilot[None], random: Random) -> None:
    """Text comes and the size changes, with anything from nothing to some frames in between."""
    answer = app.conversation.answers[-1]
    for _ in range(random.randint(3, 12)):
        if random.random() < 0.6:
            ContentDelta(random.choice(_PIECES)).apply(answer)
            app.transcript.mark_changed(answer)
        if random.random() < 0.5:
            send_resize(app, *random.choice(SIZES))
        for _ in range(random.choice((0, 0, 1, 3))):
            await asyncio.sleep(0)
        if random.random() < 0.3:
            await pilot.pause(0)


async def _read_elsewhere(app: _Window, pilot: Pilot[None], random: Random) -> None:
    """Scrolled up, a window that becomes another size and the old one again shows the same rows."""
    await settle_layout(pilot)
    app.transcript.page(-random.randint(1, 3))
    await pilot.pause(0)
    if app.transcript.following:
        return
    size = app.size
    before = app.rows
    for _ in range(random.randint(1, 3)):
        send_resize(app, *random.choice(SIZES))
        await settle_layout(pilot)
        assert any("more below" in row for row in app.rows) != _shows_the_foot(app.rows), app.rows
    send_resize(app, *size)
    await settle_layout(pilot)
    after = app.rows
    assert _texts(after) == _texts(before), "\n".join(["", *before, "---", *after])


def _shows_the_foot(rows: list[str]) -> bool:
    """Whether the last row of all is there, which counts the seconds below the end of the answer."""
    below = rows[next((y for y, row in enumerate(rows) if "THE END" in row), len(rows)) :]
    return any(re.search(r"\d s\b", row) for row in below)


def _texts(rows: list[str]) -> list[str]:
    """The rows but those that count the seconds."""
    return [row for row in rows if not re.search(r"\d s\b", row)]
