"""What the store has to tell, from its thread: plain values, and the reasons why something can't be saved."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from elumenta_tui.store.records import CutTurn


class Trouble(Enum):
    """Why nothing can be saved at the moment."""

    FULL = "full"
    """The disk, or the user's share of it."""
    READ_ONLY = "read_only"
    """The file or its directory may not be written."""
    LOCKED = "locked"
    """Another program holds the database."""
    NEWER = "newer"
    """A newer version made it. It is not touched."""
    DAMAGED = "damaged"
    """It can't be read, nor be kept aside."""
    LIBRARY = "library"
    """The SQLite that this Python has is too old, or lacks the full-text search."""
    DISK = "disk"
    """Whatever else the disk or the file system says."""


class StoreTrouble(Exception):
    """Nothing can be saved, or read, for now."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value}: {detail}")
        self.trouble, self.detail = trouble, detail


@dataclass(frozen=True, slots=True)
class Opened:
    """The database is there, and what is put is saved."""

    cut: tuple[CutTurn, ...] = ()
    """Turns of programs that ended before them, oldest first. They are marked now."""
    left_open: str = ""
    """Id of the conversation that was last open in a program which did not end properly."""
    stuck: tuple[str, ...] = ()
    """Ids of conversations that a program was putting on the screen when it ended."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that can't be used is kept under another name, byte for byte; a new database is in its place."""

    path: Path
    """Where it is now."""
    rescued: int
    """How many turns could be read out of it, and are in the new one."""
    foreign: bool = False
    """It was not damaged: it held what this program never writes."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """The database was moved, deleted or replaced while the program ran; a new one is in its place, or the one that was found there."""


@dataclass(frozen=True, slots=True)
class NotSaving:
    """What was put last is not on the disk. It is tried again, and again."""

    trouble: Trouble
    detail: str
    """The system's own words; may be empty."""


@dataclass(frozen=True, slots=True)
class SavingAgain:
    """Everything that was put is on the disk."""


@dataclass(frozen=True, slots=True)
class OthersWrite:
    """A conversation has turns that were not put here: another program writes it too."""

    conversation: str


News = Opened | SetAside | Replaced | NotSaving | SavingAgain | OthersWrite
