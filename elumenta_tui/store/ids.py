"""Ids of conversations, turns and running programs, and the check that an id may become a file name."""

from __future__ import annotations

import os
import re

_ID = re.compile("[0-9a-f]{12}")


def new_id() -> str:
    """Make a random id of 12 hexadecimal digits."""
    return os.urandom(6).hex()


def is_id(value: object) -> bool:
    """Whether `new_id` can have made a value. Nothing else may ever be joined to a path."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def safe_id(value: object) -> str:
    """Return an id for something in a stranger's file: its own if that is short printable ASCII, else a hash of it."""
    if isinstance(value, str) and re.fullmatch("[!-~]{1,64}", value):
        return value
    # Imported late, because only damaged and foreign files need it.
    from hashlib import sha256

    data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return sha256(data).hexdigest()[:12]
