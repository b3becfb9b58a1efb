"""Images by their content: what they are, how large they are, and the same image without what it says of its origin.

Nothing is decoded. The parsers copy the segments that make up the picture, and leave out those that hold texts: where and when
it was taken, by what, and by whom. They stop at the picture's end, behind which cameras put more.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

MOST_PIXELS = 40_000_000
"""Pixels of an image, at most: a small file may say that it has any number of them."""


class Picture(NamedTuple):
    """An image, as it may be sent."""

    media_type: str
    data: bytes
    width: int
    height: int
    is_stripped: bool
    """True if anything was left out that the file said of its origin."""


class Broken(Exception):
    """The file begins as an image and goes on as none."""


def kind_of(data: bytes) -> str:
    """Return the media type of an image by how its file begins; empty if it is none of those that can be sent."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/gif" if data[:6] in (b"GIF87a", b"GIF89a") else ""


def picture_of(data: bytes) -> Picture:
    """Return an image of a known kind without what it says of its origin. Raises Broken."""
    kind = kind_of(data)
    try:
        kept, width, height, is_stripped = _PARSERS[kind](data)
    except (IndexError, struct.error) as error:
        raise Broken(kind) from error
    if width <= 0 or height <= 0:
        raise Broken(kind)
    return Picture(kind, kept, width, height, is_stripped)


_Parsed = tuple[bytes, int, int, bool]

# ----------------------------------------------------------------------------------------------------------------- PNG

_PNG_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME")


def _png(data: bytes) -> _Parsed:
    kept, at, is_stripped, size = [data[:8]], 8, False, (0, 0)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise Broken("image/png")
        if kind == b"IHDR" and at == 8 and length == 13:
            size = struct.unpack_from(">II", data, at + 8)
        if kind in _PNG_TEXTS:
            is_stripped = True
        else:
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            return b"".join(kept), *size, is_stripped or at < len(data)


# ---------------------------------------------------------------------------------------------------------------- JPEG

_STANDALONE = (0x01, *range(0xD0, 0xD8))
_FRAMES = (0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_SOS, _EOI, _COM = 0xDA, 0xD9, 0xFE


def _jpeg(data: bytes) -> _Parsed:
    kept, at, is_stripped, size, turned = [data[:2]], 2, False, (0, 0), 1
    while True:
        if data[at] != 0xFF:
            raise Broken("image/jpeg")
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if marker == _EOI:
            kept.append(b"\xff\xd9")
            break
        if marker in _STANDALONE:
            kept.append(bytes((0xFF, marker)))
            continue
        (length,) = struct.unpack_from(">H", data, at)
        end = at + length
        if length < 2 or end > len(data):
            raise Broken("image/jpeg")
        segment = data[at + 2 : end]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", segment, 1)
            size = (width, height)
        if _says_origin(marker, segment):
            is_stripped = True
            turned = _orientation(segment) if segment.startswith(b"Exif\0\0") else turned
        else:
            kept.append(bytes((0xFF, marker)) + data[at:end])
        at = end
        if marker == _SOS:
            end = _end_of_scan(data, at)
            kept.append(data[at:end])
            at = end
    if turned != 1:
        kept.insert(1, _turned(turned))
    return b"".join(kept), *size, is_stripped or at < len(data)


def _says_origin(marker: int, segment: bytes) -> bool:
    """Return whether a segment is a comment or an application's, other than those by which the colours are read."""
    if marker == _COM:
        return True
    if not 0xE0 <= marker <= 0xEF:
        return False
    is_colour = marker == 0xE2 and segment.startswith(b"ICC_PROFILE\0")
    return not (is_colour or marker == 0xEE or (marker == 0xE0 and segment.startswith(b"JFIF\0")))


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where the next marker stands behind the data of a scan."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Broken("image/jpeg")
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _orientation(segment: bytes) -> int:
    """Return how the picture is to be turned, from 1 to 8: the one fact of EXIF without which it lies on its side."""
    tiff = segment[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, directory)
        for place in range(min(count, 200)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * place)
            if tag == 0x0112 and kind == 3:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _turned(orientation: int) -> bytes:
    """Return an EXIF segment that says nothing but how the picture is to be turned."""
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


# ---------------------------------------------------------------------------------------------------------------- WebP

_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04


def _webp(data: bytes) -> _Parsed:
    (stated,) = struct.unpack_from("<I", data, 4)
    whole = stated + 8
    if whole > len(data):
        raise Broken("image/webp")
    kept, at, is_stripped, size, has_pixels = [], 12, whole < len(data), (0, 0), False
    while at + 8 <= whole:
        kind, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + (length & 1)
        if at + 8 + length > whole:
            raise Broken("image/webp")
        chunk = data[at:end].ljust(8 + length + (length & 1), b"\0")
        has_pixels = has_pixels or kind in (b"VP8 ", b"VP8L", b"ANMF")
        if kind in (b"EXIF", b"XMP "):
            is_stripped = True
        else:
            size = size if size != (0, 0) else _webp_size(kind, chunk[8:])
            if kind == b"VP8X":
                flags = chunk[8] & ~(_EXIF_FLAG | _XMP_FLAG)
                chunk = chunk[:8] + bytes((flags,)) + chunk[9:]
            kept.append(chunk)
        at = end
    if not has_pixels:
        raise Broken("image/webp")
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body, *size, is_stripped


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


# ----------------------------------------------------------------------------------------------------------------- GIF


def _gif(data: bytes) -> _Parsed:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    kept, is_stripped = [data[:at]], False
    while True:
        kind = data[at]
        if kind == 0x3B:
            kept.append(data[at : at + 1])
            return b"".join(kept), width, height, is_stripped or at + 1 < len(data)
        if kind == 0x21:
            end = _end_of_blocks(data, at + 2)
            # A comment, or an application's, of which only the one that repeats an animation is a part of it.
            is_loop = data[at + 2 : at + 14] == b"\x0bNETSCAPE2.0"
            says_origin = data[at + 1] == 0xFE or (data[at + 1] == 0xFF and not is_loop)
        elif kind == 0x2C:
            flags = data[at + 9]
            colours = 3 << (flags & 7) + 1 if flags & 0x80 else 0
            end, says_origin = _end_of_blocks(data, at + 11 + colours), False
        else:
            raise Broken("image/gif")
        is_stripped = is_stripped or says_origin
        if not says_origin:
            kept.append(data[at:end])
        at = end


def _end_of_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


_PARSERS: dict[str, Callable[[bytes], _Parsed]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/gif": _gif,
}
