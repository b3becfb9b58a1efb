"""What the user has decided is read, checked, and never lost; what the program remembers gives way to it."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.config.paths import config_dir, data_dir, state_dir
from elumenta_tui.config.saving import save
from elumenta_tui.config.settings import Settings, SettingsProblem, StateFile, load
from elumenta_tui.lean import fields
from elumenta_tui.process import files
from elumenta_tui.process.files import write_private
from tests.thorough import thorough


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture
def usual_umask() -> Iterator[None]:
    old = os.umask(0o022)
    yield
    os.umask(old)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def problem_of(path: Path) -> SettingsProblem:
    with pytest.raises(SettingsProblem) as caught:
        load(path)
    assert caught.value.path == path
    return caught.value


# -------------------------------------------------------------------------------------------------------------- reading


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    assert load(path) == Settings()
    assert Settings() == Settings(
        api_key="",
        base_url="https://elumenta.ru",
        model="gpt-5",
        language="auto",
        theme="auto",
        dark_theme="elumenta-night",
        light_theme="elumenta-day",
        idle_timeout=120.0,
        measure=100,
        stop_twice=False,
        join_lines=False,
    )
    assert not path.exists()


def test_an_empty_file_leaves_the_defaults(path: Path) -> None:
    path.touch()
    assert load(path) == Settings()


def test_every_option_can_be_set(path: Path) -> None:
    values: dict[str, str | float | bool] = {
        "api_key": "nb_x",
        "api_key_command": "pass show elumenta",
        "base_url": "https://example.org",
        "model": "o",
        "language": "ru",
        "theme": "mine",
        "dark_theme": "my night",
        "light_theme": "my day",
        "idle_timeout": 30.5,
        "measure": 72,
        "stop_twice": True,
        "prompt_keys": "vim",
        "join_lines": True,
        "images": "blocks",
        "plain_text": "end",
        "confirm_above": 20.0,
        "cap_session": 50.0,
        "cap_day": 100.5,
        "cap_month": 1000.0,
        "token_price_rub": 2.0,
        "bell": False,
        "notify": "osc777",
        "title": False,
        "keys_preset": "emacs",
    }
    assert {*values, "personas", "keys"} == {option.name for option in fields(Settings)}
    path.write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in values.items()))
    assert load(path) == Settings(**values)  # type: ignore[arg-type]  # each its own type


def test_keys_are_read_as_they_are_written_and_judged_by_whoever_knows_the_actions(path: Path) -> None:
    path.write_text('[keys]\nsend = "ctrl+s"\nnonsense = 5\nstop = ["esc", "ctrl+c"]')
    assert load(path).keys == {"send": "ctrl+s", "nonsense": 5, "stop": ["esc", "ctrl+c"]}
    path.write_text("keys = 5")
    with pytest.raises(SettingsProblem, match="keys"):
        load(path)


@pytest.mark.parametrize("value", ["-1", "1001", "72.5", "true", '"wide"'])
def test_a_measure_is_a_whole_number_of_columns(path: Path, value: str) -> None:
    path.write_text(f"measure = {value}")
    with pytest.raises(SettingsProblem, match="measure"):
        load(path)


def test_unknown_keys_are_left_alone(path: Path) -> None:
    path.write_text('model = "o"\nfuture = [1, 2]\n[table]\nmodel = 5\n')
    assert load(path) == Settings(model="o")


def test_a_whole_number_of_seconds_is_a_number_of_seconds(path: Path) -> None:
    path.write_text("idle_timeout = 60")
    assert load(path).idle_timeout == 60.0
    assert isinstance(load(path).idle_timeout, float)


def test_a_byte_order_mark_is_no_mistake(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbfmodel = "o"\r\nlanguage = "ru"\r\n')
    assert load(path) == Settings(model="o", language="ru")


def test_a_key_is_never_printed_with_the_settings() -> None:
    settings = Settings(api_key="nb_live_secret")
    for text in (repr(settings), str(settings), f"{settings}"):
        assert "secret" not in text


# ------------------------------------------------------------------------------------------------------- broken files


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        (b'model = "gpt-5"\nlanguage = \n', 2, 12),
        (b"model = = 1", 1, 9),
        (b'model = "gpt-5', 1, 15),
        (b'model = """gpt\n\n-5', 3, 3),
        (b'\xef\xbb\xbfmodel "gpt-5"', 1, 7),
        (b"# \xd0\xba\xd0\xbb\xd1\x8e\xd1\x87\r\nmodel = gpt-5\r\n", 2, 9),
        (b'a = 1\n\n[table\nmodel = "o"', 3, 7),
        (b'model = "a"\nmodel = "b"', 2, 12),
        (b"a = [1,\n", 2, 1),
        (b'model = "a\x1b"', 1, 11),
    ],
)
def test_a_broken_file_gives_line_and_column_and_is_not_changed(
    path: Path, source: bytes, line: int, column: int
) -> None:
    path.write_bytes(source)
    problem = problem_of(path)
    assert (problem.kind, problem.details["line"], problem.details["column"]) == ("syntax", line, column)
    assert problem.details["reason"]
    assert "(at " not in str(problem.details["reason"])
    with pytest.raises(SettingsProblem) as caught:
        save(path, "api_key", "nb_x")
    assert caught.value.kind == "syntax"
    assert path.read_bytes() == source
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "source",
    [b'model = "\xff"', 'model = "o"'.encode("utf-16"), b"n = 1" + b"0" * 5000, b"n = " + b"[" * 3000],
    ids=["latin-1", "utf-16", "a number without end", "nested without end"],
)
def test_a_file_that_can_not_be_read_at_all_says_so_and_is_not_changed(path: Path, source: bytes) -> None:
    path.write_bytes(source)
    problem = problem_of(path)
    assert (problem.kind, bool(problem.details["reason"])) == ("unreadable", True)
    with pytest.raises(SettingsProblem):
        save(path, "api_key", "nb_x")
    assert path.read_bytes() == source


