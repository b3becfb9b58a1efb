"""Pictures of any size, whose pixels never are in memory together."""

from __future__ import annotations

import random
import struct
import zlib

from tests.pictures import chunk

MEGABYTE = 1_000_000


def large_png(width: int, height: int, *, has_alpha: bool = False, megabytes: int = 0) -> bytes:
    """Return a grey picture; with so many megabytes of noise at its top, which do not compress."""
    noise = random.Random(7)
    size = width * (4 if has_alpha else 3)
    packer, noisy = zlib.compressobj(1), megabytes * MEGABYTE // size
    row = b"\0" + b"\x80" * size
    rows = (b"\0" + noise.randbytes(size) if number < noisy else row for number in range(height))
    data = [*map(packer.compress, rows), packer.flush()]
    head = struct.pack(">IIBBBBB", width, height, 8, 6 if has_alpha else 2, 0, 0, 0)
    pieces = [chunk(b"IHDR", head), chunk(b"IDAT", b"".join(data)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)
