"""Paths as people type, paste and drag them, and the files that a path may become. Listing may wait for the disk."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from elumenta_tui.files.ignored import Ignored
from elumenta_tui.text.sanitize import clean

LONGEST = 4096
"""Characters of a path."""

MOST_ENTRIES = 2_000
"""Entries of a directory that are listed."""

_PATH_LIKE = re.compile(r"""["'“«]?(?:~|/|\.{1,2}/|file://|[A-Za-z]:\\|\S+[./\\]\S*)""")


def path_of(text: str) -> Path:
    """Return a typed path, `~` resolved."""
    return Path(os.path.expanduser(text))


def readings(text: str) -> Iterator[list[Path]]:
    """Yield what a typed or pasted text may mean: one path as it stands, or several that a shell or a file manager has written."""
    text = text.strip()
    if not text or len(text) > LONGEST * 8 or "\0" in text:
        return
    if "\n" not in text:
        yield [path_of(text)]
    words = text.split("\n") if text.startswith("file://") else _words(text)
    paths = [_from_address(word) if word.startswith("file://") else path_of(word) for word in words]
    if paths and all(path is not None for path in paths):
        yield [path for path in paths if path is not None]


def _words(text: str) -> list[str]:
    for quotes in ("“”", "«»"):
        if text[0] == quotes[0] and text[-1] == quotes[1]:
            return [text[1:-1]]
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _from_address(address: str) -> Path | None:
    parts = urlsplit(address.strip())
    if parts.netloc not in ("", "localhost"):
        return None
    path = unquote(parts.path)
    return None if "\0" in path else Path(path)


def existing(text: str) -> list[Path]:
    """Return the files that a text means; empty if any of them is none."""
    for paths in readings(text):
        try:
            if all(path.is_file() for path in paths):
                return paths
        except OSError:
            continue
    return []


def pasted(text: str) -> Path | None:
    """Return the one file whose path a text is; None if it is anything else."""
    text = text.strip()
    if not text or len(text) > LONGEST or "\n" in text or _PATH_LIKE.match(text) is None:
        return None
    found = existing(text)
    return found[0] if len(found) == 1 else None


class Entry(NamedTuple):
    """A file or a directory that completes a path."""

    name: str
    is_directory: bool
    is_last: bool
    """True for hidden and ignored ones, which stand behind the others."""


def entries(directory: Path) -> list[Entry]:
    """List a directory: its directories and regular files, those that a user wants least at the end. Empty if that is not possible."""
    found: list[Entry] = []
    try:
        ignored = Ignored(directory)
        with os.scandir(directory) as listed:
            for each in listed:
                # What is shown must be what is typed: other names can be attached by /attach.
                if clean(each.name) != each.name or any(sign in each.name for sign in '\n\t"'):
                    continue
                if (entry := _entry(each, ignored)) is not None:
                    found.append(entry)
                if len(found) >= MOST_ENTRIES:
                    break
    except OSError:
        return []
    return sorted(found, key=lambda entry: (entry.is_last, entry.name.casefold(), entry.name))


def _entry(each: os.DirEntry[str], ignored: Ignored) -> Entry | None:
    try:
        is_directory = each.is_dir()
        if not is_directory and not each.is_file():
            return None
    except OSError:
        return None
    is_last = each.name.startswith(".") or ignored.matches(each.name, is_directory=is_directory)
    return Entry(each.name, is_directory, is_last)
