"""Names of exported files: valid on every system, and never a path."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

from elumenta_tui.text.sanitize import clean_line

NAME_LIMIT = 150
"""Bytes of a file's name in UTF-8, including suffix and number. Systems allow 255, some encrypted ones 143 characters."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)", re.IGNORECASE)
"""Matches device names on Windows, which stay devices whatever comes after the dot."""


def file_name(title: str, format: str, number: int = 1) -> str:
    """Return a file name for an exported conversation that is valid on every system. `number` is 2 for the second file of a
    title. An empty `format` gives a name without an ending."""
    ending = (f" ({number})" if number > 1 else "") + (f".{format}" if format else "")
    stem = unicodedata.normalize("NFC", clean_line(title, 1000))
    stem = " ".join(_FORBIDDEN.sub(" ", stem).split())
    stem = stem.encode()[: NAME_LIMIT - len(ending.encode())].decode(errors="ignore")
    # A leading dot hides a file, a leading dash makes it an option. On Windows no name ends with a dot or a blank.
    stem = stem.strip(". -~")
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return (stem or "conversation") + ending


def file_names(title: str, format: str) -> Iterator[str]:
    """Yield file names for an exported conversation, to be tried until one is free."""
    return (file_name(title, format, number) for number in count(1))
