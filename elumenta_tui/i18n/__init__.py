"""The message catalogue: every sentence that a person reads, in every language.

The texts live in `en.toml`, `ru.toml` … beside this file, under the same keys. `say("bar.left", n=281)`
picks the text of the language in use, its plural form by `n`, and fills the placeholders; numbers get the
language's separators.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from elumenta_tui.config.languages import DIRECTORY, languages, of_locale
from elumenta_tui.i18n.plurals import RULES, Rule
from elumenta_tui.lean import Frozen
from elumenta_tui.text.phrase import Phrase
from elumenta_tui.text.sanitize import clean, clean_line

Language = str
"""The code of a language: the name of its file."""

LANGUAGES: tuple[Language, ...] = languages()
"""The first one is used when the locale asks for none of them."""

Entry = str | dict[str, str]
"""A text, or its plural forms by category (one, few, many, other)."""

_SECTION = re.compile(r"^\[(\w+)", re.MULTILINE)

_sources: dict[str, dict[str, str]] = {}
_catalogues: dict[str, dict[str, Entry]] = {}
_language: Language = LANGUAGES[0]


class _Rules(Frozen):
    """What the table `[language]` of a language's file says."""

    plural: Rule
    separators: dict[int, str]
    """What stands for the comma and the point of an English number."""


_rules: dict[str, _Rules] = {}


def use(language: str) -> None:
    """Switch to a language; ValueError if it has no catalogue."""
    global _language
    if language not in LANGUAGES:
        raise ValueError(language)
    _language = language


def language() -> Language:
    """Return the language in use."""
    return _language


def name_of(code: Language) -> str:
    """Return the name of a language in that language."""
    return str(_of(code, "language.name"))


def _of(code: Language, key: str) -> Entry:
    _read(code, key.partition(".")[0])
    return _catalogues[code][key]


def _rules_of(code: Language) -> _Rules:
    """Return the rules of a language. Its file writes 1,234.5 as the language does, which tells the separators."""
    if code not in _rules:
        numbers = str(_of(code, "language.numbers"))
        thousands, point = numbers[1], numbers[-2]
        rule = RULES[str(_of(code, "language.plural"))]
        _rules[code] = _Rules(rule, {ord(","): thousands, ord("."): point})
    return _rules[code]


def detect(environ: Mapping[str, str]) -> str:
    """Return the language of the locale, as POSIX orders its variables.

    The first of `LANGUAGES` if it names none of them.
    """
    return of_locale(environ, LANGUAGES)


def catalogue(code: str) -> dict[str, Entry]:
    """Return all entries of a language under their dotted keys. Parses what has not been parsed yet."""
    for section in list(_sections(code)):
        _read(code, section)
    return _catalogues[code]


def _sections(code: str) -> dict[str, str]:
    """Return the unparsed sections of a language's file, by the first part of their table names."""
    if code not in _sources:
        source = Path(DIRECTORY, f"{code}.toml").read_text(encoding="utf-8")
        tables = list(_SECTION.finditer(source))
        ends = [table.start() for table in tables[1:]] + [len(source)]
        sections = dict.fromkeys((table[1] for table in tables), "")
        for table, end in zip(tables, ends, strict=True):
            sections[table[1]] += source[table.start() : end]
        _catalogues.setdefault(code, {})
        _sources[code] = sections
    return _sources[code]


def _read(code: str, section: str) -> None:
    """Parse a section into the catalogue; does nothing if the section is unknown or already parsed."""
    # Sections are parsed one by one: parsing all takes 5 % of the time until the first frame, which needs few.
    sections = _sections(code)
    source = sections.get(section)
    if source is not None:
        _catalogues[code].update(_flatten(tomllib.loads(source)))
        # Remove the section last: a thread that finds it removed must find its entries in the catalogue.
        sections.pop(section, None)


def _entry(key: str) -> Entry | None:
    entry = _catalogues.get(_language, {}).get(key)
    if entry is None:
        _read(_language, key.partition(".")[0])
        entry = _catalogues[_language].get(key)
    return entry


PLURAL_FORMS = {"one", "few", "many", "other"}


def _flatten(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Entry]]:
    entries: list[tuple[str, Entry]] = []
    for name, value in table.items():
        if isinstance(value, str) or value.keys() <= PLURAL_FORMS:
            entries.append((prefix + name, value))
        else:
            entries.extend(_flatten(value, f"{prefix}{name}."))
    return entries


def in_every_language(key: str) -> set[str]:
    """Return the texts under `key` in all languages. The entry must not have plural forms."""
    return {str(_of(code, key)) for code in LANGUAGES}


def knows(key: str) -> bool:
    """Return whether the catalogue has an entry under `key`."""
    return _entry(key) is not None


KEY = "key_"
"""Begins the placeholders that stand for the key of an action: `{key_send}`."""

_key_of: Callable[[str], str] = str


def name_keys_by(key_of: Callable[[str], str]) -> None:
    """Have the keys in texts named by a function, which takes the name of an action."""
    global _key_of
    _key_of = key_of


class _Filling(dict[str, str]):
    """The values of a text's placeholders. Keys of actions are not among them: they are looked up."""

    def __missing__(self, name: str) -> str:
        if name.startswith(KEY):
            return _key_of(name.removeprefix(KEY))
        raise KeyError(name)


def say(key: str, /, **values: object) -> str:
    """Return the text under `key` with its `{name}` placeholders filled; KeyError if there is none.

    Values are sanitized, because they may be a path, a server's message, or typed text.
    """
    entry = _entry(key)
    if entry is None:
        raise KeyError(key)
    if not isinstance(entry, str):
        entry = entry[plural(values["n"])]
    if not values and f"{{{KEY}" not in entry:
        return entry
    return entry.format_map(_Filling({name: clean(number(value)) for name, value in values.items()}))


def word_for(key: str, name: str) -> str:
    """Return the text under `key`, or the service's own name for the thing if the catalogue has no text."""
    return say(key) if knows(key) else clean_line(name, 20)


def spoken(*phrases: Phrase) -> str:
    """Return the texts of the phrases, separated by spaces. A phrase may be a value of another phrase."""
    return " ".join(
        say(
            phrase.key,
            **{name: spoken(value) if isinstance(value, Phrase) else value for name, value in phrase.values},
        )
        for phrase in phrases
    )


def plural(count: object) -> str:
    """Return the plural category of a number in the language in use."""
    return _rules_of(_language).plural.form_of(count)


def decimal(value: float) -> str:
    """Format a fraction with the digits that it has, up to six: 0.25, or 0,25."""
    return f"{value:g}".translate(_rules_of(_language).separators)


def number(value: object) -> str:
    """Format a number with the language's separators and a real minus sign; return anything else as text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    text = text.translate(_rules_of(_language).separators)
    return text.replace("-", "\N{MINUS SIGN}")
