"""A file to be imported: its JSON within bounds, and the files that came with it."""

from __future__ import annotations

import json
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from elumenta_tui.files.reading import MOST_BYTES, read_file
from elumenta_tui.files.refused import RefusedFile
from elumenta_tui.transfer.importing.left_out import NotImportable

MOST = 512 * 1024 * 1024
"""Bytes of JSON that are read, at most."""

DATABASE, ARCHIVE = b"SQLite format 3\0", b"PK\x03\x04"
"""How a database and an archive begin."""

_MOST_NAMES = 200_000
"""Files of an archive or a directory that are looked at, at most."""

_FOR_READING = ("<", "# ")
"""How exports in HTML and Markdown begin."""

_CONVERSATIONS = re.compile(r"(?:.*/)?conversations(?:-\d{1,6})?\.json", re.IGNORECASE)

Find = Callable[[str], bytes | None]
"""Returns the content of the file that came along whose name begins so; None if there is none that can be read."""


class Document(NamedTuple):
    """A JSON value, and the files that came with it."""

    value: Any
    find: Find


def documents(path: Path) -> Iterator[Document]:
    """Yield the JSON values of a file, or of an archive with exports in it. Raises NotImportable or OSError."""
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        inside = sorted(entry for entry in path.iterdir() if _CONVERSATIONS.fullmatch(entry.name))
        if not inside:
            raise NotImportable("directory")
        for entry in inside:
            yield Document(_parsed(_read(entry), entry.name), _finder(path))
        return
    if not stat.S_ISREG(found.st_mode):
        raise NotImportable("special")
    with path.open("rb") as file:
        begin = file.read(len(DATABASE))
    if begin == DATABASE:
        raise NotImportable("database")
    if begin.startswith(ARCHIVE):
        yield from _in_archive(path)
    else:
        yield Document(_parsed(_read(path), ""), _finder(path.parent))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MOST + 1)
    if len(data) > MOST:
        raise NotImportable("too_large", limit=MOST)
    return data


def _parsed(data: bytes, name: str) -> Any:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotImportable("no_text", n=error.start) from error
    if not text.strip():
        raise NotImportable("empty")
    try:
        return json.loads(text, parse_constant=lambda word: None)
    except json.JSONDecodeError as error:
        if text.lstrip().startswith(_FOR_READING):
            raise NotImportable("for_reading", name=name) from error
        raise NotImportable("no_json", line=str(error.lineno), column=str(error.colno), name=name) from error
    except RecursionError as error:
        raise NotImportable("too_deep") from error
    except ValueError as error:
        # A number with thousands of digits.
        raise NotImportable("number") from error


def _in_archive(path: Path) -> Iterator[Document]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:_MOST_NAMES]
            inside = sorted(name for name in names if _CONVERSATIONS.fullmatch(name))
            if not inside:
                raise NotImportable("archive")
            for name in inside:
                with archive.open(name) as file:
                    data = file.read(MOST + 1)
                if len(data) > MOST:
                    raise NotImportable("too_large", limit=MOST)
                yield Document(_parsed(data, name), _archive_finder(archive, names))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise NotImportable("broken_archive") from error


def _archive_finder(archive: zipfile.ZipFile, names: list[str]) -> Find:
    bare = {name.rpartition("/")[2]: name for name in names if not name.endswith("/")}
    search = _Beginnings(list(bare))

    def find(beginning: str) -> bytes | None:
        name = search.first(beginning)
        if name is None:
            return None
        with suppress(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError):
            with archive.open(bare[name]) as file:
                data = file.read(MOST_BYTES + 1)
            return data if len(data) <= MOST_BYTES else None
        return None

    return find


def _finder(directory: Path) -> Find:
    search: list[_Beginnings] = []
    places: dict[str, Path] = {}

    def find(beginning: str) -> bytes | None:
        if not search:
            places.update(_files_in(directory))
            search.append(_Beginnings(list(places)))
        name = search[0].first(beginning)
        data = read_file(places[name]) if name is not None else None
        return None if data is None or isinstance(data, RefusedFile) else data

    return find


def _files_in(directory: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a directory and of those in it, by name."""
    count = 0
    with suppress(OSError):
        for entry in sorted(directory.iterdir()):
            inner = [entry]
            if entry.is_dir() and not entry.is_symlink():
                with suppress(OSError):
                    inner = sorted(entry.iterdir())
            for file in inner:
                count += 1
                if count > _MOST_NAMES:
                    return
                yield file.name, file


class _Beginnings:
    """Finds names by their beginnings."""

    def __init__(self, names: list[str]) -> None:
        self._names = sorted(names)

    def first(self, beginning: str) -> str | None:
        from bisect import bisect_left

        at = bisect_left(self._names, beginning)
        found = self._names[at] if at < len(self._names) else ""
        return found if beginning and found.startswith(beginning) else None
