"""What is special about the keys here, in sentences: what is wrong in `[keys]`, and what the program around takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.config.settings import Settings
from elumenta_tui.i18n import say
from elumenta_tui.terminal.taken_keys import Bound, Surrounding, Taken, surroundings, taken_keys
from elumenta_tui.tui.catalogue import ACTIONS, assign_keys, key_label

if TYPE_CHECKING:
    from elumenta_tui.tui.keymap import Keymap

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


def listed() -> list[tuple[str, str]]:
    """Return the labels of the keys of each action that has any, and what they do."""
    return [(", ".join(entry.key_labels), entry.help) for entry in ACTIONS.values() if entry.keys]


def _resolved(settings: Settings) -> Keymap:
    from elumenta_tui.tui.keymap import resolve
    from elumenta_tui.tui.persona_keys import add_actions, wanted_keys

    wanted = wanted_keys(settings.personas)
    if not any(name in ACTIONS for name in wanted):
        # A command of the shell, where no app has added them.
        add_actions(settings.personas)
    return resolve(
        settings.keys_preset, settings.keys, {name: key for name, key in wanted.items() if name in ACTIONS}
    )


def named_at_start(problems: Sequence[str]) -> list[str]:
    """Return the problems if they are few, or else the first ones and how many more there are."""
    if len(problems) <= MOST:
        return list(problems)
    return [*problems[: MOST - 1], say("keys.more", n=len(problems) - MOST + 1)]


def bound(settings: Settings) -> list[Bound]:
    """Return what the keys do by the settings, for `taken_keys`."""
    changed: Mapping[str, tuple[str, ...]] = {}
    if settings.has_own_keys or settings.keys_preset != "default":
        changed = _resolved(settings).keys
    slash = {"palette": ("",)}
    found = [
        Bound(name, changed.get(name, entry.default_keys), entry.slash or slash.get(name, ()))
        for name, entry in ACTIONS.items()
    ]
    return [*found, _LINE_START]


def problems(settings: Settings, config: Path | None = None) -> list[str]:
    """Return what is wrong in `[keys]` and with the keys of personas, in sentences. `config`: the file of the settings."""
    if not settings.has_own_keys:
        return []
    return [problem.words(config) for problem in _resolved(settings).problems]


class Around(NamedTuple):
    """What a program around takes, in sentences."""

    text: str
    """The keys that it takes; those of ours among them with what does the same."""
    advice: str
    """How a key gets through it; empty if none does."""
    takes_ours: bool


def described(settings: Settings, around: Sequence[Surrounding]) -> list[Around]:
    """Return what each program around takes from the keys of the settings."""
    taken = taken_keys(around, bound(settings))
    return [_described(each, [one for one in taken if one.by is each]) for each in around]


def key_notes(settings: Settings, environ: Mapping[str, str], config: Path | None = None) -> list[str]:
    """Return sentences for the help. `config`: the file of the settings."""
    found = described(settings, surroundings(environ))
    return [
        *problems(settings, config),
        *(f"{each.text} {each.advice}".rstrip() for each in found if each.takes_ours),
    ]


def _described(around: Surrounding, taken: Sequence[Taken]) -> Around:
    """Say which keys a program takes, and what does the same."""
    if taken:
        text = say("keys.taken", program=around.name, keys=", ".join(map(_one_taken, taken)))
    else:
        text = say("keys.takes", program=around.name, keys=", ".join(sorted(map(key_label, around.keys))))
    advice = ""
    if around.locks:
        advice = say("keys.locks", key=key_label(around.locks))
    elif around.sends:
        key = key_label(around.sends.split()[0])
        advice = say("keys.sends", keys=key_label(around.sends), key=key)
    elif around.setting:
        advice = say("keys.setting", setting=around.setting)
    return Around(text, advice, bool(taken))


def _one_taken(taken: Taken) -> str:
    key = key_label(taken.key)
    if taken.other:
        return f"{key} → {key_label(taken.other)}"
    return key if taken.slash is None else f"{key} → /{taken.slash}"
