"""The keys of the app, for commands: imports only go down, so the program's top hands over what knows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from elumenta_tui.config.settings import Settings
    from elumenta_tui.terminal.taken_keys import Surrounding


class AppKeys(Protocol):
    """Sentences about the keys that a configuration gives to the app."""

    def problems(self, settings: Settings) -> Sequence[str]:
        """Return what is wrong in `[keys]` and with the keys of personas."""

    def described(self, settings: Settings, around: Sequence[Surrounding]) -> Sequence[tuple[str, str, bool]]:
        """Return for each program around which keys it takes, how a key gets through it, and whether it takes some of ours."""

    def listed(self) -> Sequence[tuple[str, str]]:
        """Return the labels of the keys of each action that has any, and what they do."""


class _NoKeys:
    def problems(self, settings: Settings) -> Sequence[str]:
        return ()

    def described(self, settings: Settings, around: Sequence[Surrounding]) -> Sequence[tuple[str, str, bool]]:
        return ()

    def listed(self) -> Sequence[tuple[str, str]]:
        return ()


_load: Callable[[], AppKeys] = _NoKeys


def load_by(load: Callable[[], AppKeys]) -> None:
    """Have the keys of the app known by what a function loads."""
    global _load
    _load = load


def app_keys() -> AppKeys:
    """Load what knows the keys of the app."""
    return _load()
