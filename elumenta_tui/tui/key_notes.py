"""What is special about the keys here, in sentences: what is wrong in `[keys]`, and what the program around takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from elumenta_tui.config.settings import Settings
from elumenta_tui.i18n import say
from elumenta_tui.terminal.taken_keys import Bound, Surrounding, Taken, surroundings, taken_keys
from elumenta_tui.tui.catalogue import ACTIONS, OWN, assign_keys, key_label

MOST = 3
"""Lines for problems at the start; the help names all."""

_LINE_START = Bound("line_start", ("ctrl+a", "home"))
"""Keys of the prompt box that are no action of the catalogue, and that a program around takes."""


def use_keys(settings: Settings, config: Path | None = None) -> list[str]:
    """Give the actions the keys of the settings; returns what is wrong with them, in sentences. `config`: the file of the settings."""
    from elumenta_tui.tui.keymap import resolve
    from elumenta_tui.tui.persona_keys import add_actions

    found = resolve(settings.keys_preset, settings.keys, add_actions(settings.personas))
    assign_keys(found.keys)
    return [problem.words(config) for problem in found.problems]


def _problems(settings: Settings, config: Path | None) -> list[str]:
    from elumenta_tui.tui.keymap import resolve

    personas = {
        f"{OWN}{name}": one.key for name, one in settings.personas.items() if f"{OWN}{name}" in ACTIONS
    }
    found = resolve(settings.keys_preset, settings.keys, personas)
    return [problem.words(config) for problem in found.problems]


def named_at_start(problems: Sequence[str]) -> list[str]:
    """Return the problems if they are few, or else the first ones and how many more there are."""
    if len(problems) <= MOST:
        return list(problems)
    return [*problems[: MOST - 1], say("keys.more", n=len(problems) - MOST + 1)]


def bound() -> list[Bound]:
    """Return what the keys do now, for `taken_keys`."""
    slash = {"palette": ("",)}
    found = [Bound(name, entry.keys, entry.slash or slash.get(name, ())) for name, entry in ACTIONS.items()]
    return [*found, _LINE_START]


def key_notes(settings: Settings, environ: Mapping[str, str], config: Path | None = None) -> list[str]:
    """Return sentences for the help. `config`: the file of the settings."""
    notes: list[str] = []
    if settings.keys or any(name.startswith(OWN) for name in ACTIONS):
        notes += _problems(settings, config)
    taken = taken_keys(environ, bound())
    for around in surroundings(environ):
        if mine := [each for each in taken if each.by is around]:
            notes.append(_taken_words(around, mine))
    return notes


def _taken_words(around: Surrounding, taken: Sequence[Taken]) -> str:
    """Say which keys a program takes, and what does the same."""
    keys = ", ".join(_one_taken(each) for each in taken)
    text = say("keys.taken", program=around.name, keys=keys)
    if around.locks:
        text += f" {say('keys.locks', key=key_label(around.locks))}"
    elif around.sends:
        key = key_label(next(iter(around.keys)))
        text += f" {say('keys.sends', keys=key_label(around.sends), key=key)}"
    elif around.setting:
        text += f" {say('keys.setting', setting=around.setting)}"
    return text


def _one_taken(taken: Taken) -> str:
    key = key_label(taken.key)
    if taken.other:
        return f"{key} → {key_label(taken.other)}"
    return key if taken.slash is None else f"{key} → /{taken.slash}"
