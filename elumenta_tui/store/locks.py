"""File locks that the system releases when their process ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _try_shared(handle: int) -> None:
        # Windows has no shared lock here; this one is released with the handle.
        _lock(handle)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _try_shared(handle: int) -> None:
        # Two programs that check at the same time must not take each other for the holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)


_HELD = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""Error numbers by which systems say that another program holds the lock."""


class FileLock:
    """A lock with one holder among all programs of the machine.

    Where the file system has no locks, `acquire` always succeeds: the conflicts that they prevent are rare, and refusing to
    save would be worse.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Try to take the lock; returns whether it is held now. OSError if the file can't be created."""
        while self._handle is None:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock(handle)
            except OSError as error:
                if error.errno in _HELD:
                    os.close(handle)
                    return False
            if not self._is_ours(handle):
                # The previous holder has removed the file meanwhile.
                os.close(handle)
                continue
            self._handle = handle
        return True

    def _is_ours(self, handle: int) -> bool:
        if sys.platform == "win32":
            # A file that is open can't be removed.
            return True
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self._path))
        except FileNotFoundError:
            return False

    def release(self, *, remove: bool = False) -> None:
        """Release the lock; `remove` also deletes the file."""
        if self._handle is None:
            return
        if remove and sys.platform != "win32":
            self._path.unlink(missing_ok=True)
        os.close(self._handle)
        self._handle = None
        if remove and sys.platform == "win32":
            self._path.unlink(missing_ok=True)


def is_held(path: Path) -> bool:
    """Whether some program holds a lock. Creates and writes nothing, so it works on a read-only disk too."""
    try:
        # A link must not be followed, and a pipe without a writer must not be waited for.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except PermissionError:
        # Another user's lock: assume that the program runs.
        return True
    except OSError:
        return False
    try:
        _try_shared(handle)
    except OSError as error:
        return error.errno in _HELD
    finally:
        os.close(handle)
    return False


def remove_lock(path: Path) -> None:
    """Delete the lock file of a program that is gone. A file with content is no lock, and stays."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        if stat.S_ISREG(found.st_mode) and not found.st_size:
            path.unlink()
