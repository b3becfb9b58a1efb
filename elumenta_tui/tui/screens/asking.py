"""A question before an act on one of several answers."""

from __future__ import annotations

from textual.binding import Binding

from elumenta_tui.tui.screens.confirm import ConfirmScreen


class AskingScreen(ConfirmScreen, inherit_bindings=False):
    """Asks as `ConfirmScreen` does, but no letter leaves it: all of them belong to the prompt."""

    BINDINGS = [
        Binding("enter", "confirm", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
    ]
