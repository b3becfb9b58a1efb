"""The kind and the size of a picture, by its first bytes: enough to refuse one before anything else of it is read."""

from __future__ import annotations

import struct
from typing import NamedTuple

from elumenta_tui.files.images import kind_of

PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of JPEG that state the size."""


class Damaged(Exception):
    """The bytes are no whole picture."""


class Header(NamedTuple):
    """The facts that the first bytes of a picture state."""

    media_type: str
    width: int
    height: int


def read_header(data: bytes) -> Header | None:
    """Return the kind and the size of a picture; None for anything else. Raises Damaged if its header is not whole."""
    kind = kind_of(data)
    try:
        match kind:
            case "image/png":
                if data[12:16] != b"IHDR":
                    raise Damaged
                return Header(kind, *struct.unpack(">II", data[16:24]))
            case "image/jpeg":
                return Header(kind, *_jpeg_size(data))
            case "image/gif":
                return Header(kind, *struct.unpack("<HH", data[6:10]))
            case "image/webp":
                return Header(kind, *_webp_size(data))
    except (struct.error, IndexError):
        raise Damaged from None
    return None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        marker, at, end = _segment(data, at)
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 1 : at + 5])
            return width, height
        if marker in (0xDA, 0xD9):
            raise Damaged
        at = end


def _segment(data: bytes, at: int) -> tuple[int, int, int]:
    """Return the marker of a segment, and where its content begins and ends."""
    if data[at] != 0xFF:
        raise Damaged
    while data[at] == 0xFF:
        at += 1
    marker = data[at]
    at += 1
    if marker == 0x01 or 0xD0 <= marker <= 0xD9:
        return marker, at, at
    (length,) = struct.unpack(">H", data[at : at + 2])
    if length < 2 or at + length > len(data):
        raise Damaged
    return marker, at + 2, at + length


def _webp_size(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        case b"VP8L":
            (bits,) = struct.unpack("<I", data[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
    raise Damaged
