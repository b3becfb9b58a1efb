"""Values that the store reports, and the reasons why something can't be saved.

They are named tuples, as those of `session.events`, because creating data classes takes long. Tell them apart by class.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import NamedTuple

from elumenta_tui.store.records import CutAnswer


class Trouble(Enum):
    """Reason why nothing can be saved at the moment."""

    FULL = "full"
    """The disk is full, or the user's quota is used up."""
    READ_ONLY = "read_only"
    """The file or its directory may not be written."""
    LOCKED = "locked"
    """Another program holds the database."""
    NEWER = "newer"
    """A newer version of the program wrote the file. It is not changed."""
    DAMAGED = "damaged"
    """The file can't be read, and could not be set aside either."""
    LIBRARY = "library"
    """Python's SQLite is too old, or lacks the full-text search."""
    DISK = "disk"
    """Any other error of the disk or the file system."""


class StoreTrouble(Exception):
    """Nothing can be saved, or read, for now. `detail` is text for people; it may be empty."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value}: {detail}")
        self.trouble, self.detail = trouble, detail


class Opened(NamedTuple):
    """The database is open, and changes are saved."""

    cut: tuple[CutAnswer, ...] = ()
    """Turns whose programs ended before their answers did, oldest first. They have their final state now."""
    left_open: str = ""
    """Id of the conversation that was last open in a program which crashed; empty if there is none."""
    stuck: tuple[str, ...] = ()
    """Ids of conversations that a program was putting on the screen when it crashed."""


class SetAside(NamedTuple):
    """A file that can't be used was renamed, unchanged; a new database is in its place."""

    path: Path
    """Path of the old file."""
    rescued: int
    """Number of answers that could be read from it; the new database has them."""
    foreign: bool = False
    """The file was not damaged: it held something that this program never writes."""


class Replaced(NamedTuple):
    """The database was moved, deleted or replaced while the program ran. Another one is in use now, created or found there."""


class NotSaving(NamedTuple):
    """Changes could not be written. The attempts go on."""

    trouble: Trouble
    detail: str
    """The system's own message; may be empty."""


class SavingAgain(NamedTuple):
    """All changes are on the disk."""


class OthersWrite(NamedTuple):
    """A conversation has answers from another program that is running: two windows write into it."""

    conversation: str


StoreEvent = Opened | SetAside | Replaced | NotSaving | SavingAgain | OthersWrite
