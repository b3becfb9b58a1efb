"""Files that are attached: what is read of them, and what is refused without waiting."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from elumenta_tui.chat.attachment import Attachment, Note
from elumenta_tui.files.languages import language_of
from elumenta_tui.files.reading import MOST_BYTES, MOST_CHARACTERS, read_attachment
from elumenta_tui.files.refused import RefusedFile
from tests.pictures import jpeg, png

RUSSIAN = "Привет! Это обычный текст, в котором нет ничего особенного.\nЕщё одна строка."


def read(path: Path) -> Attachment:
    found = read_attachment(path)
    assert isinstance(found, Attachment), found
    return found


def refused(path: Path) -> RefusedFile:
    found = read_attachment(path)
    assert isinstance(found, RefusedFile), found
    return found


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("utf-16-be", "utf-16-be"),
        ("utf-16-le", "utf-16-le"),
        ("cp1251", "cp1251"),
        ("koi8-r", "koi8-r"),
    ],
)
def test_texts_are_read_in_their_encoding_and_a_guess_is_stated(
    tmp_path: Path, encoding: str, stated: str
) -> None:
    path = tmp_path / "заметки 1.txt"
    path.write_bytes(RUSSIAN.replace("\n", "\r\n").encode(encoding))
    found = read(path)
    assert (found.text, found.name, found.kind) == (RUSSIAN, "заметки 1.txt", "text")
    assert found.notes == ((Note("guessed", stated),) if stated else ())
    assert found.size == path.stat().st_size


@pytest.mark.parametrize(
    "text", ["Да.", "ОШИБКА: файл не найден", "x = 1  # счётчик\nprint(x)\n", "Москва, ул. Ленина"]
)
@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r"])
def test_short_russian_texts_are_told_apart(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    assert read(path).text == text


def test_accents_of_the_west_are_not_taken_for_russian(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Größe: à côté, naïve".encode("cp1252"))
    found = read(path)
    assert (found.text, found.notes) == ("Größe: à côté, naïve", (Note("guessed", "cp1252"),))


def test_a_log_with_colours_is_text_and_the_colours_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "build.log"
    path.write_bytes(b"\x1b[31mError\x1b[0m: \xd0\xbd\xd0\xb5\xd1\x82\x1b]52;c;aGk=\x07\n" * 50)
    found = read(path)
    assert found.text == "Error: нет\n" * 50


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF\x02\x01\x01" + bytes(100),
        b"PK\x03\x04" + bytes(range(32)) * 20,
        b"%PDF-1.7\n" + bytes(range(256)) * 9,
    ],
)
def test_binary_files_are_refused_by_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "main.py"
    path.write_bytes(data)
    assert refused(path) == RefusedFile("binary", "main.py")


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name, reason in {
        "pipe": "special",
        "s": "special",
        "link": "special",
        "loop": "unreadable",
        "": "directory",
    }.items():
        assert refused(tmp_path / name).reason == reason
    listening.close()
    for device in ("/dev/zero", "/dev/tty", "/dev/null"):
        assert refused(Path(device)).reason == "special"
    assert refused(tmp_path / "none").reason == "missing"
    assert refused(tmp_path / "a\0b").reason == "unreadable"
    (tmp_path / "empty").touch()
    assert refused(tmp_path / "empty").reason == "empty"


def test_a_file_that_was_replaced_by_a_pipe_in_the_last_moment_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    before = os.stat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda *_: before)
    assert refused(path).reason == "special"


def test_files_of_the_kernel_say_nothing_of_their_size_and_are_read_within_the_bound() -> None:
    found = read(Path("/proc/self/status"))
    assert "Pid:" in found.text
    assert isinstance(read_attachment(Path("/proc/kmsg")), RefusedFile)


def test_a_text_is_cut_at_the_bound_and_what_is_cut_is_stated(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_text("ж" * (MOST_CHARACTERS + 5))
    found = read(path)
    assert found.text == "ж" * MOST_CHARACTERS
    assert found.notes == (Note("cut", str(MOST_CHARACTERS + 5)),)
    assert found.block.endswith("ж\n[…]\n```")


def test_a_file_beyond_the_bound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.log"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES * 100)
    assert refused(path) == RefusedFile("too_large", "huge.log", size=MOST_BYTES * 100, limit=MOST_BYTES)


def test_images_are_told_by_content_and_lose_their_origin(tmp_path: Path) -> None:
    path = tmp_path / "photo.txt"
    path.write_bytes(jpeg(texts=True))
    found = read(path)
    assert (found.kind, found.media_type, found.data) == ("image", "image/jpeg", jpeg())
    assert (found.width, found.height, found.notes) == (4, 3, (Note("stripped"),))


def test_images_that_are_broken_too_large_or_bombs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(10_000, 4_001))
    assert (refused(path).reason, refused(path).detail) == ("image_bomb", "10000×4001")
    path.write_bytes(png()[:-3])
    assert refused(path).reason == "image_broken"
    path.write_bytes(jpeg().replace(b"\x12\xff\x00", bytes(5_000_000)))
    assert refused(path).reason == "image_too_large"


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("a.py", "", "python"),
        ("Dockerfile", "", "dockerfile"),
        ("A.YML", "", "yaml"),
        ("run", "#!/usr/bin/env python3.11 -u\n", "python"),
        ("run", "#!/bin/sh\n", "bash"),
        (".py", "", ""),
        ("notes.txt", "", ""),
    ],
)
def test_the_language_comes_from_the_name_or_the_first_line(name: str, text: str, language: str) -> None:
    assert language_of(name, text) == language
