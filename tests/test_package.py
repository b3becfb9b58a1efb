"""What users install: the wheel carries everything it needs, and runs from anywhere."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from elumenta_tui import __version__, i18n
from elumenta_tui.cli.completions import script
from tests.pseudo_terminal import Terminal
from tests.thorough import thorough

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
        "elumenta_tui/cli/prepared/en.txt",
        "elumenta_tui/cli/prepared/ru.txt",
        *sheets,
    } <= names
    assert any(name.startswith("elumenta_tui/demo/answers/") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "screenshots/"))]


def test_the_wheel_holds_completions_and_the_man_page_where_systems_look_for_them(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shared = {
            name.partition(".data/data/")[2]: archive.read(name).decode()
            for name in archive.namelist()
            if ".data/data/" in name
        }
    assert shared.keys() == {
        "share/man/man1/elumenta-tui.1",
        "share/man/ru/man1/elumenta-tui.1",
        "share/bash-completion/completions/elumenta-tui",
        "share/zsh/site-functions/_elumenta-tui",
        "share/fish/vendor_completions.d/elumenta-tui.fish",
    }
    i18n.use("en")
    assert shared["share/bash-completion/completions/elumenta-tui"] == script("bash")
    assert shared["share/zsh/site-functions/_elumenta-tui"] == script("zsh")
    assert shared["share/zsh/site-functions/_elumenta-tui"].startswith("#compdef elumenta-tui\n")
    assert shared["share/fish/vendor_completions.d/elumenta-tui.fish"] == script("fish")
    assert all(
        f"elumenta\\-tui {__version__}" in shared[f"share/{path}/man1/elumenta-tui.1"]
        for path in ("man", "man/ru")
    )


@thorough
def test_the_build_needs_nothing_but_the_source_and_hatchling() -> None:
    code = f"""
import sys
sys.path[:0] = {[str(ROOT), str(ROOT / "packaging")]!r}
class OnlyTheLibrary:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in {{*sys.stdlib_module_names, "elumenta_tui", "hatch_build"}}:
            raise ImportError(name)
import hatchling.builders.hooks.plugin.interface
sys.meta_path.insert(0, OnlyTheLibrary())
import hatch_build
print(len(hatch_build.shared_files()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("5\n", "")


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


@thorough
def test_the_source_distribution_has_all_that_is_needed_to_build_and_test_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [built] = tmp_path.glob("*.tar.gz")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=False, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not in a checkout, so that nobody knows what belongs to the source")
    with tarfile.open(built) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert set(listed.stdout.splitlines()) - names == set()


def release(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "packaging" / "release.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@thorough
def test_a_release_fills_the_templates_of_packages_with_the_version_and_the_checksum(tmp_path: Path) -> None:
    archive = tmp_path / "elumenta_tui-1.2.3.tar.gz"
    archive.write_bytes(b"an archive")
    done = release("fill", archive, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for name in "elumenta-tui.rb", "PKGBUILD", "package.nix":
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "1.2.3" in text
        assert hashlib.sha256(b"an archive").hexdigest() in text
        assert not re.search(r"@[A-Z0-9]+@", text)


@thorough
def test_a_release_is_refused_that_the_changelog_or_the_source_does_not_name() -> None:
    done = release("check", "v99.0.0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"the tag is v99.0.0, the source is {__version__}\n"
    assert release("notes", "v99.0.0").stderr == "CHANGELOG.md says nothing of 99.0.0\n"
