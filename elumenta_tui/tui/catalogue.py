"""The catalogue of actions: what an action is, and how to find it by its key or slash word.

The entries are in `actions`. The key bindings, the slash commands, the command palette, the help screen and
the key map of `--help` come from them. Titles and explanations are in the message catalogue under
`action.<name>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui import i18n
from elumenta_tui.i18n import say
from elumenta_tui.lean import Frozen
from elumenta_tui.text.layouts import to_qwerty, to_russian

if TYPE_CHECKING:
    from textual.binding import Binding

    from elumenta_tui.chat.models import Model
    from elumenta_tui.session import Session


OWN = "persona:"
"""Begins the name of the action of a persona that has a key of its own; the persona's name follows."""


class Action(NamedTuple):
    """One action of the user."""

    name: str
    handler: Callable[..., None]
    """Takes the parts of the app, and the text after the slash word (empty for keys)."""
    group: str
    """Heading in the help: `chat`, `answer`, `view` or `program`."""
    default_keys: tuple[str, ...] = ()
    """Textual's names of the keys that it has unless the configuration says otherwise."""
    slash: tuple[str, ...] = ()
    palette: bool = True
    """True if the command palette lists it."""
    anywhere: bool = False
    """True if its keys work in dialogs, too."""
    demo_only: bool = False
    takes_text: bool = False
    """True if its slash word may be followed by text."""
    takes_lines: bool = False
    """True if that text may have several lines."""
    asks: Callable[[Session], Model] | None = None
    """Returns the model that its slash word asks, whose price is shown before; None if it asks none."""
    possible: Callable[..., bool] = lambda parts: True
    """Returns whether the action would do anything now; takes the parts of the app."""
    label: str = ""
    """Title of a slash word that the user has made, such as a template; empty for the catalogue's own."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Textual's names of its keys as they are now; those of a chord are separated by blanks. Hints show the first one."""
        return _assigned.get(self.name, self.default_keys)

    @property
    def key_labels(self) -> list[str]:
        """Its keys, as they are displayed."""
        return list(dict.fromkeys(map(key_label, self.keys)))

    @property
    def title(self) -> str:
        if self.name.startswith(OWN):
            return say("personas.label", name=self.name.removeprefix(OWN))
        return self.label or say(f"action.{self.name}.title")

    @property
    def help(self) -> str:
        return self.title if self.name.startswith(OWN) else say(f"action.{self.name}.help")


ACTIONS: dict[str, Action] = {}
"""All actions by name, filled by `actions`."""


GROUPS = ("chat", "answer", "view", "program")

_assigned: dict[str, tuple[str, ...]] = {}
"""Keys of the actions whose keys the configuration has changed."""


def assign_keys(keys: Mapping[str, tuple[str, ...]]) -> None:
    """Give actions other keys than the catalogue's own, by their names. All others have their own again."""
    _assigned.clear()
    _assigned.update(keys)


def replace_own_actions(entries: Iterable[Action]) -> None:
    """Have these actions of personas in the catalogue, and no others."""
    for name in [name for name in ACTIONS if name.startswith(OWN)]:
        del ACTIONS[name]
    ACTIONS.update({entry.name: entry for entry in entries})


def has_own_keys() -> bool:
    """Return whether every action has the keys that the catalogue gives it."""
    return not _assigned


def bindings() -> list[Binding]:
    """Return a binding for every key of the catalogue but chords. They take precedence over the widgets' own."""
    from textual.binding import Binding

    return [
        Binding(key, f"perform('{entry.name}')", entry.name, show=False, priority=True, id=entry.name)
        for entry in ACTIONS.values()
        for key in entry.keys
        if " " not in key
    ]


def keys_that_stop() -> tuple[str, ...]:
    """Return the keys that stop an answer, and leave what is open."""
    return (*ACTIONS["ask_to_stop"].keys, *ACTIONS["interrupt"].keys)


def by_slash(word: str) -> Action | None:
    """Return the action of a slash word, given without its slash."""
    return next((entry for entry in ACTIONS.values() if word in entry.slash), None)


Own = Callable[[str], Action | None]
"""Returns the action of a slash word that the user has made: a persona or a template. None if there is none."""


def _none(word: str) -> None:
    return None


Begins = Callable[[str], object]
"""Returns whether a typed word is one of the user's own, or begins one."""


def by_typed(word: str, own: Own = _none) -> Action | None:
    """Return the action of a slash word as typed: case-insensitive, in either keyboard layout. The catalogue comes first."""
    word = word.lower()
    return by_slash(word) or by_slash(to_qwerty(word)) or _own_by_typed(word, own)


def _own_by_typed(word: str, own: Own) -> Action | None:
    # The user's words may be Russian, and typed in the layout that the commands are typed in.
    return own(word) or own(to_qwerty(word)) or own(to_russian(word).lower())


def _near(word: str, *, demo: bool) -> str | None:
    """Return the known slash word that an unknown one most likely means."""
    from difflib import get_close_matches

    known = [each for entry in ACTIONS.values() if demo or not entry.demo_only for each in entry.slash]
    word = to_qwerty(word.lower())
    begin = [each for each in known if each.startswith(word)]
    found = begin if len(begin) == 1 else get_close_matches(word, known, n=1)
    return found[0] if found else None


