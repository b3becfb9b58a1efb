"""Images: told by their content, sent without what they say of their origin, and never decoded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from elumenta_tui.files.images import Broken, kind_of, picture_of
from tests.pictures import PLACE, exif, gif, jpeg, png, segment, webp

ALL = [
    (png, "image/png", (2, 1)),
    (jpeg, "image/jpeg", (4, 3)),
    (webp, "image/webp", (5, 6)),
    (gif, "image/gif", (7, 8)),
]


@pytest.mark.parametrize(("make", "kind", "size"), ALL)
def test_an_image_without_texts_goes_as_it_is(
    make: Callable[..., bytes], kind: str, size: tuple[int, int]
) -> None:
    data = make()
    assert kind_of(data) == kind
    assert picture_of(data) == (kind, data, *size, False)


@pytest.mark.parametrize(("make", "kind", "size"), ALL)
def test_what_an_image_says_of_its_origin_is_left_out(
    make: Callable[..., bytes], kind: str, size: tuple[int, int]
) -> None:
    data = make(texts=True)
    assert PLACE in data
    found = picture_of(data)
    assert PLACE not in found.data
    assert found.is_stripped
    assert (found.media_type, found.width, found.height) == (kind, *size)
    # Nothing else is: what is left is what the image without texts is.
    if make is not webp:
        assert found.data == make()
    else:
        # Its flags no longer say that it has any.
        assert found.data[20] == 0
        assert found.data[30:] == make()[12:]
    assert picture_of(found.data) == found._replace(is_stripped=False)


def test_what_stands_behind_the_end_is_left_out() -> None:
    for make in (png, jpeg):
        found = picture_of(make(behind=PLACE))
        assert (found.data, found.is_stripped) == (make(), True)


def test_a_photo_that_lies_on_its_side_says_so_and_nothing_more() -> None:
    found = picture_of(jpeg(texts=True, orientation=6))
    assert PLACE not in found.data
    again = picture_of(jpeg(texts=True, orientation=1))
    only = bytes.fromhex(
        "ffe1 0022 457869660000 4d4d002a 00000008 0001 0112 0003 00000001 0006 0000 00000000"
    )
    assert found.data == again.data[:2] + only + again.data[2:]


@pytest.mark.parametrize(("make", "kind", "size"), ALL)
def test_an_image_that_is_cut_anywhere_or_empty_is_broken(
    make: Callable[..., bytes], kind: str, size: tuple[int, int]
) -> None:
    data = make(texts=True)
    whole = picture_of(data)
    for end in range(12, len(data) - len(PLACE) if make is gif else len(data)):
        try:
            found = picture_of(data[:end])
        except Broken:
            continue
        # A cut WebP may have all of its chunks.
        assert make is webp
        assert PLACE not in found.data
        assert (found.width, found.height) == (whole.width, whole.height)
    with pytest.raises(Broken):
        picture_of(make(0, 0) if make in (gif, jpeg) else b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("make", [make for make, _, _ in ALL])
def test_bytes_that_are_changed_never_do_more_than_break_it(make: Callable[..., bytes]) -> None:
    data = make(texts=True)
    for place in range(len(data)):
        for value in (0, 1, 0x7F, 0x80, 0xFF):
            changed = data[:place] + bytes((value,)) + data[place + 1 :]
            if kind_of(changed):
                try:
                    picture_of(changed)
                except Broken:
                    continue


def test_a_directory_of_tags_that_leads_out_of_the_segment_turns_nothing() -> None:
    bad = b"Exif\0\0II*\0\xff\xff\xff\xff"
    data = jpeg().replace(segment(0xDB, bytes(65)), segment(0xE1, bad) + segment(0xDB, bytes(65)))
    assert picture_of(data).data == jpeg()
    assert exif() != bad


@pytest.mark.parametrize(
    "data", [b"", b"GIF", b"BM1234", b"RIFF1234WAVE", b"%PDF-1.7", b"\x89PNG", b"\xff\xd8"]
)
def test_other_files_are_no_images(data: bytes) -> None:
    assert kind_of(data) == ""