def test_a_directory_in_place_of_the_file_is_a_problem(path: Path) -> None:
    path.mkdir()
    assert problem_of(path).kind == "unreadable"


@given(st.binary(max_size=60) | st.text("=[]{}\"'.,\n\r#model12 -:T", max_size=40).map(str.encode))
def test_no_file_ends_in_anything_but_settings_or_a_problem(tmp_path_factory: Any, source: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(source)
    problem: SettingsProblem | None = None
    try:
        load(path)
    except SettingsProblem as caught:
        problem = caught
    if problem is not None and problem.kind == "syntax":
        lines = source.decode("utf-8-sig").split("\n")
        line, column = problem.details["line"], problem.details["column"]
        assert isinstance(line, int)
        assert isinstance(column, int)
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1
    assert problem is None or problem.kind in {"syntax", "unreadable", "type", "choice", "range"}
    assert path.read_bytes() == source


@pytest.mark.parametrize(
    ("source", "kind", "key"),
    [
        ("model = 5", "type", "model"),
        ("model = ['gpt-5']", "type", "model"),
        ("api_key = true", "type", "api_key"),
        ("base_url = 2024-01-01", "type", "base_url"),
        ("[theme]\nname = 'x'", "type", "theme"),
        ("idle_timeout = '60'", "type", "idle_timeout"),
        ("idle_timeout = true", "type", "idle_timeout"),
        ("language = 'fr'", "choice", "language"),
        ("language = ''", "choice", "language"),
        ("language = 'RU'", "choice", "language"),
        ("idle_timeout = 4.9", "range", "idle_timeout"),
        ("idle_timeout = 3601", "range", "idle_timeout"),
        ("idle_timeout = -60", "range", "idle_timeout"),
        ("idle_timeout = nan", "range", "idle_timeout"),
        ("idle_timeout = inf", "range", "idle_timeout"),
        (f"idle_timeout = 1{'0' * 400}", "range", "idle_timeout"),
    ],
)
def test_a_wrong_value_names_its_option_and_what_is_wanted(
    path: Path, source: str, kind: str, key: str
) -> None:
    path.write_text(source)
    problem = problem_of(path)
    assert (problem.kind, problem.details["key"]) == (kind, key)
    assert problem.details["wanted"]
    assert path.read_text() == source


@pytest.mark.parametrize("value", ["5", "5.0", "3600", "3600.0"])
def test_the_ends_of_a_range_are_within_it(path: Path, value: str) -> None:
    path.write_text(f"idle_timeout = {value}")
    assert load(path).idle_timeout == float(value)


def test_the_text_of_a_problem_shows_no_key(path: Path) -> None:
    path.write_text('api_key = "nb_live_secret"\nlanguage = "fr"')
    assert "secret" not in str(problem_of(path))
    path.write_text('api_key = "nb_live_secret"\nmodel "x"')
    assert "secret" not in str(problem_of(path))


# -------------------------------------------------------------------------------------------------------------- writing


def test_saving_changes_one_option_and_keeps_every_other_key(path: Path) -> None:
    path.write_text(
        'model = "o"\nfuture = [1, 2.5, "x"]\nwhen = 2024-01-02T03:04:05Z\n[table]\ndeep.key = "Ключ"\n'
    )
    before = tomllib.loads(path.read_text())
    save(path, "api_key", "nb_x")
    assert tomllib.loads(path.read_text(encoding="utf-8")) == before | {"api_key": "nb_x"}
    assert load(path) == Settings(model="o", api_key="nb_x")


LAID_OUT = """# My settings

model = "o"      # the good one
  api_key   =   'nb_old'   # of the team

# Not now:
# theme = "elumenta-day"
language = "ru"

# What follows is mine.
[table]   # with a comment
api_key = "another one"
text = \"\"\"
api_key = "not this either"
\"\"\"
"""


def test_saving_a_key_leaves_comments_order_and_blanks_as_they_are(path: Path) -> None:
    path.write_text(LAID_OUT)
    save(path, "api_key", "nb_x")
    assert path.read_text() == LAID_OUT.replace("'nb_old'", '"nb_x"')
    save(path, "api_key", None)
    assert path.read_text() == LAID_OUT.replace("  api_key   =   'nb_old'   # of the team\n", "")
    save(path, "api_key", "nb_y")
    text = path.read_text()
    assert 'language = "ru"\n\napi_key = "nb_y"\n\n# What follows is mine.\n[table]' in text
    assert text.replace('api_key = "nb_y"\n\n', "") == LAID_OUT.replace(
        "  api_key   =   'nb_old'   # of the team\n", ""
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'api_key = "nb_x"\n'),
        ("model = 'o'", "model = 'o'\napi_key = \"nb_x\"\n"),
        ("\ufeffmodel = 'o'\r\n", "\ufeffmodel = 'o'\r\napi_key = \"nb_x\"\r\n"),
        ("api_key='a'", 'api_key="nb_x"'),
        ('"api_key" = "a # b" # c', '"api_key" = "nb_x" # c'),
        ("api_key = 5 # wrong\n", 'api_key = "nb_x" # wrong\n'),
        ("[table]\na = 1", 'api_key = "nb_x"\n\n[table]\na = 1\n'),
    ],
)
def test_a_key_is_written_where_it_belongs(path: Path, before: str, after: str) -> None:
    path.write_bytes(before.encode())
    save(path, "api_key", "nb_x")
    assert path.read_bytes().decode() == after


