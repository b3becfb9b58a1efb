"""Ids of conversations, turns and running programs, and which of them may become the name of a file."""

from __future__ import annotations

import os
import re

_ID = re.compile("[0-9a-f]{12}")


def new_id() -> str:
    """A random id, different from all others."""
    return os.urandom(6).hex()


def is_id(value: object) -> bool:
    """Whether `new_id` can have made that value. Anything else is never joined to a path."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None
