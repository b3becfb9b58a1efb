"""`elumenta-tui config`: reads and changes the configuration file, and never shows or takes the key where others see it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import stat
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui.cli import config_verbs
from elumenta_tui.cli.tables import Look
from elumenta_tui.config.settings import STATE_FILE, StateFile, load
from tests.pseudo_terminal import PREPARED, Terminal
from tests.service import KEY
from tests.thorough import thorough

Capture = pytest.CaptureFixture[str]

SOURCE = """# mine
theme = 'elumenta-day'   # bright

stop_twice=true
[personas.reviewer]
model = "claude-opus-4.5"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config" / "config.toml"
    path.parent.mkdir()
    path.write_text(SOURCE)
    return path


def config(home: Path, *arguments: str, language: str = "en_US", **environ: str) -> int:
    return program.main(["config", *arguments], {"ELUMENTA_HOME": str(home), "LANG": language, **environ})


@pytest.mark.parametrize(
    ("name", "text", "changed"),
    [
        ("theme", "warm-paper", SOURCE.replace("'elumenta-day'", '"warm-paper"')),
        ("stop_twice", "false", SOURCE.replace("=true", "=false")),
        ("measure", "80", SOURCE.replace("[personas", "measure = 80\n\n[personas")),
        ("cap_day", "0.5", SOURCE.replace("[personas", "cap_day = 0.5\n\n[personas")),
        ("theme", "elumenta-day", SOURCE),
    ],
)
def test_only_the_line_of_an_option_changes(
    tmp_path: Path, path: Path, capsys: Capture, name: str, text: str, changed: str
) -> None:
    assert config(tmp_path, "set", name, text) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"{name} is {text} now, in {path}\n")
    assert path.read_text().replace('"elumenta-day"', "'elumenta-day'") == changed
    assert str(getattr(load(path), name)).lower() == text
    assert config(tmp_path, "get", name) == 0
    assert capsys.readouterr().out == f"{text}\n"


def _look(width: int | None, environ: Mapping[str, str]) -> Look:
    return Look(width, has_colours=False)


def test_a_value_is_the_one_that_counts_and_a_terminal_reads_where_it_comes_from(
    tmp_path: Path, path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text('theme = "green-phosphor"\nbase_url = "https://file.example"\nmeasure = 80\n')
    state = StateFile(tmp_path / "state" / STATE_FILE)
    state.keep("theme", "elumenta-day", "green-phosphor")
    asyncio.run(state.write())
    environ = {
        "ELUMENTA_HOME": str(tmp_path),
        "LANG": "en_US.UTF-8",
        "ELUMENTA_BASE_URL": "https://env.example",
    }
    found = {}
    for width in (None, 80):
        monkeypatch.setattr(config_verbs, "standard_look", partial(_look, width))
        for name in ("base_url", "theme", "measure", "bell"):
            assert program.main(["config", "get", name], environ) == 0
            found[name, width] = tuple(capsys.readouterr())
    assert [found[name, None] for name in ("base_url", "theme", "measure", "bell")] == [
        ("https://env.example\n", ""),
        ("elumenta-day\n", ""),
        ("80\n", ""),
        ("true\n", ""),
    ]
    assert found["measure", 80][1].splitlines()[1:] == [
        "Columns of prose in answers, at most; 0: the whole width. Code and tables always take it."
    ]
    assert [
        found[name, 80][1].splitlines(keepends=True)[0] for name in ("base_url", "theme", "measure", "bell")
    ] == [
        "base_url: set by ELUMENTA_BASE_URL. The file says https://file.example, which does not count.\n",
        "theme: chosen in the app.\n",
        f"measure: set in {path}.\n",
        "bell: not set in the file.\n",
    ]


def test_a_file_that_is_not_there_is_made_for_its_owner_only(tmp_path: Path, capsys: Capture) -> None:
    assert config(tmp_path, "get", "model") == 0
    assert capsys.readouterr().out == "gpt-5\n"
    assert config(tmp_path, "set", "model", "grok-4-fast") == 0
    path = tmp_path / "config" / "config.toml"
    assert path.read_text() == 'model = "grok-4-fast"\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@thorough
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["measure", "5000"], 2, "measure must be within 0 … 1000. The file was not changed."),
        (["measure", "much"], 2, "measure must be a whole number"),
        (["measure", "1.5"], 2, "measure must be a whole number"),
        (["idle_timeout", "-5"], 2, "idle_timeout must be within 5 … 3600"),
        (["idle_timeout", "nan"], 2, "idle_timeout must be within"),
        (["stop_twice", "maybe"], 2, "stop_twice must be true or false"),
        (["language", "fr"], 2, "language must be one of: auto, en, ru"),
        (["modle", "x"], 2, "Did you mean model?"),
        (["personas", "x"], 2, "There is no option “personas”"),
        (["model"], 2, "config set model VALUE"),
        ([], 2, "NAME is missing"),
    ],
)
def test_a_value_that_the_app_would_refuse_is_refused_with_its_words(
    tmp_path: Path, path: Path, capsys: Capture, arguments: list[str], code: int, said: str
) -> None:
    assert config(tmp_path, "set", *arguments) == code
    out, err = capsys.readouterr()
    assert (out, said in err) == ("", True), err
    assert path.read_text() == SOURCE