def without_escape(text: str, *, demo: bool, own: Own = _none) -> str:
    """Remove the slash that keeps a typed prompt from being a command.

    It is the first of two slashes, at the start of a single line or of lines that would be a command without
    it.
    """
    if not text.startswith("//") or (
        "\n" in text.strip() and slash_command(text[1:], demo=demo, own=own) is None
    ):
        return text
    return text[1:]


def shell_command(text: str) -> str:
    """Return the shell command of a typed prompt that is `!` and a command in one line; empty for a prompt that is sent as a text.

    `!=` and `!!` begin no command.
    """
    text = text.strip("\n")
    command = text[1:].strip()
    return command if text.startswith("!") and "\n" not in text and command[:1] not in ("!", "=") else ""


class Command(Frozen):
    """A command in the prompt, which Enter runs instead of sending the text."""

    action: Action | None
    """None if there is no such command."""
    argument: str = ""
    complaint: str = ""
    """The reason why the command can't run as typed, in the user's language; empty if it can."""

    @property
    def is_sent(self) -> bool:
        """True if it runs a scenario of the demo: it is sent like a prompt."""
        return self.action is not None and self.action.demo_only


def with_slash(line: str, is_own: Begins = _none) -> str:
    """Restore the slash of a command typed in a Russian layout, where its key types a dot.

    The line stays unchanged unless its first word is the beginning of a known slash word in Russian letters.

    Args:
        is_own: returns whether a word, as typed and in lower case, is one of the user's own, or begins one.
    """
    if not line.startswith(".") or not "а" <= line[1:2].lower() <= "ё":
        return line
    word = line[1:].split(maxsplit=1)[0].lower()
    typed = to_qwerty(word)
    known = any(each.startswith(typed) for entry in ACTIONS.values() for each in entry.slash)
    return f"/{line[1:]}" if known or is_own(word) else line


def slash_command(text: str, *, demo: bool, own: Own = _none) -> Command | None:
    """Parse a command; None if the text is a prompt, for example because it begins with a path or with `//`."""
    line = with_slash(text.strip(), partial(_own_by_typed, own=own))
    if not line.startswith("/"):
        return None
    word, _, argument = line[1:].partition(" ")
    if "\n" in line:
        word = line[1:].split(maxsplit=1)[0] if line[1:2].strip() else ""
        known = by_slash(word.lower())
        typed = by_typed(word, own) if word else None
        if typed is not None and typed.takes_lines:
            return Command(typed, line[1:].removeprefix(word).strip())
        return None if known is None else Command(known, complaint=say("notice.command_lines", word=word))
    entry = by_typed(word, own) if word else ACTIONS["palette"]
    if entry is None:
        return _unknown(word, demo=demo) if word.isalpha() else None
    if entry.demo_only and not demo:
        return Command(None, complaint=say("notice.demo_only", word=word))
    argument = argument.strip()
    unasked = bool(argument) and not entry.takes_text
    return Command(entry, argument, say("notice.no_text_after", word=word) if unasked else "")


def _unknown(word: str, *, demo: bool) -> Command:
    near = _near(word, demo=demo)
    if near is None:
        return Command(None, complaint=say("notice.unknown_command", word=word))
    return Command(None, complaint=say("notice.did_you_mean", word=word, near=near))


class Commands:
    """Parses commands with the slash words of the catalogue and those that the user has made.

    Args:
        is_demo: returns whether the demo account is asked.
        own: finds the user's slash words.
    """

    def __init__(self, is_demo: Callable[[], bool], own: Own) -> None:
        self._is_demo = is_demo
        self.own = own

    def parse(self, text: str) -> Command | None:
        """Parse a command; None if the text is a prompt."""
        return slash_command(text, demo=self._is_demo(), own=self.own)

    def without_escape(self, text: str) -> str:
        """Remove the slash that keeps a typed prompt from being a command."""
        return without_escape(text, demo=self._is_demo(), own=self.own)


_KEY_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "underscore": "_",
    "slash": "/",
    "circumflex_accent": "^",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "backslash": "\\",
    "question_mark": "?",
    "comma": ",",
    "full_stop": ".",
    "minus": "-",
    "plus": "+",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left": "←",
    "right": "→",
}


_OTHER_NAMES = {
    "ctrl+at": "ctrl+space",
    "ctrl+@": "ctrl+space",
    "alt+shift+less_than_sign": "alt+less_than_sign",
    "alt+shift+comma": "alt+less_than_sign",
    "alt+shift+greater_than_sign": "alt+greater_than_sign",
    "alt+shift+full_stop": "alt+greater_than_sign",
}
"""Names under which some terminals send a key that has another one."""


def key_label(key: str) -> str:
    """Format a key or a chord for display: `ctrl+l` becomes Ctrl+L."""
    key = _OTHER_NAMES.get(key, key)
    if " " in key:
        return " ".join(map(key_label, key.split()))
    return "+".join(_KEY_NAMES.get(part, part.capitalize()) for part in key.split("+"))


def hint(name: str) -> str:
    """Return the key of an action that hints show; its slash word, or the way to the palette, if it has no key."""
    entry = ACTIONS[name]
    if entry.keys:
        return key_label(entry.keys[0])
    if entry.slash:
        return f"/{entry.slash[0]}"
    return hint("palette") if name != "palette" else "/"


i18n.name_keys_by(hint)
