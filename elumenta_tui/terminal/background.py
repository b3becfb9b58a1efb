"""Reads what a terminal says of its background: light or dark."""

from __future__ import annotations

import re

_PART = "[0-9a-fA-F]{1,4}"
_COLOUR = re.compile(
    rf"\x1b\]11;(?:rgb:({_PART})/({_PART})/({_PART})|rgba:({_PART})/({_PART})/({_PART})/{_PART})(?:\a|\x1b\\)"
)
"""Matches an answer to `OSC 11 ; ?`. Terminals write one to four digits for each part, and end it with BEL or ST."""

_SCHEME = re.compile(r"\x1b\[\?997;([12])n")
"""Matches a report of mode 2031: 1 is dark, 2 is light."""

_MIDDLE = 0.184
"""Luminance of the grey that looks as far from black as from white."""


def is_light(text: str) -> bool | None:
    """Return whether a `BackgroundAnswer` tells of a light background; None if it tells nothing that can be understood."""
    if (scheme := _SCHEME.fullmatch(text)) is not None:
        return scheme[1] == "2"
    if (colour := _COLOUR.fullmatch(text)) is None:
        return None
    red, green, blue = (_linear(part) for part in colour.groups() if part is not None)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > _MIDDLE


def _linear(digits: str) -> float:
    """Return the light of one part of a colour, from 0 to 1."""
    value: float = int(digits, 16) / (16 ** len(digits) - 1)
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