def test_an_option_is_taken_out_with_its_line_and_nothing_else(
    tmp_path: Path, path: Path, capsys: Capture
) -> None:
    assert config(tmp_path, "unset", "theme") == 0
    assert path.read_text() == SOURCE.replace("theme = 'elumenta-day'   # bright\n", "")
    said = capsys.readouterr().err
    assert said == f"theme is no longer in {path}; its default counts: auto\n"
    assert config(tmp_path, "unset", "measure", language="ru_RU") == 0
    assert "measure нет в" in capsys.readouterr().err
    assert config(tmp_path, "unset", "modle") == 2
    assert "Did you mean model?" in capsys.readouterr().err
    path.write_text('# mine\nmodel = """\ngpt-5"""\n')
    assert config(tmp_path, "unset", "model") == 1
    assert path.read_text() == '# mine\nmodel = """\ngpt-5"""\n'


def test_every_wrong_value_is_named_with_its_place_and_can_be_mended_one_by_one(
    tmp_path: Path, path: Path, capsys: Capture
) -> None:
    path.write_text("measure = 5000\n  stop_twice =  'x' # why\n[personas.a]\ntemperature = 9\n")
    assert config(tmp_path, "check") == 2
    first, second, third = capsys.readouterr().err.splitlines()
    assert "line 1, column 11: measure must be within 0 … 1000." in first
    assert "line 2, column 17: stop_twice must be true or false." in second
    assert "line 4, column 15: personas.a.temperature must be 0 … 2." in third
    assert config(tmp_path, "set", "measure", "80") == 0
    assert config(tmp_path, "unset", "stop_twice") == 0
    assert path.read_text() == "measure = 80\n[personas.a]\ntemperature = 9\n"


def test_a_value_on_several_lines_is_not_changed_at_the_cost_of_the_comments(
    tmp_path: Path, path: Path, capsys: Capture
) -> None:
    path.write_text('# mine\nmodel = """\ngpt-5"""\n')
    assert config(tmp_path, "set", "model", "x") == 1
    assert "several lines" in capsys.readouterr().err
    assert path.read_text().startswith("# mine\n")


@pytest.mark.parametrize("verb", [["set", "model", "x"], ["get", "model"], ["list"], ["check"]])
def test_a_broken_file_is_named_with_line_and_column_and_left_alone(
    tmp_path: Path, path: Path, capsys: Capture, verb: list[str]
) -> None:
    path.write_text("model = \n")
    assert config(tmp_path, *verb) == 2
    assert "line 1, column 9" in capsys.readouterr().err
    assert path.read_text() == "model = \n"


def test_a_check_names_what_the_app_would_ignore(tmp_path: Path, path: Path, capsys: Capture) -> None:
    path.write_text('modle = "x"\n')
    assert config(tmp_path, "check") == 0
    assert "Did you mean model?" in capsys.readouterr().err


def test_all_options_are_listed_and_which_of_them_the_file_sets(
    tmp_path: Path, path: Path, capsys: Capture
) -> None:
    path.write_text(f'api_key = "{KEY}"\napi_key_command = "echo {KEY}"\n{SOURCE}')
    assert config(tmp_path, "list") == 0
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines()]
    assert ["theme", "elumenta-day", "file"] in rows
    assert ["measure", "100", "default"] in rows
    assert ["personas.reviewer", "claude-opus-4.5", "file"] in rows
    assert ["api_key", "nb_…", "command", "(api_key_command)"] in rows
    assert config(tmp_path, "list", "--json") == 0
    told = capsys.readouterr().out
    data = json.loads(told)
    assert data["theme"] == {"value": "elumenta-day", "is_set": True, "source": "file", "given_by": None}
    assert data["stop_twice"]["value"] is data["stop_twice"]["is_set"] is True
    assert data["personas"] == ["reviewer"]
    assert KEY not in out + told


