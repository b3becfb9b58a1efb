"""Decode an attached picture small enough to be drawn in cells. Pillow, the extra `images`, decodes.

What is stored may be damaged or hostile: nothing is decoded that states more pixels than the bound, and only as what it is.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.sources.picture_header import JPEG, read_header

if TYPE_CHECKING:
    from PIL.Image import Image

DRAWN_PIXELS = 12_000_000
"""Pixels of a picture that is decoded in full, at most. A JPEG is decoded at a part of its size."""
JPEG_PIXELS = 40_000_000
"""The same for a JPEG."""
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}


class Colour(NamedTuple):
    """Red, green and blue, from 0 to 255."""

    red: int
    green: int
    blue: int


def pixels_of(data: bytes, width: int, height: int, background: Colour) -> bytes | None:
    """Return a picture as rows of `width` pixels of three bytes; None if it cannot be decoded within the bounds.

    Call it in a worker thread. What is transparent gets the background.
    """
    image = _small(data, width, height)
    return None if image is None else _on(image, background).tobytes()


def png_of(data: bytes, width: int, height: int) -> bytes | None:
    """Return a picture of that size as PNG; None as in `pixels_of`."""
    image = _small(data, width, height)
    if image is None:
        return None
    target = io.BytesIO()
    image.save(target, "PNG", compress_level=6)
    return target.getvalue()


def _small(data: bytes, width: int, height: int) -> Image | None:
    """Decode a picture at that size, as RGB or RGBA."""
    from PIL import Image, ImageOps

    try:
        header = read_header(data)
        if header is None:
            return None
        most = JPEG_PIXELS if header.media_type == JPEG else DRAWN_PIXELS
        if not 0 < header.width * header.height <= most:
            return None
        with Image.open(io.BytesIO(data), formats=[_FORMATS[header.media_type]]) as opened:
            # A picture may state another size within than in its header.
            if opened.width * opened.height > most:
                return None
            opened.seek(0)
            if header.media_type == JPEG:
                side = max(width, height)
                opened.draft("RGB", (side, side))
            if opened.width * opened.height > DRAWN_PIXELS:
                return None
            image: Image.Image = ImageOps.exif_transpose(opened)
            if image.mode not in ("RGB", "RGBA"):
                image = image.convert("RGBA" if "transparency" in image.info or "A" in image.mode else "RGB")
            return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    # A damaged picture raises exceptions of many kinds, and a bomb MemoryError.
    except Exception:
        return None


def _on(image: Image, background: Colour) -> Image:
    if image.mode != "RGBA":
        return image
    from PIL import Image as Images

    below = Images.new("RGB", image.size, tuple(background))
    below.paste(image, mask=image.getchannel("A"))
    return below