@pytest.mark.parametrize(
    "source",
    [
        'api_key = """\nnb_old\n"""\nmodel = "o" # c\n',
        'api_key = [\n "a",\n]\nmodel = "o"\n',
        '[api_key]\nx = 1\n[other]\nmodel = "o"\n',
        'api_key.x = 1\nmodel = "o"\n',
    ],
)
@pytest.mark.parametrize("value", ["nb_x", None])
def test_a_value_of_any_shape_is_replaced_and_nothing_else_is_lost(
    path: Path, source: str, value: str | None
) -> None:
    path.write_text(source)
    wanted = {**tomllib.loads(source), "api_key": value}
    if value is None:
        del wanted["api_key"]
    save(path, "api_key", value)
    assert tomllib.loads(path.read_text()) == wanted


@thorough
@given(
    st.lists(
        st.sampled_from(
            [
                "# c",
                "",
                "a = 1",
                "b = 'x' # c",
                "[t]",
                "api_key = 'k'",
                "[t.api_key]",
                'c = """',
                '"""',
                "x = [",
                "]",
            ]
        )
    ),
    st.text(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_the_file_looks_like_it_says_what_was_saved(
    tmp_path_factory: Any, lines: list[str], value: str, newline: str
) -> None:
    source = newline.join(lines)
    try:
        wanted = {**tomllib.loads(source), "api_key": value}
        value.encode()
    except ValueError:
        return
    path = tmp_path_factory.mktemp("any") / "config.toml"
    path.write_bytes(source.encode())
    save(path, "api_key", value)
    assert tomllib.loads(path.read_bytes().decode()) == wanted
    comments = [line for line in lines if line.startswith("#")]
    if source.count('"""') == source.count("[") == 0:
        assert [line for line in path.read_text().splitlines() if line in comments] == comments


def test_saving_also_mends_an_option_of_a_wrong_type(path: Path) -> None:
    path.write_text("api_key = 5\nmodel = 'o'")
    save(path, "api_key", "nb_x")
    assert load(path) == Settings(model="o", api_key="nb_x")


@pytest.mark.usefixtures("usual_umask")
def test_only_the_owner_can_read_what_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    save(path, "api_key", "nb_x")
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700


@pytest.mark.usefixtures("usual_umask")
def test_a_file_that_others_could_read_is_closed_to_them_when_it_gets_a_key(path: Path) -> None:
    path.write_text("")
    assert mode(path) == 0o644
    save(path, "api_key", "nb_x")
    assert mode(path) == 0o600


def test_the_file_is_never_open_to_others_while_it_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def watch(descriptor: int) -> None:
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))

    monkeypatch.setattr(os, "fsync", watch)
    save(path, "api_key", "nb_x")
    assert seen == [0o600]


