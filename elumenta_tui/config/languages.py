"""The languages that the client speaks: each is one file of texts in `i18n/`, whose name is the language's code."""

from __future__ import annotations

from pathlib import Path

FIRST = "en"
"""The language that is spoken where the locale asks for none of the others."""

DIRECTORY = Path(__file__).parent.parent / "i18n"


def languages() -> tuple[str, ...]:
    """Return the codes of all languages, `FIRST` first and the others by the alphabet."""
    others = sorted(path.stem for path in DIRECTORY.glob("*.toml") if path.stem != FIRST)
    return (FIRST, *others)
