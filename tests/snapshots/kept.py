"""The files of what stands on the screen: one for each view, with a section for each language and size.

`python -m tests.snapshots` writes them, all or those of the named groups; the tests compare. They are there to be read: the letters behind
the rows are those of `tests.snapshots.drawing.LETTERS`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from elumenta_tui.i18n import Language

DIRECTORY = Path(__file__).parent / "kept"

Size = tuple[int, int]
"""Columns and rows of a terminal."""

Section = tuple[Language, Size]

LANGUAGES: tuple[Language, ...] = ("en", "ru")
SIZES: tuple[Size, ...] = ((80, 24), (40, 15), (120, 40))

_HEAD = "== "


def head(section: Section) -> str:
    language, (width, height) = section
    return f"{_HEAD}{language} {width}x{height}"


def path_of(name: str) -> Path:
    return DIRECTORY / f"{name}.txt"


@cache
def sections_of(name: str) -> dict[str, list[str]]:
    """Return the rows of each section of a view by its head; empty if there is no file."""
    path = path_of(name)
    found: dict[str, list[str]] = {}
    rows: list[str] = []
    for row in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if row.startswith(_HEAD):
            rows = found.setdefault(row, [])
        else:
            rows.append(row)
    return found


def keep(name: str, drawn: dict[Section, list[str]]) -> None:
    """Write the sections of a view that were drawn. Those that were not stay."""
    sections = {**sections_of(name), **{head(section): rows for section, rows in drawn.items()}}
    order = [head((language, size)) for language in LANGUAGES for size in SIZES]
    lines = [line for each in order if each in sections for line in (each, *sections[each])]
    path_of(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    sections_of.cache_clear()
