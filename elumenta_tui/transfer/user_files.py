"""Files that the user asks for: where they go, and what is said if they can't be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from elumenta_tui.i18n import say
from elumenta_tui.process.files import write_new, write_under_free_name
from elumenta_tui.text.sanitize import clean_line

EXPORTS = "exports"
"""Subdirectory of the data directory for files without a place, if the working directory is not writable."""

_PATH_LIMIT = 4096
"""Characters of a path that a notice shows, at most."""


def write_at(
    place: str, data_directory: Path, names: Callable[[], Iterable[str]], data: Callable[[], Iterable[bytes]]
) -> Path:
    """Write a new file, and return its path. An existing file is never changed.

    Args:
        place: path of the file, or of a directory for it, as the user typed it. Empty: the working directory, or `EXPORTS` of
            the data directory if that can't be written.
        names: returns names of the file in a directory, of which the first free one is taken.
        data: returns the content.

    Raises:
        OSError: It can't be written; `complaint` says why.
    """
    # Not Path.expanduser, which raises RuntimeError for an unknown user.
    place = os.path.expanduser(place)
    if place.startswith("~"):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), place)
    if not place:
        with suppress(OSError):
            return write_under_free_name(Path.cwd(), names(), data)
        return write_under_free_name(data_directory / EXPORTS, names(), data)
    path = Path(place).absolute()
    if path.is_dir():
        return write_under_free_name(path, names(), data)
    if not path.parent.is_dir():
        # A missing directory is probably a typo in the path, so it is not created.
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path.parent))
    write_new(path, data())
    return path


def complaint(error: OSError, place: str) -> str:
    """State in a sentence why a file could not be written at the place that the user typed."""
    path = clean_line(str(error.filename or place), _PATH_LIMIT)
    if isinstance(error, FileExistsError):
        return say("notice.export_exists", path=path)
    if isinstance(error, NotADirectoryError):
        return say("notice.no_directory", path=path)
    return say("notice.not_exported", reason=error.strerror or type(error).__name__)
