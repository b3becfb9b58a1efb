"""Small images of every kind, written byte by byte, with and without what they say of their origin."""

from __future__ import annotations

import struct
import zlib

PLACE = b"GPS 55.7558 N 37.6173 E"
"""Stands in each piece of an image that says where it comes from."""


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 2, height: int = 1, *, texts: bool = False, behind: bytes = b"") -> bytes:
    rows = b"".join(b"\0" + bytes(3 * min(width, 64)) for _ in range(min(height, 64)))
    pieces = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))]
    if texts:
        pieces += [chunk(kind, PLACE) for kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME")]
    pieces += [chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces) + behind


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int = 1) -> bytes:
    tiff = struct.pack("<2sIH", b"II", 8 << 16 | 42, 0)
    tiff = b"II*\0" + struct.pack("<IH", 8, 2)
    tiff += struct.pack("<HHII", 0x010F, 2, len(PLACE), 60) + struct.pack("<HHII", 0x0112, 3, 1, orientation)
    return b"Exif\0\0" + tiff.ljust(60, b"\0") + PLACE


def jpeg(
    width: int = 4, height: int = 3, *, texts: bool = False, orientation: int = 1, behind: bytes = b""
) -> bytes:
    pieces = [b"\xff\xd8", segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")]
    if texts:
        pieces += [
            segment(0xE1, exif(orientation)),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE),
            segment(0xED, PLACE),
            segment(0xEB, PLACE),
            segment(0xFE, PLACE),
        ]
    pieces += [
        segment(0xE2, b"ICC_PROFILE\0\1\1colours"),
        segment(0xDB, bytes(65)),
        segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0"),
        segment(0xDA, b"\1\1\0\0\x3f\0"),
        b"\x12\xff\x00\x34\xff\xd0\x56",
        b"\xff\xd9",
    ]
    return b"".join(pieces) + behind


def webp(width: int = 5, height: int = 6, *, texts: bool = False) -> bytes:
    def part(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)

    picture = b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\1\2\3"
    pieces = part(b"VP8 ", picture)
    if texts:
        canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        pieces = part(b"VP8X", b"\x0c\0\0\0" + canvas) + pieces + part(b"EXIF", PLACE) + part(b"XMP ", PLACE)
    return b"RIFF" + struct.pack("<I", len(pieces) + 4) + b"WEBP" + pieces


def gif(width: int = 7, height: int = 8, *, texts: bool = False) -> bytes:
    pieces = [b"GIF89a", struct.pack("<HHBBB", width, height, 0x80, 0, 0), bytes(6)]
    pieces.append(b"\x21\xff\x0bNETSCAPE2.0\x03\1\0\0\0")
    if texts:
        pieces += [b"\x21\xfe" + bytes((len(PLACE),)) + PLACE + b"\0"]
        pieces += [b"\x21\xff\x0bXMP DataXMP" + bytes((len(PLACE),)) + PLACE + b"\0"]
    pieces += [b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\2\2\x4c\1\0", b"\x3b"]
    return b"".join(pieces) + (PLACE if texts else b"")
