"""What is special about the keys here, in sentences: what is wrong in `[keys]`, and what the program around takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from elumenta_tui.config.settings import Settings
from elumenta_tui.i18n import say
from elumenta_tui.terminal.taken_keys import Bound, Surrounding, Taken, surroundings, taken_keys
from elumenta_tui.tui.catalogue import ACTIONS, assign_keys, key_label

MOST = 3
"""Lines for problems at the start; the help names all."""

_LINE_START = Bound("line_start", ("ctrl+a", "home"))
"""Keys of the prompt box that are no action of the catalogue, and that a program around takes."""


def use_keys(settings: Settings) -> list[str]:
    """Give the actions the keys of the settings; returns what is wrong with them, in sentences."""
    if not settings.keys and settings.keys_preset == "default":
        assign_keys({})
        return []
    from elumenta_tui.tui.keymap import resolve

    found = resolve(settings.keys_preset, settings.keys)
    assign_keys(found.keys)
    return [problem.words for problem in found.problems]


def named_at_start(problems: Sequence[str]) -> list[str]:
    """Return the problems if they are few, or else the first ones and how many more there are."""
    if len(problems) <= MOST:
        return list(problems)
    return [*problems[: MOST - 1], say("keys.more", n=len(problems) - MOST + 1)]


def bound(settings: Settings) -> list[Bound]:
    """Return what the keys do by the settings, for `taken_keys`."""
    changed: Mapping[str, tuple[str, ...]] = {}
    if settings.keys or settings.keys_preset != "default":
        from elumenta_tui.tui.keymap import resolve

        changed = resolve(settings.keys_preset, settings.keys).keys
    slash = {"palette": ("",)}
    found = [
        Bound(name, changed.get(name, entry.default_keys), entry.slash or slash.get(name, ()))
        for name, entry in ACTIONS.items()
    ]
    return [*found, _LINE_START]


def problems(settings: Settings) -> list[str]:
    """Return what is wrong in `[keys]`, in sentences."""
    if not settings.keys:
        return []
    from elumenta_tui.tui.keymap import resolve

    return [problem.words for problem in resolve(settings.keys_preset, settings.keys).problems]


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


def key_notes(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Return sentences for the help."""
    found = described(settings, surroundings(environ))
    return [
        *problems(settings),
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
