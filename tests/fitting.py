"""Whether everything of a dialog or of the chat is on the screen, at any size of the terminal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from textual.app import App
from textual.content import Content
from textual.drivers.headless_driver import HeadlessDriver
from textual.events import Resize
from textual.geometry import Region, Size
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from elumenta_tui.chat.models import Model
from elumenta_tui.demo import SCENARIOS
from elumenta_tui.i18n import say
from elumenta_tui.store.filters import Filters
from elumenta_tui.store.listing import Excerpt
from elumenta_tui.store.records import Summary
from elumenta_tui.terminal.browser import examine
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.screens.conversations import ConversationsScreen
from elumenta_tui.tui.screens.help import HelpScreen
from elumenta_tui.tui.screens.history import HistoryScreen
from elumenta_tui.tui.screens.line import LineScreen
from elumenta_tui.tui.screens.link import LinkScreen
from elumenta_tui.tui.screens.regenerate import RegenerateScreen, Wish
from elumenta_tui.tui.screens.welcome import WelcomeScreen
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from elumenta_tui.tui.widgets.picker import Choice, Picker
from elumenta_tui.tui.widgets.row_list import ROW_MARGIN, RowList
from tests.chatting import Chat

HEIGHTS = range(15, 61)
WIDTHS = (40, 47, 60, 80, 99, 120, 160, 200)

LONG_LINK = "https://user@example.com/" + "a-rather-long-path/" * 30


class Archive:
    """Three thousand conversations."""

    async def summaries(self, ways: Sequence[str], filters: Filters) -> list[Summary]:
        return [
            Summary(f"id{n}", f"Conversation {n}.", 1e9 - n, n % 7, "GPT-5", "complete", False, False)
            for n in range(3000)
        ]

    async def excerpts(self, summary: Summary, ways: Sequence[str]) -> list[Excerpt]:
        return [Excerpt("What is this?", "An answer. " * 50, "GPT-5", "complete", None)] * 9

    async def hits(self, summary: Summary, ways: Sequence[str]) -> int | None:
        return None

    async def retitle(self, summary: Summary, title: str) -> None: ...

    async def models(self) -> list[str]:
        return ["gpt-5", "claude-sonnet-4.5"]

    async def tags(self) -> list[str]:
        return ["work"]

    async def archive(self, summaries: Sequence[Summary], *, archived: bool) -> None: ...

    async def pin(self, summaries: Sequence[Summary], *, pinned: bool) -> None: ...

    async def tag(
        self, summaries: Sequence[Summary], change: Callable[[Sequence[str]], tuple[str, ...]]
    ) -> None: ...

    async def delete(self, summaries: Sequence[Summary]) -> Sequence[Summary]:
        return ()

    def undelete(self) -> Sequence[Summary]:
        return ()


async def _prompts(ways: Sequence[str]) -> list[str]:
    return [f"Prompt {n}.\nwith a second line" for n in range(300)]


async def _refused(key: str) -> str:
    return "The service did not accept the API key (401). Check the key, or make a new one at elumenta.ru."


def some_models(count: int) -> list[Model]:
    """That many models that chat, with prices from one token on, and one that draws."""
    listed = [
        {
            "slug": f"m-{n}",
            "name": f"Model {n}.",
            "provider": f"Provider {n % 5}",
            "token_cost": n,
            "min_plan": "vip",
        }
        for n in range(1, count + 1)
    ]
    listed.append({"slug": "draws", "name": "Draws", "category": "image", "token_cost": 1})
    return [model for entry in listed if (model := Model.from_json(entry)) is not None]


def _conversations() -> Screen[Any]:
    return ConversationsScreen(Archive(), now=2e9, current="id1700")


def _links(count: int) -> Screen[Any]:
    def row(number: int, width: int) -> Content:
        return Content(f"Link {number}.").truncate(width, ellipsis=True)

    return Picker("Links", [Choice(n, partial(row, n), str(n)) for n in range(count)], footnote="Esc leaves.")


def _models(count: int) -> Screen[Any]:
    models = some_models(count)
    return ModelPicker(models, models[count // 2])


def _welcome(reason: str) -> Screen[Any]:
    return WelcomeScreen(_refused, reason=reason, has_account=True, switch_language=lambda: None)


def _regenerate(app: ElumentaApp) -> Screen[Any]:
    return RegenerateScreen(
        Wish(app.session.model, 0.5, "shorter, and without the table at the end"),
        price=lambda model: Content("Enter · 2 tokens · 281 left"),
        choose_model=lambda take: None,
        model_key="Ctrl+L",
    )


DIALOGS: dict[str, Callable[[ElumentaApp], object]] = {
    "commands": lambda app: app.parts.dialogs.choose_action(),
    "themes": lambda app: app.parts.dialogs.choose_theme(),
    "a few models": lambda app: app.push_screen(_models(5)),
    "many models": lambda app: app.push_screen(_models(52)),
    "thousands of models": lambda app: app.push_screen(_models(3000)),
    "links": lambda app: app.push_screen(_links(2)),
    "many links": lambda app: app.push_screen(_links(150)),
    "conversations": lambda app: app.push_screen(_conversations()),
    "sent prompts": lambda app: app.push_screen(HistoryScreen(_prompts)),
    "a title": lambda app: app.push_screen(LineScreen("New title", "An old one")),
    "help": lambda app: app.push_screen(
        HelpScreen(demo=True, scenarios=[(name, what[0]) for name, what in SCENARIOS.items()])
    ),
    "a link": lambda app: app.push_screen(LinkScreen(examine("https://example.com/"), can_open=True)),
    "a long link": lambda app: app.push_screen(LinkScreen(examine(LONG_LINK), can_open=True)),
    "a side answer": lambda app: app.parts.asking_aside.ask("keys", "btw", current=False),
    "another version": lambda app: app.push_screen(_regenerate(app)),
    "key": lambda app: app.push_screen(_welcome("")),
    "key after a failure": lambda app: app.push_screen(
        _welcome("The API key has expired (401). Make a new key at elumenta.ru and enter it with /key.")
    ),
}


def send_resize(app: App[Any], width: int, height: int) -> None:
    """Tell the app of another size of the terminal, and wait for nothing."""
    size, driver = Size(width, height), app._driver
    assert isinstance(driver, HeadlessDriver)
    driver._size = size
    app.post_message(Resize(size, size))


async def resize(chat: Chat, width: int, height: int) -> None:
    """Give the terminal another size, and wait until everything has been laid out for it.

    `Pilot.resize_terminal` waits until the whole process is idle as well, which takes most of a second on a busy machine.
    """
    send_resize(chat.app, width, height)
    await settle_layout(chat.pilot)


async def settle_layout(pilot: Pilot[Any]) -> None:
    """Wait until a new size has been laid out and painted."""
    driver = pilot.app._driver
    assert isinstance(driver, HeadlessDriver)
    async with asyncio.timeout(60):
        while pilot.app.screen._compositor.size != driver._size:
            await pilot.pause(0)
    # What widgets do about their new size, and what comes of that.
    for _ in range(2):
        await pilot.pause(0)


def assert_fits(chat: Chat) -> None:
    """Fail with the screen if anything of it is cut off or covered."""
    for fault in _faults(chat):
        size = chat.app.size
        raise AssertionError(f"{size.width}x{size.height}: {fault}\n{chat.screen}")


def _faults(chat: Chat) -> list[str]:
    app, screen, rows = chat.app, chat.app.screen, chat.rows
    found = [
        f"{name} is scrolled" for name in ("screen",) if screen.max_scroll_y or screen.show_vertical_scrollbar
    ]
    bars = [
        widget for widget in screen.walk_children(Widget) if widget.display and widget.show_vertical_scrollbar
    ]
    found += ["two scroll bars"] if len(bars) > 1 else []
    if len(app.screen_stack) > 1:
        found += _faults_of_dialog(screen, rows, screen.query_one("#dialog"))
    else:
        found += _faults_of_chat(app, rows)
    return found


def _faults_of_chat(app: ElumentaApp, rows: list[str]) -> list[str]:
    found = (
        [] if app.bar.region == Region(0, app.size.height - 1, app.size.width, 1) else ["the bar has moved"]
    )
    below = app.prompt.region.bottom == app.size.height - 1
    found += [] if below and app.prompt.region.width == app.size.width else ["the prompt has moved"]
    return found + _faults_of_frame(rows, app.prompt.region)


def _faults_of_dialog(screen: Screen[Any], rows: list[str], dialog: Widget) -> list[str]:
    there = " ".join(rows)
    if not screen.region.contains_region(dialog.region):
        return ["the dialog is larger than the screen"]
    found = _faults_of_frame(rows, dialog.region)
    if dialog.max_scroll_y:
        found.append("the dialog is scrolled")
    inside = dialog.region.shrink(dialog.gutter)
    for widget in dialog.walk_children(Widget):
        if not widget.display or not widget.region or _is_scrolled(widget, dialog):
            continue
        if not inside.contains_region(widget.region):
            found.append(f"{widget} is not all inside")
        if isinstance(widget, Static) and widget.id != "preview":
            missing = [word for word in str(widget.visual).split() if word not in there]
            found += [f"{widget}: {missing} not there"] if missing else []
        if isinstance(widget, RowList):
            found += _faults_of_list(rows, widget)
    return found


def _is_scrolled(widget: Widget, dialog: Widget) -> bool:
    """Whether the widget is in something that scrolls of itself."""
    above = [node for node in widget.ancestors if isinstance(node, Widget)]
    return any(node.is_scrollable for node in above[: above.index(dialog)])


def _faults_of_list(rows: list[str], choices: RowList[Any]) -> list[str]:
    if choices.item is None:
        # What was typed may be found nowhere; then a sentence says so.
        there = "\n".join(rows)
        before = re.split("[“«]", say("picker.nothing_like", typed="x"))[0]
        sentences = (say("picker.nothing"), say("finder.empty"), before)
        return [] if any(sentence in there for sentence in sentences) else ["nothing is selected"]
    region = choices.region
    wanted = choices._draw(choices.item, region.width - ROW_MARGIN).plain.strip()
    seen = [row[region.x : region.right] for row in rows[region.y : region.bottom]]
    return (
        []
        if any(wanted[: region.width - ROW_MARGIN] in row for row in seen)
        else ["the selected row is not there"]
    )


def _faults_of_frame(rows: list[str], region: Region) -> list[str]:
    left, right = region.x, region.right - 1
    lines = [row.ljust(region.right) for row in rows[region.y : region.bottom]]
    corners = lines[0][left] + lines[0][right] + lines[-1][left] + lines[-1][right]
    sides = {line[left] + line[right] for line in lines[1:-1]}
    return [] if corners == "╭╮╰╯" and sides <= {"││"} else [f"the frame is {corners} {sides}"]
