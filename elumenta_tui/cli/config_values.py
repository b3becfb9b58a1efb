"""Values of the configuration that a file can have and that still cannot be used: themes that are not there, addresses that are none."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from elumenta_tui.config.paths import own_themes, shipped_themes
from elumenta_tui.config.settings import AUTO, Reading
from elumenta_tui.config.toml_text import place_of
from elumenta_tui.i18n import say
from elumenta_tui.text.redact import redact_key
from elumenta_tui.text.sanitize import clean_line

CHECKED = ("theme", "dark_theme", "light_theme", "base_url")
"""Options whose values are checked here."""

_SHOWN = 60
"""Columns of a value that a sentence shows, at most."""


def theme_names(path: Path) -> list[str]:
    """Return the names of the shipped themes, and of those beside the configuration file `path`."""
    shipped = (file.stem for file in shipped_themes().glob("*.toml"))
    return sorted({*shipped, *map(_name_in, own_themes(path).glob("*.toml"))})


def _name_in(file: Path) -> str:
    """Return the name that a theme gives itself, or that of its file. What is wrong in the file, the app says."""
    try:
        name = tomllib.loads(file.read_bytes().decode("utf-8-sig")).get("name")
    except (OSError, ValueError, RecursionError):
        name = None
    return name if isinstance(name, str) else file.stem


def objection(name: str, value: object, path: Path) -> str:
    """Return what speaks against a value of an option, which the sentence begins with; empty if nothing does."""
    text = str(value)
    shown = redact_key(clean_line(text, _SHOWN))
    if name == "base_url":
        from elumenta_tui.api import BadUrl
        from elumenta_tui.api.address import checked_url

        try:
            checked_url(text)
        except BadUrl:
            return say("config.no_address", what=name, value=shown)
    elif name in CHECKED:
        from difflib import get_close_matches

        names = [*theme_names(path), *([AUTO] if name == "theme" else [])]
        if text not in names:
            like = "".join(get_close_matches(text.lower(), names, n=1))
            key = "config.no_theme_like" if like else "config.no_theme"
            listed = ", ".join(clean_line(each, _SHOWN) for each in names)
            return say(key, what=name, value=shown, like=clean_line(like), names=listed)
    return ""


def objections(path: Path, reading: Reading) -> Iterator[str]:
    """Yield what speaks against the values that a file gives, each with its line and column."""
    wrong = {problem.details.get("key") for problem in reading.problems}
    for name in CHECKED:
        if name not in reading.given or name in wrong:
            continue
        if words := objection(name, getattr(reading.settings, name), path):
            line, column = place_of(path.read_bytes().decode("utf-8-sig"), name)
            yield f"{say('settings.place', path=path, line=line, column=column)}: {words}"
