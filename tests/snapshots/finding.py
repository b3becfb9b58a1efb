"""The views of earlier conversations and prompts."""

from __future__ import annotations

from elumenta_tui.tui.screens.conversations import ConversationsScreen
from elumenta_tui.tui.screens.history import HistoryScreen
from elumenta_tui.tui.screens.line import LineScreen
from tests.snapshots.stage import Stage
from tests.snapshots.views import group

view = group("finding")


@view(ConversationsScreen)
async def conversations(stage: Stage) -> None:
    await stage.begin()
    await stage.press("ctrl+s")
    await stage.lists(ConversationsScreen)


@view(ConversationsScreen, goes_on=True)
async def conversations_to_delete(stage: Stage) -> None:
    await stage.press("down", "space", "down", "space", "f8")


@view(LineScreen, goes_on=True)
async def conversation_tags(stage: Stage) -> None:
    await stage.press("down", "alt+t")
    await stage.shows(LineScreen)


@view(ConversationsScreen)
async def conversations_found(stage: Stage) -> None:
    await stage.command(f"/list {stage.either('postgres', 'ёлк')}")
    await stage.lists(ConversationsScreen)


@view(LineScreen, goes_on=True)
async def conversation_title(stage: Stage) -> None:
    await stage.press("alt+r")
    await stage.shows(LineScreen)


@view(ConversationsScreen)
async def conversations_by_model(stage: Stage) -> None:
    await stage.command("/list model:")
    await stage.lists(ConversationsScreen)


@view(HistoryScreen)
async def sent_prompts(stage: Stage) -> None:
    await stage.press("ctrl+r")
    await stage.lists(HistoryScreen)
