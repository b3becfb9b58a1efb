"""Keys of personas: each persona with a key in the configuration is an action of the catalogue while the configuration counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from elumenta_tui.config.toml_text import place_of
from elumenta_tui.i18n import say
from elumenta_tui.tui.catalogue import OWN, Action, replace_own_actions

if TYPE_CHECKING:
    from elumenta_tui.config.settings import Persona


class _Chooses(Protocol):
    """The part that chooses personas."""

    def choose(self, name: str) -> None: ...


class _Parts(Protocol):
    @property
    def personas(self) -> _Chooses: ...


def wanted_keys(personas: Mapping[str, Persona]) -> dict[str, str]:
    """Return the keys of personas by the names of their actions."""
    return {f"{OWN}{name}": persona.key for name, persona in personas.items() if persona.key}


def add_actions(personas: Mapping[str, Persona]) -> dict[str, str]:
    """Make an action of every persona with a key. Return the wanted keys by the name of the action."""
    found = wanted_keys(personas)
    replace_own_actions([_action(action.removeprefix(OWN)) for action in found])
    return found


def _action(name: str) -> Action:
    def choose(parts: _Parts, argument: str) -> None:
        parts.personas.choose(name)

    return Action(f"{OWN}{name}", choose, "chat", slash=(), palette=True)


def place_words(action: str, config: Path | None) -> str:
    """Name the key of a persona in the configuration, with its file and line."""
    name = action.removeprefix(OWN)
    key = ".".join(("personas", name, "key"))
    if config is None:
        return key
    try:
        line, _ = place_of(config.read_bytes().decode("utf-8-sig"), "personas", name, "key")
    except (OSError, UnicodeDecodeError):
        return key
    return say("keys.place", file=config.name, line=line, key=key)
