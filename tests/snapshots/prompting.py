"""The views of the prompt box, and of what is asked before a prompt is sent."""

from __future__ import annotations

from elumenta_tui.tui.screens.confirm import ConfirmScreen
from tests.snapshots.stage import Stage
from tests.snapshots.views import group

view = group("prompting")


@view()
async def start(stage: Stage) -> None:
    await stage.sees("283")


@view()
async def slash_words(stage: Stage) -> None:
    await stage.enter("/")
    await stage.press("down")


@view()
async def slash_word_with_a_price(stage: Stage) -> None:
    await stage.enter("/btw 2+2")


@view()
async def long_prompt(stage: Stage) -> None:
    await stage.chat.paste("\n".join(stage.either(f"a line {n}", f"строка {n}") for n in range(1, 40)))


@view()
async def files_to_choose(stage: Stage) -> None:
    stage.write("notes.md", "# Notes\n\n" + "A line.\n" * 40)
    stage.write("server.env", "USER=app\nAPI_TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345\n")
    await stage.enter("@")
    await stage.sees("notes.md")


@view()
async def attached(stage: Stage) -> None:
    await stage.attach("notes.md")
    await stage.attach("server.env")
    await stage.enter(stage.either("What do they say?", "О чём они?"))


@view(ConfirmScreen, goes_on=True)
async def secret_in_a_file(stage: Stage) -> None:
    await stage.press("enter")
    await stage.shows(ConfirmScreen)


@view(ConfirmScreen)
async def shell_command(stage: Stage) -> None:
    await stage.enter("!git log -3")
    await stage.press("enter")
    await stage.shows(ConfirmScreen)


@view()
async def persona_with_parameters(stage: Stage) -> None:
    await stage.command(stage.either("/persona brief", "/persona кратко"))
    await stage.chat.until(lambda: stage.app.session.conversation.persona)


@view()
async def several_models(stage: Stage) -> None:
    await stage.command("/compare gpt-5 claude-haiku-4.5 gemini-3-pro")
    await stage.enter("2+2")
