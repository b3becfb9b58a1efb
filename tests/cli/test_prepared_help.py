"""The prepared `--help`, which the installed command prints without loading the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui.cli import help_layout
from elumenta_tui.cli.prepared_help import DIRECTORY, prepared
from tests.helps import made, parsers, path_of

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("language", [path.stem for path in Path(DIRECTORY).glob("*.txt")])
def test_it_is_what_the_options_and_the_catalogue_say(language: str) -> None:
    assert path_of(language).read_text(encoding="utf-8") == made(language), "make helps"


@pytest.mark.parametrize("columns", [40, 80, 100])
@pytest.mark.parametrize("locale", ["en_US", "ru_RU", "de_DE"])
def test_it_is_what_the_program_prints(
    locale: str,
    columns: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environ = {"LANG": locale, "ELUMENTA_HOME": str(tmp_path)}
    for module in ("help", "prepared_help"):
        monkeypatch.setattr(f"elumenta_tui.cli.{module}.width", lambda descriptor: columns)
    for words in [[], *(words for words, _ in parsers())]:
        assert program.main([*words, "--help"], environ) == 0
        assert prepared(words, environ) == capsys.readouterr().out, words


FILES = {
    "the language that was chosen": ("state", '[theme]\nchosen = "a"\n\n[language]\nchosen = "ru"\ninstead_of = "auto"\n'),
    "a language that was chosen before another was configured": (
        "state", '[language]\nchosen = "ru"\ninstead_of = "en"\n\n[theme]\nchosen = "a"\ninstead_of = "auto"\n',
    ),
    "a table in another form": ("state", 'language.chosen = "ru"\nlanguage.instead_of = "auto"\n'),
    "a table in one line": ("state", 'language = {chosen = "ru", instead_of = "auto"}\n'),
    "the configured language": ("config", '# language = "en"\nmodel = "gpt-5"\nlanguage = "ru"  # mine\n'),
    "a language that follows the locale": ("config", 'language = "auto"\n'),
    "a language that is none": ("config", 'language = "xx"\n'),
    "the language of something else": ("config", '[personas.a]\nsystem_prompt = "x"\nlanguage = "ru"\n'),
    "a text that reads like an option": ("config", '[personas.a]\nsystem_prompt = """\nlanguage = "ru"\n"""\n'),
    "a language in other quotes": ("config", "language = 'ru'\n"),
    "a name in quotes": ("config", '"language" = "ru"\n'),
    "other keys": ("config", '[keys]\nmodels = ["alt+z"]\n'),
    "the keys of vim": ("config", 'prompt_keys = "vim"\n'),
    "an API key": ("config", 'api_key = "nb_0123456789"\n'),
}  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_it_is_never_other_than_what_the_users_files_say(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind, text = FILES[file]
    path = tmp_path / kind / f"{kind}.toml"
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(0o600)
    environ = {"LANG": "en_US", "ELUMENTA_HOME": str(tmp_path)}
    found = [prepared(words, environ) for words in ([], ["ask"])]
    for words, text_ in zip(([], ["ask"]), found, strict=True):
        assert program.main([*words, "--help"], environ) == 0
        assert text_ in (None, capsys.readouterr().out)
    assert (None in found) == (file not in PLAIN)


PLAIN = (
    "the language that was chosen", "the configured language", "a language that follows the locale",
    "a language that is none", "an API key", "a language that was chosen before another was configured",
    "the language of something else",
)  # fmt: skip
"""Files that need no TOML to be understood."""


def test_a_file_that_can_not_be_decoded_is_left_to_the_program(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_bytes(b"\xff")
    assert prepared([], {"ELUMENTA_HOME": str(tmp_path)}) is None


def test_of_a_language_without_prepared_texts_the_program_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("elumenta_tui.cli.prepared_help.languages", lambda: ("en", "ru", "uk"))
    assert prepared([], {"LANG": "uk_UA.UTF-8", "ELUMENTA_HOME": str(tmp_path)}) is None
    assert prepared([], {"LANG": "de_DE.UTF-8", "ELUMENTA_HOME": str(tmp_path)}) is not None


@pytest.mark.parametrize("arguments", [["ask", "-m"], ["nonsense"], ["ask", "--"], ["--demo", "ask"]])
def test_where_the_words_call_no_command_the_program_is_asked(arguments: list[str], tmp_path: Path) -> None:
    assert prepared(arguments, {"ELUMENTA_HOME": str(tmp_path)}) is None


@pytest.mark.skipif(
    os.name == "nt", reason="a console of Windows takes more than bytes: the program prints it"
)
@pytest.mark.parametrize("arguments", ["--version", "--help", "ask --help", "chats list -h"])
def test_the_installed_command_answers_without_loading_the_program(arguments: str, tmp_path: Path) -> None:
    code = (
        "import sys\nsys.path.insert(0, sys.argv.pop(1))\nbefore = {*sys.modules}\nfrom elumenta_tui.entry import main\n"
        "sys.argv[1:] = sys.argv[1].split()\ncode = main()\n"
        "print(code, *sorted({*sys.modules} - before), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(ROOT), arguments],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=60,
        env={"ELUMENTA_HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8", "HOME": str(tmp_path)},
    )  # fmt: skip
    returned, *loaded = done.stderr.split()
    assert returned == "0"
    assert len(done.stdout) > 10
    assert {name for name in loaded if not name.startswith("elumenta_tui")} <= {"__future__"}
    assert "elumenta_tui.__main__" not in loaded


def test_what_is_wider_than_its_column_gets_a_line_of_its_own() -> None:
    entries = [
        f"--option{help_layout.TAB}{'a word ' * 20}",
        f"--much-too-long-for-a-column VALUE{help_layout.TAB}text",
    ]
    for columns in 40, 80:
        lines = help_layout.laid_out("\n".join(["usage", *entries]), columns).split("\n")
        assert max(map(len, lines)) <= columns
        assert lines[1].startswith("  --option  a word")
        assert lines[-2:] == ["  --much-too-long-for-a-column VALUE", " " * 12 + "text"]
