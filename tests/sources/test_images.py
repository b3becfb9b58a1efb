"""A picture is sent small, upright and without metadata; bombs are refused before they are decoded."""

from __future__ import annotations

import io
import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from elumenta_tui.files.images import Broken, picture_of
from elumenta_tui.sources import images
from elumenta_tui.sources.images import BYTES, SIDE, prepare_picture
from elumenta_tui.sources.picture_header import Damaged, Header, read_header
from elumenta_tui.sources.results import Note, NoteKind, Picture, Reason, RefusedSource
from tests.thorough import thorough

SECRET = b"somewhere secret"
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}


@pytest.fixture(params=["pillow", "without"])
def pillow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Every test with it runs with Pillow and without."""
    if request.param == "without":
        monkeypatch.setattr(images, "has_extra", lambda extra: False)
    return bool(request.param == "pillow")


def picture(width: int = 40, height: int = 20, media_type: str = "image/png", **options) -> bytes:
    """A picture whose left half is red and whose right half is blue, with metadata of every kind that its format has."""
    image = Image.new("RGB", (width, height), "blue")
    image.paste("red", (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x0112] = options.pop("orientation", 1)
    target = io.BytesIO()
    if media_type == "image/png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", SECRET.decode())
        info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        image.save(target, "PNG", pnginfo=info, exif=exif, **options)
    elif media_type == "image/gif":
        image.save(target, "GIF", comment=SECRET, **options)
    else:
        options.setdefault("xmp", SECRET)
        image.save(target, FORMATS[media_type], exif=exif, **options)
    data = target.getvalue()
    assert SECRET in data
    return data


async def taken(data: bytes) -> Picture:
    prepared = await prepare_picture("a", data)
    assert isinstance(prepared, Picture), prepared
    return prepared


def decoded(made: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(made.data), formats=[FORMATS[made.media_type]])
    image.load()
    return image


def is_red(image: Image.Image, x: int, y: int) -> bool:
    red, _, blue = image.convert("RGB").getpixel((x, y))  # type: ignore[misc]  # three numbers in this mode
    return red > 200 and blue < 60


@thorough
@pytest.mark.parametrize("media_type", FORMATS)
async def test_a_small_picture_goes_without_its_metadata(media_type: str, pillow: bool):
    made = await taken(picture(media_type=media_type))
    expected = "image/png" if media_type == "image/gif" and pillow else media_type
    assert (made.name, made.media_type, made.width, made.height) == ("a", expected, 40, 20)
    assert SECRET not in made.data
    image = decoded(made)
    assert is_red(image, 5, 10)
    assert not is_red(image, 35, 10)
    assert dict(image.getexif()) == {}


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 1}, {"quality": 1}])
async def test_a_jpeg_of_any_build_keeps_its_pixels(options: dict[str, object], pillow: bool):
    data = picture(200, 100, "image/jpeg", **options)
    image = decoded(await taken(data + b"preview" + picture(10, 10, "image/jpeg")))
    assert is_red(image, 20, 50)
    if not pillow:
        assert image.tobytes() == Image.open(io.BytesIO(data)).tobytes()


async def test_a_turned_photo_stands_upright(pillow: bool):
    # 6: the left side of the stored pixels belongs to the top.
    made = await taken(picture(64, 32, "image/jpeg", orientation=6, comment=SECRET, quality=95))
    assert SECRET not in made.data
    image = decoded(made)
    if pillow:
        assert (made.width, made.height) == (32, 64)
        assert is_red(image, 16, 5)
        assert dict(image.getexif()) == {}
    else:
        # Whoever draws it has to know.
        assert dict(image.getexif()) == {0x0112: 6}


@pytest.mark.parametrize("media_type", FORMATS)
async def test_a_large_picture_is_scaled_down_or_needs_the_extra(media_type: str, pillow: bool):
    prepared = await prepare_picture("a", picture(4100, 1000, media_type))
    if not pillow:
        assert isinstance(prepared, RefusedSource)
        assert prepared.reason is Reason.MISSING_EXTRA
        assert str(prepared["command"]).endswith("-m pip install pillow")
        return
    assert isinstance(prepared, Picture)
    assert (prepared.width, prepared.height) == (SIDE, 500) == decoded(prepared).size
    assert (
        Note.of(NoteKind.SCALED, from_width=4100, from_height=1000, width=SIDE, height=500) in prepared.notes
    )
    assert is_red(decoded(prepared), 20, 50)


@thorough
async def test_a_turned_large_photo_says_its_sizes_as_they_are_seen():
    made = await taken(picture(4000, 1000, "image/jpeg", orientation=8))
    assert (made.width, made.height) == (512, SIDE)
    assert made.notes == (
        Note.of(NoteKind.SCALED, from_width=1000, from_height=4000, width=512, height=SIDE),
    )


@thorough
async def test_a_picture_of_too_many_bytes_is_encoded_smaller(pillow: bool):
    noise = Image.frombytes("RGB", (1800, 1800), random.Random(1).randbytes(1800 * 1800 * 3))
    target = io.BytesIO()
    noise.save(target, "PNG")
    assert target.tell() > BYTES
    prepared = await prepare_picture("a", target.getvalue())
    if not pillow:
        assert isinstance(prepared, RefusedSource)
        assert prepared.reason is Reason.MISSING_EXTRA
        return
    assert isinstance(prepared, Picture)
    assert len(prepared.data) <= BYTES
    assert prepared.notes == (
        Note.of(NoteKind.RECODED, media_type="image/jpeg", from_media_type="image/png"),
    )


@pytest.mark.parametrize("media_type", ["image/gif", "image/webp", "image/png"])
async def test_of_an_animation_the_first_frame_is_taken(media_type: str):
    frames = [Image.new("RGB", (30, 30), color) for color in ("red", "blue", "green")]
    target = io.BytesIO()
    frames[0].save(target, FORMATS[media_type], save_all=True, append_images=frames[1:], duration=100)
    made = await taken(target.getvalue())
    assert Note.of(NoteKind.FIRST_FRAME) in made.notes
    assert getattr(decoded(made), "n_frames", 1) == 1
    assert is_red(decoded(made), 15, 15)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "YCbCr"])
async def test_colours_of_every_kind_can_be_sent(mode: str):
    image = Image.new(mode, (20, 20))
    target = io.BytesIO()
    image.save(target, "JPEG" if mode in ("CMYK", "YCbCr") else "PNG")
    assert decoded(await taken(target.getvalue())).size == (20, 20)


async def test_transparency_survives():
    image = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    target = io.BytesIO()
    image.save(target, "PNG")
    assert decoded(await taken(target.getvalue())).getpixel((3, 3)) == (255, 0, 0, 0)


def png(width: int, height: int, pixels: bytes = b"") -> bytes:
    def part(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", header)
        + part(b"IDAT", zlib.compress(pixels))
        + part(b"IEND", b"")
    )


BOMBS = [
    png(10_000, 10_000),
    png(2**31 - 1, 2**31 - 1),
    b"GIF89a\xff\xff\xff\xff\0\0\0",
    b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01",
    b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff",
]


@pytest.mark.parametrize("data", BOMBS, ids=["png", "largest", "gif", "jpeg", "webp"])
async def test_a_bomb_is_refused_by_its_header(data: bytes, pillow: bool, monkeypatch: pytest.MonkeyPatch):
    def decode(*_: object, **__: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(Image, "open", decode)
    assert await prepare_picture("a", data) == RefusedSource.of(Reason.BOMB, limit=40_000_000)


async def test_a_picture_that_is_larger_within_than_its_header_is_refused():
    # The frame of a GIF may be larger than the screen that the header states.
    frame = b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0\x3b"
    prepared = await prepare_picture("a", b"GIF89a\x01\0\x01\0\0\0\0" + frame)
    assert isinstance(prepared, RefusedSource)
    assert prepared.reason in (Reason.BOMB, Reason.DAMAGED)


@pytest.mark.parametrize(
    "data", [b"", b"text", b"<svg/>", b"BM" + b"\0" * 100, b"%PDF-1.4", b"RIFF\0\0\0\0WAVE"]
)
async def test_other_files_are_no_pictures(data: bytes):
    assert await prepare_picture("a", data) == RefusedSource.of(Reason.UNSUPPORTED, kind="")


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("length", [12, 20, 30, 60])
async def test_a_damaged_picture_is_a_reason(media_type: str, length: int, pillow: bool):
    prepared = await prepare_picture("a", picture(media_type=media_type)[:length])
    assert isinstance(prepared, RefusedSource)
    assert prepared.reason is Reason.DAMAGED


@thorough
@given(st.sampled_from(sorted(FORMATS)), st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_whatever_bytes_a_picture_has_its_header_is_read_or_damaged(kind: str, at: int, noise: bytes):
    data = picture(media_type=kind)
    data = data[:at] + noise + data[at + len(noise) :]
    try:
        header = read_header(data)
        assert header is None or isinstance(header, Header)
        if header is not None:
            picture_of(data)
    except (Damaged, Broken):
        pass


async def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(images, "SOURCE_BYTES", 10)
    assert await prepare_picture("a", picture()) == RefusedSource.of(Reason.TOO_LARGE, limit=10)
