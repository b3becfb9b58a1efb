"""The table of all views: what the user may look at, and how it is reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from textual.screen import Screen

from elumenta_tui.terminal.textual_internals import SteadyScreen
from tests.snapshots.stage import Stage

Reach = Callable[[Stage], Awaitable[None]]
"""Presses the keys that lead to a view."""


@dataclass(frozen=True)
class View:
    """A state of a screen or dialog."""

    name: str
    kind: type[Screen[Any]]
    """The class of what is on top of the app then; `SteadyScreen`: the chat itself."""
    reach: Reach
    goes_on: bool
    """True if the keys are pressed in the view before; False: in the chat, with an empty prompt."""


GROUPS: dict[str, list[View]] = {}
"""All views. Those of a group are reached one after the other in the same app, so that they see what earlier ones have spent."""


def group(name: str) -> Callable[..., Callable[[Reach], Reach]]:
    """Return a decorator for the coroutines that reach the views of a group; each view is called like its coroutine."""
    views = GROUPS.setdefault(name, [])

    def view(kind: type[Screen[Any]] = SteadyScreen, *, goes_on: bool = False) -> Callable[[Reach], Reach]:
        def register(reach: Reach) -> Reach:
            views.append(View(reach.__name__.replace("_", "-"), kind, reach, goes_on))
            return reach

        return register

    return view


def every_view() -> Iterator[View]:
    """Yield the views of all groups."""
    for views in GROUPS.values():
        yield from views
