"""Find the prepared text of `--help`, so that it is printed without loading the program.

The texts lie in `prepared/`, a file for each language: `make helps` writes them, and a test compares them. They hold for
the keys that the program comes with. Where a file of the user's may say otherwise, the program itself makes the text.
This imports nothing that takes time.
"""

from __future__ import annotations

import os

from elumenta_tui.cli.help_layout import laid_out, width
from elumenta_tui.config.directories import directory
from elumenta_tui.config.languages import languages, of_locale

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Importing `collections` for its `abc`, or `typing`, takes a good part of the time that a bare Python takes.
    from collections.abc import Mapping, Sequence

DIRECTORY = os.path.join(os.path.dirname(__file__), "prepared")

PAGE = "\f"
"""Stands before each text. The words that call its command follow, and an end of line."""


class _Unsure(Exception):
    """A file of the user's has to be read by the program."""


def prepared(words: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Return what `--help` prints after these words; None if the program has to make it."""
    try:
        config = _lines(environ, "config")
        text = _texts(_language(config, environ)).get(" ".join(words))
        if text is None or words:
            return text and f"{laid_out(text, width(1))}\n"
        return None if _may_change_keys(config) else f"{text}\n"
    except (_Unsure, OSError, ValueError):
        return None


def _texts(language: str) -> dict[str, str]:
    """Return the texts of a language by the words that call a command; empty: the program itself."""
    with open(os.path.join(DIRECTORY, f"{language}.txt"), encoding="utf-8") as file:
        pages = file.read().split(PAGE)[1:]
    split = (page.removesuffix("\n").partition("\n") for page in pages)
    return {words: text for words, _, text in split}


def _language(config: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the language that was chosen in the app, or else the one that is configured, or else that of the locale."""
    known = languages()
    configured = _string(config, "language") or "auto"
    state = _lines(environ, "state")
    chosen = configured
    if (choice := "[language]") in state:
        table = state[state.index(choice) + 1 :]
        # The choice counts until the configuration says something else.
        if _string(table, "instead_of") == configured:
            chosen = _string(table, "chosen") or configured
    elif any("language" in line for line in state):
        raise _Unsure
    return chosen if chosen in known else of_locale(environ, known)


def _string(lines: Sequence[str], name: str) -> str | None:
    """Return an option that is a string, from the lines up to the next table; None if it is not there. Raises _Unsure."""
    for line in lines:
        if line.lstrip().startswith("["):
            break
        key, _, value = line.partition("=")
        if name not in key:
            continue
        value = value.partition("#")[0].strip()
        if key.strip() != name or len(value) < 2 or value[0] != '"' or value[-1] != '"' or "\\" in value:
            raise _Unsure
        return value[1:-1]
    return None


def _may_change_keys(config: Sequence[str]) -> bool:
    """Return whether the configuration may give actions other keys."""
    return any("key" in line.replace("api_key", "") for line in config)


def _lines(environ: Mapping[str, str], kind: str) -> list[str]:
    """Return the lines of config.toml or state.toml that are not comments; none if there is no file. Raises _Unsure."""
    try:
        with open(os.path.join(directory(environ, kind), f"{kind}.toml"), encoding="utf-8-sig") as file:
            text = file.read()
    except FileNotFoundError:
        return []
    # A text of several lines may hold what looks like an option.
    if '"""' in text or "'''" in text:
        raise _Unsure
    return [line for line in text.split("\n") if not line.lstrip().startswith("#")]
