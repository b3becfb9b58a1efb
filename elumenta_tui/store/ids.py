"""Ids of conversations, turns and running programs, and which of them may become the name of a file."""

from __future__ import annotations

import os
import re
from hashlib import sha256

_ID = re.compile("[0-9a-f]{12}")


def new_id() -> str:
    """A random id, different from all others."""
    return os.urandom(6).hex()


def is_id(value: object) -> bool:
    """Whether `new_id` can have made that value. Anything else is never joined to a path."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def adopted(value: object) -> str:
    """The id under which something of a stranger's file is kept: its own if it can be one, else one that is made of it."""
    if isinstance(value, str) and re.fullmatch("[!-~]{1,64}", value):
        return value
    data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return sha256(data).hexdigest()[:12]