def test_the_value_that_counts_is_listed_with_its_source(tmp_path: Path, path: Path, capsys: Capture) -> None:
    path.write_text('base_url = "https://example.com"\ntheme = "monochrome"\n')
    (tmp_path / "state").mkdir()
    state = StateFile(tmp_path / "state" / "state.toml")
    state.keep("theme", "elumenta-day", "monochrome")
    asyncio.run(state.write())
    url = "http://127.0.0.1:1"
    environ = {"ELUMENTA_HOME": str(tmp_path), "ELUMENTA_BASE_URL": url, "ELUMENTA_API_KEY": KEY}
    assert program.main(["config", "list"], {**environ, "LANG": "en_US"}) == 0
    said = capsys.readouterr().out
    rows = [line.split() for line in said.splitlines()]
    assert ["base_url", url, "environment", "(ELUMENTA_BASE_URL)"] in rows
    assert ["api_key", "nb_…", "environment", "(ELUMENTA_API_KEY)"] in rows
    assert ["theme", "elumenta-day", "app"] in rows
    assert ["measure", "100", "default"] in rows
    assert KEY not in said
    assert program.main(["config", "list", "--json"], {**environ, "LANG": "en_US"}) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["base_url"]["source"], data["base_url"]["given_by"]) == ("environment", "ELUMENTA_BASE_URL")
    assert data["api_key"]["value"] == "nb_…"


def test_the_path_is_printed_whether_or_not_the_file_is_there(tmp_path: Path, capsys: Capture) -> None:
    assert config(tmp_path, "path") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'config' / 'config.toml'}\n"


# ---------------------------------------------------------------------------------------------------------------- the key


def test_a_key_is_never_taken_as_an_argument_nor_printed(tmp_path: Path, path: Path, capsys: Capture) -> None:
    assert config(tmp_path, "set", "api_key", KEY) == 2
    said = capsys.readouterr()
    assert "others can see arguments" in said.err
    path.write_text(f'api_key = "{KEY}"\n')
    assert config(tmp_path, "get", "api_key") == 0
    assert capsys.readouterr().out == "nb_…\n"
    assert KEY not in said.out + said.err


def test_a_key_is_read_from_standard_input(
    tmp_path: Path, path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"  export ELUMENTA_API_KEY='{KEY}'\n"))
    assert config(tmp_path, "set", "api_key") == 0
    assert KEY not in "".join(capsys.readouterr())
    assert load(path).api_key == KEY
    assert path.read_text().startswith("# mine\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for wrong in ("", "no key", "nb_кириллица"):
        monkeypatch.setattr("sys.stdin", io.StringIO(wrong))
        assert config(tmp_path, "set", "api_key") == 2
        assert load(path).api_key == KEY


def test_at_a_terminal_the_key_is_asked_for_and_not_shown(tmp_path: Path, path: Path) -> None:
    environment = {"ELUMENTA_HOME": str(tmp_path), "LANG": "en_US.UTF-8"}
    with Terminal([PREPARED, "config", "set", "api_key"], env=environment) as terminal:
        terminal.wait_for("API key (it is not shown):")
        terminal.type(f"{KEY}\r")
        assert terminal.wait_exit() == 0
        assert KEY.encode() not in terminal.raw
    assert load(path).api_key == KEY


# ------------------------------------------------------------------------------------------------------------- the editor


def test_the_editor_gets_the_file_and_what_it_left_is_checked(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "measure = 5000" > "$1"\n')
    editor.chmod(0o755)
    environment = {
        "ELUMENTA_HOME": str(tmp_path),
        "LANG": "en_US.UTF-8",
        "EDITOR": str(editor),
        "PATH": os.environ["PATH"],
    }
    with Terminal([PREPARED, "config", "edit"], env=environment) as terminal:
        assert terminal.wait_exit() == 2
        assert "must be within 0 … 1000" in terminal.text.replace("\n", "")
    assert config(tmp_path, "edit") == 2


def test_a_theme_that_is_not_there_and_an_address_that_is_none_are_named(
    tmp_path: Path, path: Path, capsys: Capture
) -> None:
    for name, value, said in [
        ("theme", "nosuch", "theme: there is no theme “nosuch”. There are: "),
        ("dark_theme", "elumenta-nigth", "Did you mean elumenta-night?"),
        ("light_theme", "auto", "there is no theme “auto”"),
        ("base_url", "foo", "base_url: “foo” is not the address of a service."),
        ("base_url", "http://example.org", "It must begin with https://"),
    ]:
        assert config(tmp_path, "set", name, value) == 2
        assert said in capsys.readouterr().err
    assert path.read_text() == SOURCE
    path.write_text('base_url = "foo"\ntheme = "warm-papr"\ndark_theme = "mine"\nlight_theme = "other"\n')
    themes = path.parent / "themes"
    themes.mkdir()
    (themes / "mine.toml").write_text("")
    (themes / "x.toml").write_text('name = "other"\n')
    assert config(tmp_path, "check") == 2
    said = capsys.readouterr().err
    assert said.splitlines() == [
        f"{path}: line 2, column 9: theme: there is no theme “warm-papr”. Did you mean warm-paper?",
        f"{path}: line 1, column 12: base_url: “foo” is not the address of a service."
        " It must begin with https:// (plain http only for this machine).",
    ]
    assert config(tmp_path, "set", "theme", "auto") == 0
    assert config(tmp_path, "set", "base_url", "http://127.0.0.1:8000") == 0
