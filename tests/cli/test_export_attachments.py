"""Attached files in exports: named always, and written under safe names where that is asked for, never over a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from elumenta_tui.chat.attachment import Attachment, image_attachment, text_attachment
from elumenta_tui.cli import export
from elumenta_tui.transfer.attached import attachment_names
from tests.pictures import png
from tests.storing import answered, saved, shelf

TEXT = text_attachment("main.py", "print(1)\n", language="python")
IMAGE = image_attachment("снимок *1*.png", png(), "image/png", width=2, height=1)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    with shelf(tmp_path / "data") as here:
        first, second = answered("one", "so"), answered("two", "so", id="t2")
        first.turn.attachments = (TEXT, IMAGE)
        second.turn.attachments = (text_attachment("main.py", "other"), TEXT)
        here.put(saved(first), saved(second))
    return {"ELUMENTA_HOME": str(tmp_path), "LANG": "C"}


def test_an_export_names_them(environ: dict[str, str], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert export.main(["--last"], environ) == 0
    [found] = json.loads(capsysbinary.readouterr().out)["conversations"]
    assert found["turns"][0]["attachments"][0] == {
        "name": "main.py",
        "kind": "text",
        "size": 9,
        "language": "python",
        "media_type": None,
        "width": None,
        "height": None,
        "notes": [],
        "sha256": TEXT.digest,
        "lost": False,
        "file": None,
    }
    assert export.main(["--last", "--format", "md"], environ) == 0
    out = capsysbinary.readouterr().out.decode()
    assert "\n- main.py · text · 9 B\n- снимок \\*1\\*.png · image · " in out


def test_they_are_written_once_each_and_never_over_a_file(
    environ: dict[str, str], tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    directory = tmp_path / "files"
    assert export.main(["--attachments", str(directory)], environ) != 0
    assert "There is no directory" in capsysbinary.readouterr().err.decode()
    directory.mkdir()
    (directory / "main.py").write_text("mine")
    assert export.main(["--attachments", str(directory)], environ) == 0
    [found] = json.loads(capsysbinary.readouterr().out)["conversations"]
    files = [each["file"] for entry in found["turns"] for each in entry.get("attachments", ())]
    assert files == ["main (2).py", "снимок 1.png", "main (3).py", "main (2).py"]
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == {
        "main.py": b"mine",
        "main (2).py": b"print(1)\n",
        "main (3).py": b"other",
        "снимок 1.png": png(),
    }


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("../../etc/passwd", "passwd"),
        ("a\nb.txt", "a b.txt"),
        (".bashrc", "bashrc"),
        ("con.txt", "_con.txt"),
        ("-rf", "rf"),
        ("x.\u202egpj.exe", "x.⟦RLO⟧gpj.exe"),
        ("", "conversation"),
        ("файл" * 60 + ".md", None),
    ],
)
def test_names_of_files_are_safe(name: str, first: str | None) -> None:
    made: Attachment = text_attachment(name, "x")
    found = next(attachment_names(made))
    assert first is None or found == first
    assert len(found.encode()) <= 150
    assert not set(found) & set('/\\\n*?"<>|')
