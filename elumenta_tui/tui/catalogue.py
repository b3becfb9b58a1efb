"""The catalogue of everything a person can do: what an action is, and how it is found by its key or its slash word.

The entries stand in `actions`. From them come the key bindings, the slash commands, the command palette, the help screen and
the key map of `--help`; titles and explanations stand in the message catalogue under `action.<name>`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.i18n import say
from elumenta_tui.terminal.keyboard import to_qwerty

if TYPE_CHECKING:
    from textual.binding import Binding


class Action(NamedTuple):
    """One thing a person can do."""

    name: str
    handler: Callable[..., None]
    """Takes the parts of the app, and what followed the slash word (empty for keys)."""
    group: str
    """Heading in the help: `chat`, `answer`, `view` or `program`."""
    keys: tuple[str, ...] = ()
    """Textual's names; the first is the one that hints show."""
    slash: tuple[str, ...] = ()
    palette: bool = True
    """Worth an entry in the command palette."""
    anywhere: bool = False
    """Its keys work in dialogs too."""
    demo_only: bool = False
    takes_text: bool = False
    """Its slash word may be followed by something."""
    possible: Callable[..., bool] = lambda parts: True
    """Tells whether the action would do anything now; takes the parts of the app."""

    @property
    def title(self) -> str:
        return say(f"action.{self.name}.title")

    @property
    def help(self) -> str:
        return say(f"action.{self.name}.help")


ACTIONS: dict[str, Action] = {}
"""By their names; `actions` fills it."""


GROUPS = ("chat", "answer", "view", "program")


def bindings() -> list[Binding]:
    """Every key of the catalogue, before any widget's own."""
    from textual.binding import Binding

    return [
        Binding(key, f"perform('{entry.name}')", entry.name, show=False, priority=True, id=entry.name)
        for entry in ACTIONS.values()
        for key in entry.keys
    ]


def by_slash(word: str) -> Action | None:
    """The action of a slash word, without the slash."""
    return next((entry for entry in ACTIONS.values() if word in entry.slash), None)


def by_typed(word: str) -> Action | None:
    """The action of a slash word as it was typed: in any case, and in either keyboard layout."""
    word = word.lower()
    return by_slash(word) or by_slash(to_qwerty(word))


def _near(word: str, *, demo: bool) -> str | None:
    """The slash word that somebody may have meant by one that there is not."""
    from difflib import get_close_matches

    known = [each for entry in ACTIONS.values() if demo or not entry.demo_only for each in entry.slash]
    word = to_qwerty(word.lower())
    begin = [each for each in known if each.startswith(word)]
    found = begin if len(begin) == 1 else get_close_matches(word, known, n=1)
    return found[0] if found else None


def without_escape(text: str, *, demo: bool) -> str:
    """A typed prompt as it is sent: the slash that keeps it from being a command is left out.

    That is the first of two at the start of a single line, or of lines that would begin with a command.
    """
    if not text.startswith("//") or ("\n" in text.strip() and slash_command(text[1:], demo=demo) is None):
        return text
    return text[1:]


class Command(NamedTuple):
    """What Enter does with a text instead of sending it."""

    action: Action | None
    """None if there is no such command."""
    argument: str = ""
    complaint: str = ""
    """Why it can't be done as it stands, in the user's language."""


def with_slash(line: str) -> str:
    """A line as it was meant: in a Russian layout the key of the slash types a dot, and its word Russian letters.

    Nothing else is changed: a dot before any other word is a dot.
    """
    if not line.startswith(".") or not "а" <= line[1:2].lower() <= "ё":
        return line
    typed = to_qwerty(line[1:].split(maxsplit=1)[0].lower())
    known = any(word.startswith(typed) for entry in ACTIONS.values() for word in entry.slash)
    return f"/{line[1:]}" if known else line


def slash_command(text: str, *, demo: bool) -> Command | None:
    """The command that a text is; None if it is a prompt, like those that begin with a path or with `//`."""
    line = with_slash(text.strip())
    if not line.startswith("/"):
        return None
    word, _, argument = line[1:].partition(" ")
    if "\n" in line:
        word = line[1:].split(maxsplit=1)[0] if line[1:2].strip() else ""
        known = by_slash(word.lower())
        return None if known is None else Command(known, complaint=say("notice.command_lines", word=word))
    entry = by_typed(word) if word else ACTIONS["palette"]
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
}


def key_label(key: str) -> str:
    """A key as people write it: `ctrl+l` is Ctrl+L."""
    return "+".join(_KEY_NAMES.get(part, part.capitalize()) for part in key.split("+"))


def hint(name: str) -> str:
    """The key that hints show for an action."""
    return key_label(ACTIONS[name].keys[0])
