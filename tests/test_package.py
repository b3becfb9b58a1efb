"""What users install: the wheel carries everything it needs, and runs from anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.pseudo_terminal import Terminal

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [built] = directory.glob("*.whl")
    return built


def test_the_wheel_holds_themes_styles_words_and_the_demos_texts(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"elumenta_tui/_themes/{path.name}" for path in (ROOT / "themes").glob("*.toml")} <= names
    sheets = {path.relative_to(ROOT).as_posix() for path in (ROOT / "elumenta_tui").rglob("*.tcss")}
    assert {
        "elumenta_tui/tui/app.tcss",
        "elumenta_tui/i18n/en.toml",
        "elumenta_tui/i18n/ru.toml",
        *sheets,
    } <= names
    assert any(name.startswith("elumenta_tui/demo/answers/") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "screenshots/"))]


def test_the_wheel_runs_from_an_empty_directory(wheel: Path, tmp_path: Path) -> None:
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    # Its dependencies are those of this environment; the package itself must be the wheel's.
    zipfile.ZipFile(wheel).extractall(installed)
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    where = subprocess.run(
        [sys.executable, "-c", "import elumenta_tui; print(elumenta_tui.__file__)"],
        cwd=empty, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(installed))
    program = [sys.executable, "-m", "elumenta_tui", "--demo"]
    with Terminal(program, cwd=empty, env={"PYTHONPATH": str(installed)}) as terminal:
        terminal.wait_for("283 tokens")
        terminal.press("ctrl+t")
        terminal.wait_for("elumenta-contrast")
        terminal.press("escape")
        terminal.wait_gone("elumenta-contrast")
        terminal.type("привет\r")
        terminal.wait_for("Здравствуйте")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
