"""The views of the dialogs that nothing has to be asked for."""

from __future__ import annotations

from elumenta_tui.tui.screens.feedback import FeedbackScreen
from elumenta_tui.tui.screens.help import HelpScreen
from elumenta_tui.tui.screens.option_value import OptionValueScreen
from elumenta_tui.tui.screens.parameters import ParametersScreen
from elumenta_tui.tui.screens.settings import SettingsScreen
from elumenta_tui.tui.screens.welcome import WelcomeScreen
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from elumenta_tui.tui.widgets.picker import Picker
from tests.snapshots.stage import Stage
from tests.snapshots.views import group

view = group("dialogs")


@view(Picker)
async def palette(stage: Stage) -> None:
    await stage.press("ctrl+p")
    await stage.shows(Picker)


@view(Picker, goes_on=True)
async def nothing_found(stage: Stage) -> None:
    await stage.enter("zzzz")
    await stage.sees("zzzz")


@view(ModelPicker)
async def models(stage: Stage) -> None:
    await stage.press("ctrl+l")
    await stage.shows(ModelPicker)
    await stage.press("down", "space", "down", "space")


@view(Picker)
async def themes(stage: Stage) -> None:
    await stage.press("ctrl+t")
    await stage.shows(Picker)


@view(Picker)
async def personas(stage: Stage) -> None:
    await stage.press("alt+p")
    await stage.shows(Picker)


@view(ParametersScreen)
async def parameters(stage: Stage) -> None:
    await stage.command("/system")
    await stage.shows(ParametersScreen)


@view(HelpScreen)
async def key_map(stage: Stage) -> None:
    await stage.press("f1")
    await stage.shows(HelpScreen)


@view(HelpScreen, goes_on=True)
async def key_map_searched(stage: Stage) -> None:
    await stage.chat.type("html")


@view(SettingsScreen)
async def settings(stage: Stage) -> None:
    await stage.command("/settings")
    await stage.shows(SettingsScreen)
    await stage.sees("api_key")


@view(Picker, goes_on=True)
async def option_choice(stage: Stage) -> None:
    await stage.enter("images")
    await stage.press("enter")
    await stage.shows(Picker)


@view(Picker, goes_on=True)
async def option_theme(stage: Stage) -> None:
    await stage.press("escape")
    await stage.shows(SettingsScreen)
    await stage.press("ctrl+u")
    await stage.enter("dark_theme")
    await stage.press("enter")
    await stage.shows(Picker)


@view(OptionValueScreen, goes_on=True)
async def option_value(stage: Stage) -> None:
    await stage.press("escape")
    await stage.shows(SettingsScreen)
    await stage.press("ctrl+u")
    await stage.enter("idle_timeout")
    await stage.press("enter")
    await stage.shows(OptionValueScreen)
    await stage.press("ctrl+u")
    await stage.enter("2")
    await stage.press("enter")


@view(WelcomeScreen)
async def key_in_the_demo(stage: Stage) -> None:
    await stage.command("/key")
    await stage.shows(WelcomeScreen)


@view(WelcomeScreen, goes_on=True)
async def key_that_is_none(stage: Stage) -> None:
    await stage.enter("hello")
    await stage.press("enter")
    await stage.sees("✗")


@view(FeedbackScreen)
async def feedback(stage: Stage) -> None:
    await stage.command("/feedback")
    await stage.shows(FeedbackScreen)
