"""Completions of a path after `@` in the prompt. Directories are listed in a worker thread, and appear when they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import NamedTuple
from unicodedata import normalize

from elumenta_tui.files.paths import Entry, entries, path_of
from elumenta_tui.session import Tasks
from elumenta_tui.tui.widgets.suggestions import Suggestion

FRESH = 2.0
"""Seconds after which a directory is listed again when it is needed."""

MOST = 200
"""Completions, at most."""

_MOST_DIRECTORIES = 50
"""Directories that are remembered."""


class _Listing(NamedTuple):
    entries: Sequence[Entry]
    at: float


class PathCompletion:
    """Completes paths.

    Args:
        attach: attaches the file at a path.
        refresh: shows the completions anew, because a directory was read.
    """

    def __init__(self, tasks: Tasks, *, attach: Callable[[Path], None], refresh: Callable[[], None]) -> None:
        self._tasks = tasks
        self._attach = attach
        self._refresh = refresh
        self._listings: dict[Path, _Listing] = {}
        self._running: set[Path] = set()

    def find(self, token: str) -> Sequence[Suggestion]:
        """Return the completions of `@` and the beginning of a path, after a quote if it has blanks."""
        typed = token[1:].removeprefix('"')
        before, slash, beginning = typed.rpartition("/")
        base = before + slash
        try:
            # An unknown user's home stays as it is typed, and is no directory.
            directory = path_of(base or ".")
        except ValueError:
            return ()
        listing = self._listings.get(directory)
        if listing is None or monotonic() - listing.at > FRESH:
            self._list(directory)
        wanted = _folded(beginning)
        found = listing.entries if listing is not None else ()
        begin = [entry for entry in found if _folded(entry.name).startswith(wanted)]
        hold = [entry for entry in found if wanted and wanted in _folded(entry.name) and entry not in begin]
        # What is hidden or ignored stands behind everything else, unless it is what was typed.
        ranked = sorted([*begin, *hold], key=lambda entry: entry.is_last and not beginning.startswith("."))
        return [self._suggestion(base, directory, entry) for entry in ranked[:MOST]]

    def _suggestion(self, base: str, directory: Path, entry: Entry) -> Suggestion:
        path = f"{base}{entry.name}{'/' if entry.is_directory else ''}"
        quote = '"' if any(letter.isspace() for letter in path) else ""
        line = f"@{quote}{path}{'' if entry.is_directory else quote}"
        if entry.is_directory:
            return Suggestion(line, "", path=path)
        return Suggestion(
            line, "", path=path, inserts=entry.name, taken=partial(self._attach, directory / entry.name)
        )

    def _list(self, directory: Path) -> None:
        if directory in self._running:
            return
        self._running.add(directory)
        self._tasks.start(partial(self._read, directory), "paths")

    async def _read(self, directory: Path) -> None:
        try:
            found = await asyncio.to_thread(entries, directory)
        finally:
            self._running.discard(directory)
        before = self._listings.pop(directory, None)
        self._listings[directory] = _Listing(found, monotonic())
        if len(self._listings) > _MOST_DIRECTORIES:
            del self._listings[next(iter(self._listings))]
        if before is None or before.entries != found:
            self._refresh()


def _folded(text: str) -> str:
    return normalize("NFC", text).casefold()
