"""The views of several answers at once: those that are coming, and those that are compared."""

from __future__ import annotations

from elumenta_tui.chat.turn import AnswerState
from elumenta_tui.tui.screens.asking import AskingScreen
from elumenta_tui.tui.screens.comparison import ComparisonScreen
from elumenta_tui.tui.screens.diff import DiffScreen
from elumenta_tui.tui.screens.merge import MergeScreen
from elumenta_tui.tui.screens.queue import QueueScreen
from elumenta_tui.tui.screens.running import RunningScreen
from elumenta_tui.tui.screens.service_history import ServiceHistoryScreen
from tests.snapshots.stage import Stage
from tests.snapshots.views import group

view = group("comparing")


@view()
async def streaming(stage: Stage) -> None:
    await stage.begin()
    begun = await stage.chat.send("/demo stall")
    await stage.chat.until(lambda: begun.state is AnswerState.STREAMING and len(begun.text) > 100)


@view(goes_on=True)
async def queued(stage: Stage) -> None:
    for text in ("2+2", stage.either("haiku", "хайку")):
        await stage.enter(text)
        await stage.press("enter")
    await stage.sees("2+2")


@view(QueueScreen, goes_on=True)
async def queue(stage: Stage) -> None:
    await stage.press("alt+q")
    await stage.shows(QueueScreen)


@view(RunningScreen, goes_on=True)
async def running(stage: Stage) -> None:
    await stage.press("escape", "alt+w")
    await stage.shows(RunningScreen)


# --------------------------------------------------------------------------------------------------------- comparison


@view(ComparisonScreen)
async def comparison(stage: Stage) -> None:
    await stage.begin()
    await stage.command("/compare gpt-5 claude-haiku-4.5 gemini-3-pro")
    stage.transport.gather(3)
    await stage.chat.send("/demo compare")
    await stage.shows(ComparisonScreen)
    session = stage.app.session
    answers = session.conversation.turns[-1].answers
    await stage.chat.until(lambda: all(each.over for each in answers))
    # Whether the balance was read when no other answer was coming depends on the machine.
    session.read_account(asked_for=True)
    await stage.chat.until(lambda: answers[-1].charge.after is not None)


@view(DiffScreen, goes_on=True)
async def difference(stage: Stage) -> None:
    await stage.press("d")
    await stage.shows(DiffScreen)


@view(MergeScreen, goes_on=True)
async def merge(stage: Stage) -> None:
    await stage.press("escape", "f")
    await stage.shows(MergeScreen)


@view(AskingScreen, goes_on=True)
async def ask_to_retry(stage: Stage) -> None:
    await stage.press("escape", "3", "r")
    await stage.shows(AskingScreen)


@view(ComparisonScreen, goes_on=True)
async def comparison_blind(stage: Stage) -> None:
    await stage.press("escape", "b")


@view(ServiceHistoryScreen)
async def service_history(stage: Stage) -> None:
    await stage.begin()
    await stage.command("/service")
    await stage.lists(ServiceHistoryScreen)
