"""Names that `.gitignore` files leave out. They are completed behind all others, so a rule that is read wrong hides nothing."""

from __future__ import annotations

import re
from fnmatch import translate
from pathlib import Path
from typing import NamedTuple

_LARGEST = 100_000
"""Bytes of a `.gitignore` that are read."""

_MOST_RULES = 500


class _Rule(NamedTuple):
    pattern: re.Pattern[str]
    """Matches a path below the directory of the file."""
    is_negated: bool
    only_directories: bool


class Ignored:
    """The rules that hold in a directory: those of its own file, and of those above it up to the root of the repository."""

    def __init__(self, directory: Path) -> None:
        directory = directory.absolute()
        self._rules: list[tuple[str, _Rule]] = []
        """Each with the path of the directory below that of its file, the outermost file first."""
        levels: list[tuple[str, list[_Rule]]] = []
        below = ""
        for level in (directory, *directory.parents):
            levels.append((below, _read(level / ".gitignore")))
            if (level / ".git").exists():
                break
            below = f"{level.name}/{below}"
        else:
            # No repository.
            levels = []
        self._rules = [(below, rule) for below, rules in reversed(levels) for rule in rules]

    def matches(self, name: str, *, is_directory: bool) -> bool:
        """Return whether a name in the directory is ignored. The last rule that matches decides."""
        is_ignored = False
        for below, rule in self._rules:
            if (is_directory or not rule.only_directories) and rule.pattern.fullmatch(below + name):
                is_ignored = not rule.is_negated
        return is_ignored


def _read(path: Path) -> list[_Rule]:
    try:
        if not path.is_file():
            return []
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return []
    return [rule for line in text.splitlines()[:_MOST_RULES] if (rule := _rule(line)) is not None]


def _rule(line: str) -> _Rule | None:
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    is_negated = line.startswith("!")
    line = line.removeprefix("!").removeprefix("\\")
    only_directories = line.endswith("/")
    line = line.rstrip("/")
    while line.startswith("**/"):
        line = line[3:]
    is_anchored = "/" in line
    line = line.removeprefix("/")
    if not line:
        return None
    pattern = translate(line).replace("\\Z", "")
    # A rule without a slash holds at every depth, and one with a slash from the directory of its file on.
    pattern = pattern if is_anchored else f"(?:.*/)?{pattern}"
    return _Rule(re.compile(pattern, re.DOTALL), is_negated, only_directories)
