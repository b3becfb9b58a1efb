"""The views of answers that failed."""

from __future__ import annotations

from tests.snapshots.stage import Stage
from tests.snapshots.views import group

view = group("failing")


async def _failed(stage: Stage, word: str) -> None:
    await stage.begin()
    await stage.ask(f"/demo {word}")


@view()
async def cut_off(stage: Stage) -> None:
    await _failed(stage, "cut")


@view()
async def refused_for_money(stage: Stage) -> None:
    await _failed(stage, "402")


@view()
async def refused_for_the_limit(stage: Stage) -> None:
    await _failed(stage, "limit")


@view()
async def refused_for_length(stage: Stage) -> None:
    await stage.begin()
    for _ in range(3):
        await stage.ask("2+2")
    await stage.ask("/demo long")


@view()
async def offline(stage: Stage) -> None:
    await _failed(stage, "offline")


@view()
async def page_in_place_of_an_answer(stage: Stage) -> None:
    await _failed(stage, "html")


@view()
async def plan_without_the_api(stage: Stage) -> None:
    await _failed(stage, "403")


@view()
async def refused_key(stage: Stage) -> None:
    await _failed(stage, "401")
