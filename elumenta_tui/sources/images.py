"""Make a picture fit to be sent: small enough, upright, the first frame only, and without metadata.

Pillow, the extra `images`, scales. Without it, pictures that are small enough go with their metadata cut out, and larger ones
are refused.
"""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

from elumenta_tui.files.images import MOST_PIXELS, Broken, picture_of
from elumenta_tui.sources.extras import has_extra, missing
from elumenta_tui.sources.picture_header import JPEG, PNG, WEBP, Damaged, Header, read_header
from elumenta_tui.sources.results import Note, NoteKind, Picture, Reason, RefusedSource
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 2048
"""Pixels of the longest side."""
BYTES = 5 * 1024 * 1024
"""Bytes of a picture that is sent, before base64."""
SOURCE_BYTES = 64 * 1024 * 1024
"""Bytes of a picture that is read."""
_QUALITIES = (90, 80, 65, 50)
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}


async def prepare_picture(name: str, data: bytes) -> Picture | RefusedSource:
    """Return a picture that may be sent, or the reason why there is none. The content says what it is.

    Args:
        name: Name of its file, or another name for it.
        data: PNG, JPEG, WebP or GIF.
    """
    return await asyncio.to_thread(_prepare, clean_line(name, 120), data)


def _prepare(name: str, data: bytes) -> Picture | RefusedSource:
    try:
        header = read_header(data)
        if header is None:
            return RefusedSource.of(Reason.UNSUPPORTED, kind="")
        damaged = RefusedSource.of(Reason.DAMAGED, kind=header.media_type)
        if not header.width or not header.height:
            return damaged
        # Judged by the header, before anything is decoded.
        if header.width * header.height > MOST_PIXELS:
            return RefusedSource.of(Reason.BOMB, limit=MOST_PIXELS)
        if len(data) > SOURCE_BYTES:
            return RefusedSource.of(Reason.TOO_LARGE, limit=SOURCE_BYTES)
        if has_extra("images"):
            return _with_pillow(name, data, header)
        return _as_it_is(name, data, header)
    except (Damaged, Broken):
        return RefusedSource.of(Reason.DAMAGED, kind="")


def _as_it_is(name: str, data: bytes, header: Header) -> Picture | RefusedSource:
    """Cut the metadata out of a picture that is small enough. Raises Broken."""
    bare = picture_of(data).data
    if max(header.width, header.height) > SIDE or len(bare) > BYTES:
        return missing("images")
    return Picture(name, header.media_type, bare, header.width, header.height)


def _with_pillow(name: str, data: bytes, header: Header) -> Picture | RefusedSource:
    from PIL import Image, ImageOps

    damaged = RefusedSource.of(Reason.DAMAGED, kind=header.media_type)
    notes: list[Note] = []
    try:
        # Only the format that the header states: no other decoder sees the bytes.
        with Image.open(io.BytesIO(data), formats=[_FORMATS[header.media_type]]) as opened:
            # A picture may state another size within than in its header.
            if opened.width * opened.height > MOST_PIXELS:
                return RefusedSource.of(Reason.BOMB, limit=MOST_PIXELS)
            # The number of frames would be counted by reading them all.
            is_animated = bool(getattr(opened, "is_animated", False))
            opened.seek(0)
            if header.media_type == JPEG:
                # Decode at half or quarter size where that is enough.
                opened.draft("RGB", (SIDE, SIDE))
            # Before it is turned: a second copy of all pixels would be as large as the first.
            image: Image.Image = ImageOps.exif_transpose(_reduced(opened))
    except MemoryError:
        return RefusedSource.of(Reason.BOMB, limit=MOST_PIXELS)
    # A damaged picture raises exceptions of many kinds.
    except Exception:
        return damaged
    if is_animated:
        notes.append(Note.of(NoteKind.FIRST_FRAME))
    width, height = _turned(header, image)
    if image.size != (width, height):
        scaled = {"width": image.width, "height": image.height}
        notes.append(Note.of(NoteKind.SCALED, from_width=width, from_height=height, **scaled))
    media_type, encoded = _encode(image, header.media_type)
    while len(encoded) > BYTES:
        image = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)))
        notes = [note for note in notes if note.kind is not NoteKind.SCALED]
        scaled = {"width": image.width, "height": image.height}
        notes.append(Note.of(NoteKind.SCALED, from_width=width, from_height=height, **scaled))
        media_type, encoded = _encode(image, header.media_type)
    if media_type != header.media_type:
        notes.append(Note.of(NoteKind.RECODED, media_type=media_type, from_media_type=header.media_type))
    return Picture(name, media_type, encoded, image.width, image.height, tuple(notes))


def _reduced(opened: Image) -> Image:
    """Return a picture whose longest side is `SIDE` at most. Besides its pixels, only a few rows of them are in memory."""
    from PIL import Image as Images

    opened.load()
    factor = max(opened.size) // SIDE
    small = opened
    if factor > 1 and opened.mode in ("L", "LA", "RGB", "RGBA"):
        width, height = (-(-side // factor) for side in opened.size)
        small = Images.new(opened.mode, (width, height))
        small.info = dict(opened.info)
        rows = 64 * factor
        for top in range(0, opened.height, rows):
            strip = opened.crop((0, top, opened.width, min(top + rows, opened.height)))
            small.paste(strip.reduce(factor), (0, top // factor))
        # Frees its pixels.
        opened.close()
    if max(small.size) > SIDE:
        small.thumbnail((SIDE, SIDE), Images.Resampling.LANCZOS)
    return small


def _turned(header: Header, image: Image) -> tuple[int, int]:
    """Return the size that the header states, turned as the picture was."""
    is_turned = (header.width > header.height) != (image.width > image.height) and image.width != image.height
    return (header.height, header.width) if is_turned else (header.width, header.height)


def _encode(image: Image, media_type: str) -> tuple[str, bytes]:
    """Encode the pixels anew, and nothing else. A picture that is too large without loss becomes a JPEG."""
    if media_type == JPEG:
        return JPEG, _jpeg(image)
    target = io.BytesIO()
    if media_type == WEBP:
        _plain(image).save(target, "WEBP", quality=90)
        return WEBP, target.getvalue()
    # Screenshots are sharp as PNG, and a GIF has few colours.
    _plain(image).save(target, "PNG", optimize=image.width * image.height < 1_000_000)
    if target.tell() <= BYTES:
        return PNG, target.getvalue()
    return JPEG, _jpeg(image)


def _jpeg(image: Image) -> bytes:
    from PIL import Image as Images

    plain = _plain(image)
    if plain.mode == "RGBA":
        # What is transparent becomes white, as on a page.
        white = Images.new("RGB", plain.size, "white")
        white.paste(plain, mask=plain.getchannel("A"))
        plain = white
    elif plain.mode != "L":
        plain = plain.convert("RGB")
    data = b""
    for quality in _QUALITIES:
        target = io.BytesIO()
        plain.save(target, "JPEG", quality=quality)
        data = target.getvalue()
        if len(data) <= BYTES:
            break
    return data


def _plain(image: Image) -> Image:
    """Return a copy that holds pixels and nothing else: encoders write the metadata that they find in a picture."""
    from PIL import Image as Images

    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    mode = "RGBA" if has_alpha else "L" if image.mode in ("1", "L") else "RGB"
    converted = image.convert(mode)
    bare = Images.new(mode, converted.size)
    bare.paste(converted)
    return bare
