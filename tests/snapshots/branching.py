"""The views of versions and branches, of what a request holds, and of what all of it cost."""

from __future__ import annotations

from elumenta_tui.tui.screens.confirm import ConfirmScreen
from elumenta_tui.tui.screens.context import ContextScreen
from elumenta_tui.tui.screens.message import MessageScreen
from elumenta_tui.tui.screens.regenerate import RegenerateScreen
from elumenta_tui.tui.screens.side_answer import SideAnswerScreen
from elumenta_tui.tui.screens.statistics import StatisticsScreen
from elumenta_tui.tui.screens.tree import TreeScreen
from tests.snapshots.stage import Stage
from tests.snapshots.views import group

view = group("branching")


@view(RegenerateScreen)
async def another_version(stage: Stage) -> None:
    await stage.begin()
    await stage.ask(stage.either("haiku", "хайку"))
    await stage.press("alt+up", "r")
    await stage.shows(RegenerateScreen)
    await stage.enter(stage.either("shorter", "короче"))


@view(goes_on=True)
async def versions(stage: Stage) -> None:
    await stage.press("enter")
    await stage.sees("2/2", "✓")
    await stage.ask("2+2")
    await stage.press("alt+up", "alt+up", "alt+up")


@view()
async def edited(stage: Stage) -> None:
    await stage.press("alt+up", "alt+up", "e")
    await stage.chat.until(lambda: stage.app.parts.is_revising)
    await stage.enter("+2")


@view(TreeScreen)
async def tree(stage: Stage) -> None:
    await stage.press("alt+t")
    await stage.shows(TreeScreen)


@view(ContextScreen)
async def context(stage: Stage) -> None:
    await stage.press("alt+i")
    await stage.shows(ContextScreen)
    await stage.press("home", "space", "down", "p")


@view(MessageScreen, goes_on=True)
async def message(stage: Stage) -> None:
    await stage.press("enter")
    await stage.shows(MessageScreen)


@view(ConfirmScreen)
async def summary(stage: Stage) -> None:
    await stage.command("/summary")
    await stage.shows(ConfirmScreen)


@view(SideAnswerScreen)
async def side_answer(stage: Stage) -> None:
    await stage.command("/btw 2+2")
    await stage.shows(SideAnswerScreen)
    app = stage.app
    await stage.chat.until(lambda: (found := app.session.side_question.answer) and found.over)


@view(StatisticsScreen)
async def statistics(stage: Stage) -> None:
    await stage.command("/stats")
    screen = await stage.shows(StatisticsScreen)
    await stage.chat.until(lambda: screen._shown)


@view()
async def temporary_chat(stage: Stage) -> None:
    await stage.command("/temp")
    await stage.ask("2+2")


@view(ConfirmScreen, goes_on=True)
async def forget(stage: Stage) -> None:
    await stage.command("/forget")
    await stage.shows(ConfirmScreen)


@view()
async def cap_that_is_passed(stage: Stage) -> None:
    await stage.begin()
    await stage.command("/cap 20")
    await stage.chat.send_command("/model gpt-5.2-pro")
