"""The views of answers, and of what can be done with a part of one."""

from __future__ import annotations

from elumenta_tui.tui.screens.line import LineScreen
from elumenta_tui.tui.screens.link import LinkScreen
from elumenta_tui.tui.screens.table import TableScreen
from elumenta_tui.tui.widgets.picker import Picker
from tests.snapshots.stage import Stage
from tests.snapshots.views import group

view = group("answering")


@view()
async def answer(stage: Stage) -> None:
    await stage.begin()
    await stage.ask(stage.either("haiku", "хайку"))


@view()
async def markdown(stage: Stage) -> None:
    await stage.begin()
    await stage.ask(stage.either("markdown showcase", "покажи разметку"))
    await stage.press("ctrl+home")


@view()
async def on_an_answer(stage: Stage) -> None:
    await stage.press("alt+up")


@view(goes_on=True)
async def on_a_block(stage: Stage) -> None:
    await stage.press(*["up"] * 12)


@view(goes_on=True)
async def quoted(stage: Stage) -> None:
    await stage.press("q")
    await stage.enter(stage.either("Why?", "Почему?"))


@view()
async def on_a_prompt(stage: Stage) -> None:
    await stage.press("alt+up", "alt+up")


@view()
async def found_in_the_chat(stage: Stage) -> None:
    await stage.press("ctrl+f")
    await stage.enter(stage.either("quote", "цитат"))
    await stage.sees(stage.either("1 of", "1 из"))


@view(TableScreen)
async def table(stage: Stage) -> None:
    await stage.command("/table")
    await stage.shows(TableScreen)


@view(LineScreen)
async def title(stage: Stage) -> None:
    await stage.command("/rename")
    await stage.shows(LineScreen)


@view(LineScreen)
async def tags(stage: Stage) -> None:
    await stage.command("/tag")
    await stage.shows(LineScreen)


@view(Picker)
async def links(stage: Stage) -> None:
    await stage.begin()
    await stage.ask(
        stage.either(
            "Is https://example.org the same as https://example.com/path?",
            "Чем https://example.org отличается от https://пример.испытание/страница?",
        )
    )
    await stage.press("ctrl+o")
    await stage.shows(Picker)


@view(LinkScreen, goes_on=True)
async def link(stage: Stage) -> None:
    await stage.press("down", "enter")
    await stage.shows(LinkScreen)
