"""Reasons why a file is not attached, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FileReason = Literal[
    "missing",
    "unreadable",
    "directory",
    "special",
    "empty",
    "binary",
    "too_large",
    "image_too_large",
    "image_bomb",
    "image_broken",
]


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that is not attached."""

    reason: FileReason
    name: str
    """One clean line."""
    detail: str = ""
    """The words of the system, or the size."""
    size: int = 0
    """Bytes; 0 if that is not the reason."""
    limit: int = 0
    """Bytes or pixels that are allowed; 0 if that is not the reason."""
