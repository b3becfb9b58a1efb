"""Marks of conversations that are being put on the screen.

A mark that is still there when its program is gone tells that the program never came to rest after it: it hung, or was killed
first. They are small files of their own and no rows, as they have to be there before the screen is touched, also while the
database is locked or slow, and nothing of a mark needs to survive a power cut.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from elumenta_tui.store.ids import is_id

_SUFFIX = ".opening"
_LENGTH = 100
"""Bytes of an id, at most."""


def _folder(database: Path) -> Path:
    return database.with_name("running")


class Mark:
    """The mark of this program."""

    def __init__(self, database: Path, program: str) -> None:
        self._path = _folder(database) / f"{program}{_SUFFIX}"

    def set(self, conversation: str) -> None:
        """That conversation is about to be shown. Where nothing can be written, there is no mark."""
        with contextlib.suppress(OSError):
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.write(handle, conversation.encode())
            finally:
                os.close(handle)

    def clear(self) -> None:
        """The program has come to rest."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def take_left(database: Path, is_alive: Callable[[str], bool]) -> tuple[str, ...]:
    """The conversations whose programs are gone and never came to rest; their marks are removed."""
    left = []
    with contextlib.suppress(OSError):
        for path in sorted(_folder(database).iterdir()):
            program = path.name.removesuffix(_SUFFIX)
            if path.name.endswith(_SUFFIX) and is_id(program) and not is_alive(program):
                conversation = _read(path)
                path.unlink(missing_ok=True)
                if conversation:
                    left.append(conversation)
    return tuple(dict.fromkeys(left))


def _read(path: Path) -> str:
    """What stands in a mark; empty if it is none: neither a link nor a pipe is followed or waited for."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            return os.read(handle, _LENGTH).decode("utf-8", "replace")
        finally:
            os.close(handle)
    return ""