class DiskFull(OSError):
    pass


def remember(state_file: StateFile, name: str, chosen: str, configured: str) -> None:
    """Keep a choice, and have it on the disk."""
    state_file.keep(name, chosen, configured)
    asyncio.run(state_file.write())


def refuse(*args: Any, **more: Any) -> None:
    raise DiskFull(28, "No space left on device")


def interrupt(*args: Any, **more: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("end", [refuse, interrupt])
@pytest.mark.parametrize("step", ["os.fsync", "os.fdopen", "Path.replace", "tempfile.mkstemp"])
def test_a_write_that_is_interrupted_leaves_the_old_file_whole_and_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str, end: Any
) -> None:
    path.write_text('model = "o"\n')
    module, name = step.split(".")
    with monkeypatch.context() as patch:
        patch.setattr(tempfile if module == "tempfile" else getattr(files, module), name, end)
        with pytest.raises((DiskFull, KeyboardInterrupt)):
            save(path, "api_key", "nb_x")
    assert path.read_text() == 'model = "o"\n'
    assert list(path.parent.iterdir()) == [path]
    save(path, "api_key", "nb_x")
    assert load(path).api_key == "nb_x"


def test_a_directory_that_can_not_be_made_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        write_private(tmp_path / "file" / "deeper" / "config.toml", b"")


# --------------------------------------------------------------------------------------------------------------- places


def test_one_directory_can_hold_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"ELUMENTA_HOME": str(tmp_path / "here")}
    assert config_dir(environ) == tmp_path / "here" / "config"
    assert state_dir(environ) == tmp_path / "here" / "state"
    assert data_dir(environ) == tmp_path / "here" / "data"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config_dir({"ELUMENTA_HOME": "~/there"}) == tmp_path / "there" / "config"


def test_a_home_of_nobody_is_a_directory_like_any_other() -> None:
    assert config_dir({"ELUMENTA_HOME": "~nobody-of-that-name/x"}) == Path("~nobody-of-that-name/x/config")


