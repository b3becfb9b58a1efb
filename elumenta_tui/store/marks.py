"""Marks of conversations that are being put on the screen.

A mark that outlives its program says that this conversation may have hung it. Marks are small files and not rows: they must
exist before the screen is touched, even while the database is locked or slow. They need not survive a power cut.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from elumenta_tui.store.ids import is_id

_SUFFIX = ".opening"
_LENGTH = 100
"""Bytes that are read of a mark. Ids are shorter."""


def _folder(database: Path) -> Path:
    return database.with_name("running")


class Mark:
    """The mark of one running program."""

    def __init__(self, database: Path, program: str) -> None:
        self._path = _folder(database) / f"{program}{_SUFFIX}"

    def set(self, conversation: str) -> None:
        """Mark a conversation that is about to be shown. Does nothing where no file can be written."""
        with contextlib.suppress(OSError):
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.write(handle, conversation.encode())
            finally:
                os.close(handle)

    def clear(self) -> None:
        """Remove the mark: the conversation is shown and keys are answered."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def collect_abandoned(database: Path, is_alive: Callable[[str], bool]) -> tuple[str, ...]:
    """Remove the marks of programs that are gone, and return the ids of their conversations."""
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
    """Read a mark; empty if it is no regular file. Links are not followed, and pipes are not waited for."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            return os.read(handle, _LENGTH).decode("utf-8", "replace")
        finally:
            os.close(handle)
    return ""
