"""Write files whole or not at all, readable only by their owner."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time


def write_private(path: Path, data: bytes) -> None:
    """Replace a file's content in one step, mode 0600 in directories of mode 0700. Raises OSError and keeps the old content if
    it fails."""
    # A link to the file, as in a repository of settings, stays a link.
    path = path.resolve()
    with _written_beside(path, [data]) as temporary:
        temporary.replace(path)


def write_new(path: Path, data: Iterable[bytes], *, overwrite: bool = False) -> None:
    """Write a file whole or not at all, mode 0600. Raises FileExistsError if the name is taken, unless `overwrite`."""
    if not overwrite and path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    with _written_beside(path, data) as temporary:
        if overwrite:
            temporary.replace(path)
            return
        try:
            # Unlike a rename, a link never replaces a file.
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:
            # The file system has no links.
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            temporary.replace(path)
            return
        temporary.unlink()


def write_under_free_name(directory: Path, names: Iterable[str], data: Callable[[], Iterable[bytes]]) -> Path:
    """Write a file under the first free name, and return its path. Raises OSError if it cannot be written."""
    for name in names:
        try:
            write_new(directory / name, data())
        except FileExistsError:
            continue
        return directory / name
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(directory))


_TEMPORARY = ".elumenta."
_ABANDONED = 3600.0
"""Seconds after which no program is still writing a temporary file."""


def sweep(directory: Path) -> None:
    """Remove temporary files of programs that were killed while writing: they may hold the API key."""
    now = time()
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.startswith(_TEMPORARY) and entry.is_file(follow_symlinks=False):
                # If the clock jumps, files look too old too early, or never. A whole hour limits the damage.
                with suppress(OSError):
                    if abs(now - entry.stat(follow_symlinks=False).st_mtime) > _ABANDONED:
                        os.unlink(entry.path)


@contextmanager
def _written_beside(path: Path, data: Iterable[bytes]) -> Iterator[Path]:
    """Write a temporary file with that content beside `path`. Remove it if anything fails."""
    for directory in reversed(path.absolute().parents):
        try:
            directory.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory)) from error
    sweep(path.parent)
    # With it come the modules of all kinds of archives.
    import tempfile

    # mkstemp creates the file with mode 0600 from the start.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in data:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        yield Path(temporary)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
