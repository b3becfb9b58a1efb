"""The keys that a configuration gives to actions: `[keys]` and presets, with what is wrong with them.

Nothing here is loaded where the catalogue's own keys count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from elumenta_tui.i18n import say
from elumenta_tui.terminal.key_names import Standing, also_arrives_as, parse_keys, sent_as, standing
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import ACTIONS, OWN, key_label

ALIASES = {"stop": "ask_to_stop"}
"""Names in `[keys]` of actions that are called otherwise in the catalogue."""

NEEDED = ("send", "ask_to_stop")
"""Actions that keep a key: nothing else does what they do."""

PAYING = frozenset({"send", "again", "other_model", "continue"})
"""Actions that send a request at once, which may cost something."""

_LINE_ENDS = frozenset({"alt+enter", "ctrl+j"})
"""Keys that parts of a paste look like on some terminals, so that none of them may send."""

PRESETS: dict[str, dict[str, tuple[str, ...]]] = {
    "default": {},
    "emacs": {
        "ask_to_stop": ("escape", "ctrl+g"),
        "palette": ("alt+x",),
        "find": ("ctrl+s",),
        "copy": ("alt+w",),
        "page_up": ("pageup", "alt+v"),
        "page_down": ("pagedown", "ctrl+v"),
        "top": ("ctrl+home", "alt+less_than_sign"),
        "end": ("ctrl+end", "alt+greater_than_sign"),
        "conversations": ("ctrl+x b", "f7"),
        "running": ("ctrl+x ctrl+b",),
        "last": ("ctrl+x o", "f10"),
        "new": ("ctrl+x n", "f2"),
        "attach": ("ctrl+x i", "alt+a"),
        "save": ("ctrl+x ctrl+s",),
        "export": ("ctrl+x ctrl+w",),
        "edit": ("ctrl+x ctrl+e", "f8"),
        "fetch": ("ctrl+x g",),
        "leave_out": ("ctrl+x x",),
        "quit": ("ctrl+x ctrl+c", "ctrl+q"),
    },
    "vim": {
        "page_up": ("pageup", "ctrl+b"),
        "page_down": ("pagedown", "ctrl+f"),
        "line_up": ("ctrl+up", "ctrl+y"),
        "line_down": ("ctrl+down", "ctrl+e"),
        "find": ("alt+s",),
        "prompts": ("alt+h",),
        "redo": ("ctrl+r", "ctrl+shift+z"),
        "copy": ("alt+y",),
        "quote": ("alt+shift+y",),
        "last": ("ctrl+circumflex_accent", "f10", "ctrl+tab"),
    },
}
"""Keys of actions by the name of the preset. What a preset does not name keeps its own keys."""


class KeyProblem(NamedTuple):
    """Something in `[keys]` that does not count."""

    kind: str
    """unknown (action, other: a similar one or empty), value, needed (action), no_key, types, begins, pays, chord (action, key),
    same (action, key, other: a key), conflict, confused (action, key, other: an action)."""
    action: str
    """As the configuration names it."""
    key: str = ""
    other: str = ""
    """Another key, or the name of another action."""

    def words(self, config: Path | None = None) -> str:
        """Say what is wrong, in one sentence. `config`: the file in which a persona's key stands."""
        other = key_label(self.other) if self.kind == "same" else self.other.replace(OWN, "/")
        kind = "unlike" if self.kind == "unknown" and not self.other else self.kind
        action = clean_line(self.action, 40)
        where = f"[keys]: {action}"
        if self.action.startswith(OWN):
            from elumenta_tui.tui.persona_keys import place_words

            where = place_words(self.action, config)
        return say(
            f"keys.problem.{kind}", action=action, where=where, key=clean_line(self.key, 40), other=other
        )


class Keymap(NamedTuple):
    """The keys of the actions whose keys differ from the catalogue's own, and what does not count."""

    keys: dict[str, tuple[str, ...]]
    problems: list[KeyProblem]


