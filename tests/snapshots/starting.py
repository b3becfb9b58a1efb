"""The views of a first start, with the demo and without a key."""

from __future__ import annotations

from elumenta_tui.tui.screens.welcome import WelcomeScreen
from tests.snapshots.stage import Stage
from tests.snapshots.views import group

view = group("newcomer")


@view()
async def first_start(stage: Stage) -> None:
    await stage.sees("283")


view_without_key = group("no-key")


@view_without_key(WelcomeScreen)
async def welcome(stage: Stage) -> None:
    await stage.shows(WelcomeScreen)
