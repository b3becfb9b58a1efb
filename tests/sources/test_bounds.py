"""Bounds of what is attached: the memory that it takes at most, measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.sources.large import MEGABYTE, large_png
from tests.thorough import some, thorough

MOST = 300
"""Megabytes of the whole program, at most."""

APP = 90
"""Megabytes of them that the app takes without any attachment, and more."""

PROGRAM = """
import asyncio, json, resource, sys
from pathlib import Path
from elumenta_tui.chat.attachment import Attachment, message_with
from elumenta_tui.files.reading import attachment_of, read_file
from elumenta_tui.text.secrets import find_secrets

def used():
    status = Path("/proc/self/status")
    if status.exists():
        # The peak of this program alone: the other figure begins with that of the program that has started it.
        return int(status.read_text().partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 if sys.platform != "darwin" else 1024)

async def attach(path):
    data = read_file(path)
    if not isinstance(data, bytes):
        return data
    found = attachment_of(path.name, data)
    if getattr(found, "reason", "") == "image_too_large":
        from elumenta_tui.sources.images import prepare_picture
        return await prepare_picture(path.name, data)
    if isinstance(found, Attachment):
        list(find_secrets(found.text))
    return found

before = used()
found = [asyncio.run(attach(Path(path))) for path in sys.argv[1:]]
attached = [each for each in found if isinstance(each, Attachment)]
message_with("What is it?", attached)
facts = [[type(each).__name__, str(getattr(each, "reason", "")), getattr(each, "width", 0)] for each in found]
print(json.dumps({"kilobytes": used() - before, "found": facts}))
"""


def attach(*paths: Path) -> tuple[int, list[list[Any]]]:
    """Attach files in a process of its own. Return the megabytes that it took more than before, and what came of each."""
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), *map(str, paths)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    return result["kilobytes"] // 1024, result["found"]


@thorough
@pytest.mark.parametrize(
    "line",
    [
        "Привет, мир: строка журнала\n".encode(),
        "Привет, мир: строка журнала\n".encode("cp1251"),
        b"\x1b[31mERROR\x1b[0m something happened\n",
        b"\x1b]",
        b"x",
    ],
    ids=["utf-8", "cp1251", "colours", "sequences", "one line"],
)
def test_a_text_of_ten_megabytes_is_read_within_the_memory(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "large.log"
    path.write_bytes((line * (10 * MEGABYTE // len(line) + 1))[: 10 * MEGABYTE])
    megabytes, found = attach(path)
    assert found == [["Attachment", "", 0]]
    assert megabytes < MOST - APP


@thorough
def test_a_hundred_megapixels_are_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(large_png(12_000, 9_000))
    megabytes, found = attach(path)
    assert found == [["RefusedFile", "image_bomb", 0]]
    assert megabytes < 30


@thorough
@pytest.mark.parametrize("has_alpha", some([False, True]))
def test_the_largest_picture_that_is_taken_is_scaled_within_the_memory(
    tmp_path: Path, *, has_alpha: bool
) -> None:
    pytest.importorskip("PIL")
    path = tmp_path / "large.png"
    path.write_bytes(large_png(7_300, 5_475, has_alpha=has_alpha, megabytes=6))
    megabytes, found = attach(path)
    assert found == [["Picture", "", 2048]]
    assert megabytes < MOST - APP


@thorough
def test_fifty_files_are_read_and_put_into_one_message_within_the_memory(tmp_path: Path) -> None:
    paths = [tmp_path / f"part{number}.log" for number in range(50)]
    for number, path in enumerate(paths):
        path.write_bytes(f"Строка номер {number}\n".encode() * 20_000)
    megabytes, found = attach(*paths)
    assert found == [["Attachment", "", 0]] * 50
    assert megabytes < MOST - APP