@pytest.mark.parametrize("environ", [{}, {"ELUMENTA_HOME": ""}])
def test_else_files_are_where_the_system_keeps_them_each_kind_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    directories = {place(environ) for place in (config_dir, state_dir, data_dir)}
    for directory in directories:
        assert directory.name == "elumenta-tui"
        assert tmp_path in directory.parents
    assert len(directories) == 3


# --------------------------------------------------------------------------------------------------------------- state_file


def test_without_a_choice_the_configured_value_holds(tmp_path: Path) -> None:
    assert StateFile(tmp_path / "state.toml").recall("theme", "configured") == "configured"
    assert not (tmp_path / "state.toml").exists()


def test_a_choice_holds_over_starts_until_another_value_is_configured(tmp_path: Path) -> None:
    state = tmp_path / "state.toml"
    remember(StateFile(state), "theme", "chosen", "configured")
    assert StateFile(state).recall("theme", "configured") == "chosen"
    assert StateFile(state).recall("theme", "edited by hand") == "edited by hand"
    assert StateFile(state).recall("model", "configured") == "configured"


def test_the_newest_choice_of_each_name_holds_and_in_the_same_session_too(tmp_path: Path) -> None:
    state = tmp_path / "state.toml"
    state_file = StateFile(state)
    remember(state_file, "theme", "one", "configured")
    remember(state_file, "model", "gpt-6", "gpt-5")
    remember(state_file, "theme", "two", "configured")
    for reader in (state_file, StateFile(state)):
        assert reader.recall("theme", "configured") == "two"
        assert reader.recall("model", "gpt-5") == "gpt-6"


def test_choosing_the_configured_value_again_holds(tmp_path: Path) -> None:
    state = tmp_path / "state.toml"
    state_file = StateFile(state)
    remember(state_file, "theme", "other", "configured")
    remember(state_file, "theme", "configured", "configured")
    assert StateFile(state).recall("theme", "configured") == "configured"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"theme = [",
        b"\xff\xfe\x00",
        b"theme = 'chosen'",
        b"theme = 5",
        b"[theme]\nchosen = 5\ninstead_of = 'configured'",
        b"[theme]\nchosen = 'chosen'",
        b"[theme]\ninstead_of = 'configured'",
        b"[[theme]]\nchosen = 'chosen'\ninstead_of = 'configured'",
        b"n = 1" + b"0" * 5000,
        b"n = " + b"[" * 3000,
    ],
    ids=lambda content: content[:40],
)
def test_a_state_file_that_makes_no_sense_is_harmless_and_replaced(tmp_path: Path, content: bytes) -> None:
    state = tmp_path / "state.toml"
    state.write_bytes(content)
    state_file = StateFile(state)
    assert state_file.recall("theme", "configured") == "configured"
    remember(state_file, "theme", "chosen", "configured")
    assert StateFile(state).recall("theme", "configured") == "chosen"


@pytest.mark.usefixtures("usual_umask")
def test_what_is_remembered_is_for_its_owner_too(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state.toml"
    remember(StateFile(state), "theme", "chosen", "configured")
    assert mode(state) == 0o600
    assert mode(state.parent) == 0o700


def test_a_disk_that_refuses_costs_the_memory_only(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    state_file = StateFile(tmp_path / "file" / "state.toml")
    remember(state_file, "theme", "chosen", "configured")
    assert state_file.recall("theme", "configured") == "chosen"


def test_a_choice_that_is_known_is_not_written_again(tmp_path: Path) -> None:
    state = tmp_path / "state.toml"
    state_file = StateFile(state)
    remember(state_file, "theme", "chosen", "configured")
    state.unlink()
    remember(state_file, "theme", "chosen", "configured")
    assert not state.exists()


def test_choices_are_not_written_into_the_users_own_file(path: Path, tmp_path: Path) -> None:
    path.write_text('# mine\ntheme = "configured"\n')
    remember(StateFile(tmp_path / "state.toml"), "theme", "chosen", "configured")
    assert path.read_text() == '# mine\ntheme = "configured"\n'