class _Reader:
    """Reads the table `[keys]`."""

    def __init__(self) -> None:
        self.problems: list[KeyProblem] = []
        self.wanted: dict[str, tuple[str, ...]] = {}
        self._named: dict[str, str] = {}
        """The action that the configuration has given a key to, by the key."""

    def read(self, table: Mapping[str, object]) -> None:
        for written, value in table.items():
            name = ALIASES.get(written, written)
            if name not in ACTIONS:
                self._complain("unknown", written, other=_like(written))
                continue
            texts = [value] if isinstance(value, str) else value
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                self._complain("value", written)
                continue
            keys = [key for text in texts for key in self._accepted(written, name, text)]
            if keys or not texts:
                self.wanted[name] = tuple(dict.fromkeys([*self.wanted.get(name, ()), *keys]))

    def _complain(self, kind: str, action: str, key: str = "", other: str = "") -> None:
        self.problems.append(KeyProblem(kind, action, key, other))

    def _accepted(self, written: str, name: str, text: str) -> tuple[str, ...]:
        """Return Textual's names of a key that an action may have; empty if it may not, which is noted."""
        key = parse_keys(text)
        if key is None:
            self._complain("no_key", written, text)
            return ()
        first, *rest = key.split()
        found, other = standing(first), sent_as(first)
        kind = "" if found in (Standing.FINE, Standing.RARE) else found.value
        if name in PAYING and not kind and (first in _LINE_ENDS or other != first):
            kind = "pays"
        if rest and not kind and (len(rest) > 1 or "escape" in (first, *rest)):
            kind = "chord"
        keys = _with_twins([key])
        if not kind and (taken := self._conflict(keys)) not in ("", name):
            kind, other = "conflict", taken
        if kind:
            self._complain(kind, written, key_label(key), other)
            return ()
        self._named.update(dict.fromkeys(keys, name))
        return keys

    def _conflict(self, keys: Iterable[str]) -> str:
        """Return the action that has one of the keys already, or a chord that begins with it, or its beginning; empty if none has."""
        taken = self._named.items()
        return next((name for named, name in taken if any(_clash(named, key) for key in keys)), "")


def _clash(one: str, other: str) -> bool:
    """Return whether two keys or chords cannot both be pressed: they are the same, or one begins the other."""
    return one == other or one.startswith(f"{other} ") or other.startswith(f"{one} ")


def _like(written: str) -> str:
    """Return the action that an unknown name most likely means; empty if there is none."""
    from difflib import get_close_matches

    known = [name for name in ACTIONS if not name.startswith(OWN)]
    return "".join(get_close_matches(written.lower(), [*known, *ALIASES], n=1))


def resolve(
    preset: str, table: Mapping[str, object], personas: Mapping[str, str] = MappingProxyType({})
) -> Keymap:
    """Return the keys of all actions that a preset, `[keys]` and personas change. What is wrong is noted, and the rest counts.

    A key in `[keys]` or of a persona is taken from the action that had it by the catalogue or the preset; between the two,
    `[keys]` comes first.

    Args:
        personas: the wanted keys by the name of the action, which is in the catalogue.
    """
    given = {name: _with_twins(each) for name, each in PRESETS.get(preset, {}).items()}
    base = {name: given.get(name, entry.default_keys) for name, entry in ACTIONS.items()}
    base = _without_clashes(base, given)
    reader = _Reader()
    reader.read(table)
    reader.read(personas)
    keys, problems = _without_clashes(base | reader.wanted, reader.wanted), reader.problems
    for name in NEEDED:
        if not keys[name]:
            problems.append(KeyProblem("needed", name))
            keys[name] = base[name] or ACTIONS[name].default_keys
            keys = _without_clashes(keys, {name})
    _refuse_confused(keys, reader.wanted, problems)
    changed = {name: each for name, each in keys.items() if each != ACTIONS[name].default_keys}
    return Keymap(changed, problems)


def _without_clashes(
    keys: Mapping[str, tuple[str, ...]], winners: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Take the keys of the winners from all other actions."""
    first = set(winners)
    taken = [key for name in first for key in keys[name]]
    return {
        name: each
        if name in first
        else tuple(key for key in each if not any(_clash(key, other) for other in taken))
        for name, each in keys.items()
    }


def _refuse_confused(
    keys: dict[str, tuple[str, ...]], wanted: Iterable[str], problems: list[KeyProblem]
) -> None:
    """Take from actions the keys that old terminals send as the key of an action that costs something."""
    paying = {key: name for name in PAYING for key in keys[name]}
    for name in [*wanted, *(each for each in keys if each not in wanted)]:
        if name in PAYING:
            continue
        for key in keys[name]:
            other = paying.get(sent_as(key.split()[0]))
            # Where Shift+Enter is Enter, Enter is what people know it to be.
            if other is None or (name == "newline" and sent_as(key) == "enter"):
                continue
            keys[name] = tuple(each for each in keys[name] if each != key)
            if name in wanted:
                problems.append(KeyProblem("confused", name, key_label(key), other))


def _with_twins(keys: Sequence[str]) -> tuple[str, ...]:
    """Add the names under which other terminals send the same keys."""
    found = list(keys)
    for key in keys:
        found += [each for each in also_arrives_as(key) if each not in found]
    return tuple(found)
