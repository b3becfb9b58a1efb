"""Completions of a typed slash word, and of its argument where that is one of a few values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from elumenta_tui import i18n
from elumenta_tui.chat.models import Model, models_begun
from elumenta_tui.config.settings import IMAGES
from elumenta_tui.i18n import say
from elumenta_tui.text.layouts import to_qwerty, to_russian
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import ACTIONS, Action, by_typed, with_slash
from elumenta_tui.tui.widgets.suggestions import Suggestion

if TYPE_CHECKING:
    from elumenta_tui.tui.parts import Parts


def suggestions(parts: Parts, line: str) -> Sequence[Suggestion]:
    """Return the completions of a path after `@`, or of a line: slash words, or one slash word with each of its possible arguments.

    Lists only what is possible now. Words typed in the wrong keyboard layout match, too.
    """
    if line.startswith("@"):
        return () if parts.is_revising else parts.path_completion.find(line)
    line = with_slash(line, lambda word: any(_own_words(parts, word)))
    if not line.startswith("/"):
        return ()
    word, blank, argument = line[1:].partition(" ")
    if not blank:
        return [*_words(parts, word.lower())]
    entry = by_typed(word)
    if entry is not None and (begins := _path_in(entry.name, argument)) is not None:
        # The whole rest is the path, with its blanks.
        kept, path = argument[:begins], argument[begins:]
        listed = parts.path_completion.find(f"@{path.removeprefix('@')}") if path else ()
        paths = [item.path for item in listed]
        if entry.name != "attach":
            # What is written never goes into a file that is there.
            paths = [each for each in paths if each.endswith("/")]
        return [Suggestion(f"/{word} {kept}{each}", "") for each in paths]
    if entry is None or entry.name not in _CHOICES or not parts.is_offered(entry):
        return ()
    if entry.name == "compare":
        # Several arguments: complete the last one.
        before, _, argument = argument.rpartition(" ")
        word = f"{word} {before}".strip()
    ways = _ways(argument.lower())
    if entry.name == "regenerate":
        # It takes a remark as well, whose letters are in many a slug.
        begun = [model for way in ways for model in models_begun(parts.session.models, way)]
        return [Suggestion(f"/{word} {each.slug}", _with_price(each)) for each in dict.fromkeys(begun)]
    choices = [*_CHOICES[entry.name](parts)]
    begin = [choice for choice in choices if choice[0].lower().startswith(ways)]
    hold = [choice for choice in choices if any(way in choice[0].lower() for way in ways)]
    found = dict.fromkeys([*begin, *hold])
    return [Suggestion(f"/{word} {value}", title) for value, title in found]


def _words(parts: Parts, typed: str) -> Iterable[Suggestion]:
    """Yield every matching command once, under the first of its slash words that matches."""
    ways = _ways(typed)[:2]
    for entry in sorted(ACTIONS.values(), key=_rank):
        word = next((word for word in entry.slash if word.startswith(ways)), None)
        if word is not None and parts.is_offered(entry):
            yield Suggestion(f"/{word}", entry.title, entry.takes_text)
    yield from _own_words(parts, typed)


def _own_words(parts: Parts, typed: str) -> Iterable[Suggestion]:
    """Yield the personas and the templates whose slash words begin as typed, in either layout."""
    ways = _ways(typed)
    return (own for own in parts.own_words() if own.line[1:].startswith(ways))


def _ways(typed: str) -> tuple[str, ...]:
    """Return what is typed, and what the same keys type in QWERTY and in the Russian layout."""
    return typed, to_qwerty(typed), to_russian(typed).lower()


def _path_in(name: str, argument: str) -> int | None:
    """Return where the path begins in the argument of a slash word; None if it takes none."""
    if name in ("attach", "save"):
        return 0
    if name != "export":
        return None
    before, files, _ = argument.partition(" --attachments ")
    if files:
        return len(before + files)
    format, blank, _ = argument.partition(" ")
    if blank and format.lower() in ("md", "json"):
        return len(format) + 1
    return 0 if "/" in argument or argument.startswith(("~", ".")) else None


_FIRST = ("new", "model", "conversations", "find", "copy", "export", "theme", "help", "quit")
"""The most used commands, which are listed first."""


def _rank(entry: Action) -> int:
    return _FIRST.index(entry.name) if entry.name in _FIRST else len(_FIRST)


def _models(parts: Parts) -> Iterable[tuple[str, str]]:
    return ((model.slug, _with_price(model)) for model in parts.session.models if model.streams)


def _with_price(model: Model) -> str:
    name = clean_line(model.name, 40)
    if model.price is None:
        return name
    if model.price_max is not None:
        return f"{name} · {model.price}–{say('bar.tokens', n=model.price_max)}"
    return f"{name} · {say('bar.tokens', n=model.price)}"


_CHOICES: dict[str, Callable[[Parts], Iterable[tuple[str, str]]]] = {
    "compare": _models,
    "model": _models,
    "regenerate": _models,
    "persona": lambda parts: parts.personas.choices(),
    "theme": lambda parts: ((name, "") for name in parts.appearance.names()),
    "language": lambda parts: ((code, i18n.name_of(code)) for code in i18n.LANGUAGES),
    "export": lambda parts: (("md", "Markdown"), ("html", "HTML"), ("json", "JSON")),
    "images": lambda parts: ((word, say(f"images.choice.{word}")) for word in IMAGES),
    "demo": lambda parts: parts.dialogs.scenarios(),
}
"""The possible arguments of slash words by action name, each with its meaning."""
