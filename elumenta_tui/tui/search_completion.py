"""Completions of a filter that is typed in the search of conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from elumenta_tui.i18n import in_every_language, say
from elumenta_tui.session.search_terms import DAYS, FACTS, NAMES, STATE_WORDS, split_filter
from elumenta_tui.text.layouts import to_qwerty
from elumenta_tui.text.matching import fold
from elumenta_tui.text.tags import SIGNS, tag_of

Read = Callable[[], Awaitable[Sequence[str]]]
"""Reads the values that occur in the stored conversations."""

MOST = 30
"""Completions that are offered, at most."""


class Completion:
    """Completes the last term of a search text. What occurs in the conversations is read once, when it is first needed."""

    def __init__(self, models: Read, tags: Read) -> None:
        """`models` reads the slugs of the models that were asked, `tags` the tags."""
        self._read = {"model": models, "#": tags}
        self._known: dict[str, Sequence[str]] = {}

    def forget(self) -> None:
        """Read again what occurs, because it may have changed."""
        self._known.clear()

    async def of(self, typed: str) -> list[str]:
        """Return the texts that the last term may become. They are whole terms."""
        term = typed[max(typed.rfind(" "), typed.rfind("\t")) + 1 :]
        if not term:
            return []
        if term[0] in SIGNS:
            typed_tag = tag_of(term)
            tags = await self._values("#")
            return [f"#{tag}" for tag in tags if tag.startswith(typed_tag) and tag != typed_tag][:MOST]
        name, typed_name, value = split_filter(term, in_every_language) or (None, "", "")
        if name is None:
            return _names(term)
        values = await self._values(name) if name == "model" else _VALUES[name](value)
        readings = {fold(value), to_qwerty(fold(value))}
        begin = [each for each in values if fold(each).startswith(tuple(readings))]
        # The name of a model is known by its middle, too: the maker stands before it.
        hold = [each for each in values if name == "model" and any(part in fold(each) for part in readings)]
        found = dict.fromkeys(begin + hold)
        if readings & {fold(each) for each in found}:
            # It is complete already. More is offered only if what is typed begins something longer.
            found = {each: None for each in begin if fold(each) not in readings}
        return [f"{_spelled(typed_name)}:{each}" for each in found][:MOST]

    async def _values(self, kind: str) -> Sequence[str]:
        if kind not in self._known:
            self._known[kind] = await self._read[kind]()
        return self._known[kind]


def completed(typed: str, term: str) -> str:
    """Return a search text with another last term. A blank follows, unless a value is to follow."""
    start = max(typed.rfind(" "), typed.rfind("\t")) + 1
    return typed[:start] + term + ("" if term.endswith((":", ">", "<")) else " ")


def _names(term: str) -> list[str]:
    """Return the names of filters that a word begins, in the language in use if it begins them in that language."""
    found: list[str] = []
    for name in NAMES:
        spelled = say(f"search.name.{name}")
        for each in [spelled, *sorted(in_every_language(f"search.name.{name}") - {spelled})]:
            if each.startswith((fold(term), to_qwerty(fold(term)))):
                found.append(f"{each}:")
                break
    return found


def _spelled(name: str) -> str:
    """Return a name of a filter as it is spelled in the layout that was meant."""
    spellings = {each for known in NAMES for each in in_every_language(f"search.name.{known}")}
    folded = fold(name)
    return folded if folded in spellings else to_qwerty(folded)


def _words(keys: Mapping[str, str], value: str) -> list[str]:
    """Return the words for values in the language in use, or in that of the typed beginning."""
    own = [say(key) for key in keys.values()]
    other = [each for key in keys.values() for each in in_every_language(key) if each not in own]
    fits = [each for each in own if fold(each).startswith(fold(value))]
    return own if fits or not value else own + other


_VALUES: dict[str, Callable[[str], list[str]]] = {
    "state": lambda value: _words(STATE_WORDS, value),
    "is": lambda value: _words(FACTS, value),
    "after": lambda value: _words(DAYS, value),
    "before": lambda value: _words(DAYS, value),
    "cost": lambda value: [">", "<"] if not value else [],
}
"""By filter: the values that it may have, besides those that occur in conversations."""
