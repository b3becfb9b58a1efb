"""The API key: what counts as one, and how it is kept out of sight."""

from __future__ import annotations

import re

from elumenta_tui.api.errors import BadKey

MASK = "nb_…"
"""What stands in every text where a key would be."""

_KEY_LIKE = re.compile(r"nb_[0-9A-Za-z_-]{8,}")

# A shorter "key" would be found in ordinary words, and masking it would garble every message.
_SHORTEST_SECRET = 6


def checked_key(text: str) -> str:
    """The key in what a user typed, pasted or kept in a file: without blanks, line ends, byte order mark
    and quotes around it.

    Raises:
        BadKey: nothing is left, or a character that no HTTP header can carry. The error never quotes the key.
    """
    key = text.strip().strip("\ufeff").strip()
    if len(key) > 1 and key[0] == key[-1] and key[0] in "\"'":
        key = key[1:-1].strip()
    if not key:
        raise BadKey("the key is empty")
    if not all("!" <= character <= "~" for character in key):
        raise BadKey("a key has only Latin letters, digits and marks, and no blanks inside")
    return key


def hide_key(text: str, key: str = "") -> str:
    """The text with that key, and whatever else looks like one, replaced by `MASK`."""
    if len(key) >= _SHORTEST_SECRET:
        text = text.replace(key, MASK)
    return _KEY_LIKE.sub(MASK, text)
