"""What a picture is, by its first bytes; and the same picture without its metadata, without decoding it.

Metadata may name the place where a photo was taken. Pixels are never touched here: whole parts of the file are left out.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(b"IHDR PLTE tRNS IDAT IEND gAMA cHRM sRGB iCCP sBIT bKGD pHYs".split())
"""Parts of a PNG that say what it looks like. All others are texts, times, and the frames of an animation."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of JPEG that state the size."""
_AFTER_PIXELS = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Matches the marker behind the pixels. Within them 0xFF stands only before the bytes that are excepted here."""
_ORIENTATION = 0x0112


class Damaged(Exception):
    """The bytes are no whole picture."""


class Header(NamedTuple):
    """What the first bytes of a picture state."""

    media_type: str
    width: int
    height: int


def read_header(data: bytes) -> Header | None:
    """Return the kind and the size of a picture; None for anything else. Raises Damaged if its header is not whole."""
    try:
        if data.startswith(_PNG):
            if data[12:16] != b"IHDR":
                raise Damaged
            return Header(PNG, *struct.unpack(">II", data[16:24]))
        if data.startswith(b"\xff\xd8\xff"):
            return Header(JPEG, *_jpeg_size(data))
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return Header(GIF, *struct.unpack("<HH", data[6:10]))
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return Header(WEBP, *_webp_size(data))
    except (struct.error, IndexError):
        raise Damaged from None
    return None


def without_metadata(data: bytes, media_type: str) -> bytes:
    """Return the same picture without its metadata. A JPEG keeps how it is turned. Raises Damaged."""
    try:
        match media_type:
            case "image/png":
                return _png_without(data)
            case "image/jpeg":
                return _jpeg_without(data)
            case "image/webp":
                return _webp_without(data)
            case _:
                return _gif_without(data)
    except (struct.error, IndexError):
        raise Damaged from None


# ---------------------------------------------------------------------------------------------------------------- JPEG


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


def _jpeg_without(data: bytes) -> bytes:
    kept = bytearray(data[:2])
    at, orientation, has_pixels = 2, 1, False
    # What follows the end, such as a preview with metadata of its own, is left out. A picture that was cut may lack its end.
    while at < len(data):
        marker, start, end = _segment(data, at)
        content = data[start:end]
        if marker == 0xE1 and content.startswith(b"Exif\0\0"):
            orientation = _orientation(content[6:])
        if marker == 0xDA:
            has_pixels = True
            after = _AFTER_PIXELS.search(data, end)
            end = after.start() if after else len(data)
        if _is_needed(marker, content):
            kept += data[at:end]
        at = end
        if marker == 0xD9:
            break
    if not has_pixels:
        raise Damaged
    if orientation != 1:
        entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
        exif = b"Exif\0\0MM\0\x2a\0\0\0\x08" + struct.pack(">H", 1) + entry + b"\0\0\0\0"
        kept[2:2] = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    return bytes(kept)


def _is_needed(marker: int, content: bytes) -> bool:
    """Return whether a segment says what the picture looks like. Comments and most of the application's are metadata."""
    match marker:
        case 0xE0:
            return content.startswith(b"JFIF\0")
        case 0xE2:
            return content.startswith(b"ICC_PROFILE\0")
        case 0xEE:
            # How the colours are stored.
            return True
        case _:
            return marker != 0xFE and not 0xE1 <= marker <= 0xEF


def _orientation(tiff: bytes) -> int:
    """Return how a picture is turned, 1 to 8; 1 is upright, and also what is said wrongly."""
    try:
        order = {b"II": "<", b"MM": ">"}[tiff[:2]]
        (at,) = struct.unpack(order + "I", tiff[4:8])
        (count,) = struct.unpack(order + "H", tiff[at : at + 2])
        for entry in range(min(count, 200)):
            begin = at + 2 + 12 * entry
            tag, kind = struct.unpack(order + "HH", tiff[begin : begin + 4])
            if tag == _ORIENTATION and kind == 3:
                (value,) = struct.unpack(order + "H", tiff[begin + 8 : begin + 10])
                return value if 1 <= value <= 8 else 1
    except (KeyError, struct.error):
        pass
    return 1


# ----------------------------------------------------------------------------------------------------------- the others


def _png_without(data: bytes) -> bytes:
    kept = bytearray(_PNG)
    at = len(_PNG)
    while True:
        length, name = struct.unpack(">I4s", data[at : at + 8])
        end = at + 12 + length
        if end > len(data):
            raise Damaged
        if name in _PNG_KEPT:
            kept += data[at:end]
        at = end
        if name == b"IEND":
            return bytes(kept)


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


def _webp_without(data: bytes) -> bytes:
    kept = bytearray()
    at, last, has_pixels = 12, 8 + struct.unpack("<I", data[4:8])[0], False
    if last > len(data):
        raise Damaged
    while at + 8 <= last:
        name, length = struct.unpack("<4sI", data[at : at + 8])
        end = at + 8 + length + length % 2
        if at + 8 + length > len(data):
            raise Damaged
        has_pixels = has_pixels or name in (b"VP8 ", b"VP8L", b"ANMF")
        if name == b"VP8X":
            # Without the flags that announce EXIF and XMP.
            kept += data[at : at + 8] + bytes([data[at + 8] & ~0x0C]) + data[at + 9 : end]
        elif name not in (b"EXIF", b"XMP "):
            kept += data[at:end]
        at = end
    if not has_pixels:
        raise Damaged
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + bytes(kept)


def _gif_without(data: bytes) -> bytes:
    """Leave out comments and all extensions but those that control how a frame is drawn; keep the first frame only."""
    at = 13 + _table(data[10])
    kept = bytearray(data[:at])
    while True:
        kind = data[at]
        if kind == 0x3B:
            raise Damaged
        if kind == 0x21:
            end = _blocks_end(data, at + 2)
            if data[at + 1] == 0xF9:
                kept += data[at:end]
        elif kind == 0x2C:
            end = _blocks_end(data, at + 11 + _table(data[at + 9]))
            return bytes(kept) + data[at:end] + b"\x3b"
        else:
            raise Damaged
        at = end


def _table(flags: int) -> int:
    """Return the length of the colour table that flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    """Return where a row of blocks ends."""
    while length := data[at]:
        at += 1 + length
    return at + 1
