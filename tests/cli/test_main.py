"""The command line: what it prints, how it ends, and which of flag, environment and file wins."""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui import __version__, i18n
from elumenta_tui.cli.app_options import app_parser
from elumenta_tui.cli.commands import MODULES
from elumenta_tui.cli.stdio import CLOSED
from elumenta_tui.config.paths import state_dir
from elumenta_tui.config.settings import STATE_FILE, Settings, StateFile
from elumenta_tui.process.signals import HUNG_UP
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.catalogue import key_label
from tests import prepared
from tests.pseudo_terminal import ROOT, Terminal
from tests.service import KEY
from tests.thorough import thorough

PATIENCE = 60.0
"""Seconds in which a command that asks for nothing has ended; the slowest takes one."""

RUSSIAN = {"LANG": "ru_RU.UTF-8", "PYTHONUTF8": "1"}
LANGUAGES = [({}, "en"), (RUSSIAN, "ru")]
FLAGS = {"--continue", "--demo", "--model", "--base-url", "--config", "--plain", "--version", "--help"}


def remember(state_file: StateFile, name: str, chosen: str, configured: str) -> None:
    """Keep a choice, and have it on the disk."""
    state_file.keep(name, chosen, configured)
    asyncio.run(state_file.write())


def run(
    *arguments: str | Path, env: Mapping[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """The program as users start it, away from a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "elumenta_tui", *map(str, arguments)],
        cwd=ROOT,
        env={**_inherited(), **(env or {})},
        stdin=more.pop("stdin", subprocess.DEVNULL),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **more,
    )


def run_prepared(*arguments: str | Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The same in hundredths of a second, for what does not depend on how Python starts."""
    return prepared.run_for_text(arguments, env={**_inherited(), **env})


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHON"))}


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    return done.stdout


# ----------------------------------------------------------------------------------------------------- what it prints


@thorough
def test_the_version_is_one_line() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"elumenta-tui {__version__}\n", "")
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", __version__)


def test_the_installed_command_says_the_version_and_loads_nothing_for_it() -> None:
    code = (
        "import sys\n"
        "from elumenta_tui.entry import main\n"
        "sys.argv = ['elumenta-tui', '--version']\n"
        "code = main()\n"
        "print(code, *sorted(name for name in sys.modules if name.startswith('elumenta_tui')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"elumenta-tui {__version__}\n0 elumenta_tui elumenta_tui.entry\n"


def test_a_version_that_nobody_reads_ends_as_other_output_does() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = Path(sys.executable).with_name("elumenta-tui")
    with open(writer, "wb") as nobody:
        done = subprocess.run([command, "--version"], stdout=nobody, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert (done.stderr, done.returncode) == (b"", CLOSED)


@thorough
@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_it_is_said_without_loading_the_interface_or_the_network(flag: str) -> None:
    loaded = python(
        "import sys, io\n"
        "from elumenta_tui.__main__ import main\n"
        "out, sys.stdout = sys.stdout, io.StringIO()\n"
        f"code = main([{flag!r}], {{}})\n"
        "said, sys.stdout = sys.stdout.getvalue(), out\n"
        "print(code, bool(said), *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    ).split()
    assert loaded[:2] == ["0", "True"]
    assert {"argparse", "elumenta_tui"} <= set(loaded)
    assert not {"textual", "rich", "httpx", "markdown_it", "pygments", "asyncio", "tomli_w"} & set(loaded)


UP_TO_THE_FIRST_FRAME = """
import sys
from pathlib import Path
from elumenta_tui import __main__
from elumenta_tui.tui.app import ElumentaApp

def write_down(app):
    Path(sys.argv.pop()).write_text("\\n".join(sys.modules))
    app.exit(0)

ElumentaApp._first_frame_is_there = write_down
sys.exit(__main__.main([]))
"""


def test_the_first_frame_comes_without_what_only_answers_need(tmp_path: Path) -> None:
    found = tmp_path / "modules"
    with Terminal(
        [sys.executable, "-c", UP_TO_THE_FIRST_FRAME, str(found)],
        env={"ELUMENTA_HOME": str(tmp_path), "ELUMENTA_API_KEY": KEY},
    ) as terminal:
        assert terminal.wait_exit() == 0
    loaded = set(found.read_text().split())
    assert "elumenta_tui.tui.widgets.prompt" in loaded
    heavy = {"argparse", "sqlite3", "httpx", "markdown_it", "pygments", "tomli_w"}
    ours = {
        "api.client",
        "api.errors",
        "api.events",
        "chat.template",
        "config.templates",
        "chat.history",
        "demo",
        "markdown.blocks",
        "markdown.code",
        "store",
        "tui.library",
        "tui.parameters",
        "tui.personas",
        "tui.templating",
        "tui.widgets.dialog",
        "tui.widgets.answer_view",
    }
    assert not (heavy | {f"elumenta_tui.{name}" for name in ours}) & loaded


@thorough
@pytest.mark.parametrize("command", [["--help"], ["export", "--help"], ["--nosuch"], ["export", "--nosuch"]])
@pytest.mark.parametrize("chosen", ["en", "ru"])
def test_the_command_line_speaks_the_language_that_was_chosen_in_the_app(
    tmp_path: Path, command: list[str], chosen: str
) -> None:
    remember(StateFile(state_dir({"ELUMENTA_HOME": str(tmp_path)}) / STATE_FILE), "language", chosen, "auto")
    other = "ru_RU.UTF-8" if chosen == "en" else "en_US.UTF-8"
    done = run_prepared(*command, env={"ELUMENTA_HOME": str(tmp_path), "LANG": other})
    assert bool(re.search("[а-я]", (done.stdout + done.stderr).replace("Русский", ""))) == (chosen == "ru")


@pytest.mark.parametrize(("environ", "language"), LANGUAGES)
def test_help_lists_every_flag_every_variable_and_every_key(environ: dict[str, str], language: str) -> None:
    done = run("--help", env=environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert bool(re.search("[а-я]", done.stdout.replace("Русский", ""))) == (language == "ru")
    assert set(re.findall(r"^  (--[\w-]+)", done.stdout, re.MULTILINE)) == FLAGS
    assert set(re.findall(r"(?<![\w-])--[\w-]+", done.stdout)) == FLAGS
    for name in ("ELUMENTA_API_KEY", "ELUMENTA_BASE_URL", "ELUMENTA_HOME", "ACCESSIBLE"):
        assert re.search(rf"^  {name} +\S", done.stdout, re.MULTILINE)
    i18n.use(language)
    assert all(command in done.stdout for command in MODULES)
    lines = done.stdout.splitlines()
    for action in ACTIONS.values():
        for key in action.keys:
            rows = [line for line in lines if re.search(rf"(^  |, ){re.escape(key_label(key))}(,| )", line)]
            assert [row for row in rows if row.endswith(f" {action.help}")], (action.name, key)
    assert [line for line in lines if line != line.rstrip()] == []


@thorough
def test_the_short_form_of_help_is_the_same() -> None:
    assert run("-h").stdout == run("--help").stdout


def test_there_is_no_option_for_the_key() -> None:
    options = {option for action in app_parser()._actions for option in action.option_strings}
    assert options == FLAGS | {"-h"}
    assert not [option for option in options if "key" in option or "token" in option]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "koi8-r", "cp1251"])
@pytest.mark.parametrize(("environ", "language"), LANGUAGES)
def test_help_is_printed_in_whatever_encoding_the_locale_has(
    environ: dict[str, str], language: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    output = io.TextIOWrapper(raw, encoding)
    monkeypatch.setattr(sys, "stdout", output)
    assert program.main(["--help"], environ) == 0
    output.flush()
    text = raw.getvalue().decode(encoding)
    assert "[--base-url " in text
    assert ("параметры" in text) == (language == "ru" and encoding in ("koi8-r", "cp1251"))


# -------------------------------------------------------------------------------------------------------- wrong usage


@pytest.mark.parametrize(("environ", "language"), LANGUAGES)
@pytest.mark.parametrize(
    "arguments", [["--nonsense"], ["extra"], ["--model"], ["--mod", "x"], ["--demo=yes"]]
)
def test_wrong_usage_says_what_and_how_in_two_lines(
    arguments: list[str], environ: dict[str, str], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(arguments, environ) == 2
    said = capsys.readouterr()
    assert said.out == ""
    what, usage = said.err.splitlines()
    assert what.startswith("elumenta-tui: ")
    assert arguments[0].partition("=")[0] in what
    assert usage.startswith("usage: elumenta-tui" if language == "en" else "использование: elumenta-tui")
    assert all(flag in usage for flag in FLAGS)


@pytest.mark.parametrize(
    ("arguments", "english", "russian"),
    [
        (["--nonsense", "x"], "unknown argument: --nonsense x", "неизвестный аргумент: --nonsense x"),
        (["--model"], "--model needs a value", "параметру --model нужно значение"),
        (
            ["exprot", "--all"],
            "unknown argument: exprot --all. Did you mean export?",
            "неизвестный аргумент: exprot --all. Может быть, export?",
        ),
        (
            ["--modle=gpt-5"],
            "unknown argument: --modle=gpt-5. Did you mean --model?",
            "неизвестный аргумент: --modle=gpt-5. Может быть, --model?",
        ),
        (
            ["ask", "--demmo"],
            "unknown argument: --demmo. Did you mean --demo?",
            "неизвестный аргумент: --demmo. Может быть, --demo?",
        ),
        (
            ["--model", "gpt-5", "ask", "hi"],
            "ask goes first: elumenta-tui ask …",
            "ask пишут первым: elumenta-tui ask …",
        ),
        (["--demo=yes"], "--demo takes no value", "параметру --demo значение не нужно"),
    ],
)
def test_wrong_usage_is_told_in_the_users_language(
    arguments: list[str], english: str, russian: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for environ, sentence in (({}, english), (RUSSIAN, russian)):
        assert program.main(arguments, environ) == 2
        assert capsys.readouterr().err.splitlines()[0] == f"elumenta-tui: {sentence}"


@thorough
@pytest.mark.parametrize("command", [["--help"], *([name, "--help"] for name in MODULES)])
def test_russian_help_names_arguments_in_russian(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(command, RUSSIAN) == 0
    assert not re.search(r"\b(SLUG|URL|FILE|PATH|PROMPT)\b", capsys.readouterr().out)


def test_a_key_that_is_given_as_an_option_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--api-key", KEY], {}) == 2
    said = capsys.readouterr().err
    assert "unknown argument: --api-key nb_…" in said
    assert "The key is not an option" in said
    assert KEY[8:] not in said


@pytest.mark.parametrize(
    "arguments", [["--key", "nb_x"], ["--api-key=short"], ["nb_x"], ["ask", "--api_key", "1"]]
)
def test_how_to_give_the_key_is_said_however_short_it_is(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(arguments, {}) == 2
    assert "The key is not an option" in capsys.readouterr().err


@thorough
def test_an_unknown_flag_ends_the_program_with_2() -> None:
    done = run("--nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--nonsense" in done.stderr
    assert "Traceback" not in done.stderr


BROKEN = {
    "model = \n": ("line 1, column 9", "строка 1, столбец 9"),
    'a = 1\nmodel = "x': ("line 2, column 11", "строка 2, столбец 11"),
    "model = 5": ("model must be text in quotes", "значение model должно быть текстом в кавычках"),
    "cap_day = 'x'": ("cap_day must be a number", "значение cap_day должно быть числом"),
    "cap_day = -1": ("0 … 1e+09", "0 … 1e+09"),
}


@pytest.mark.parametrize(("environ", "language"), LANGUAGES)
@pytest.mark.parametrize("source", BROKEN)
def test_a_broken_config_ends_with_2_and_says_where(
    source: str, environ: dict[str, str], language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "elumenta" / "config" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert program.main([], {"ELUMENTA_HOME": str(tmp_path / "elumenta"), **environ}) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(str(path))
    assert BROKEN[source][i18n.LANGUAGES.index(language)] in said.err
    assert said.err.count("\n") == 1
    assert path.read_text() == source


@thorough
def test_a_broken_config_that_was_named_ends_the_program_with_2(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('model = "o"\ntheme = \n')
    done = run("--demo", "--config", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{path}: line 2, column 9: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_config_that_can_not_be_read_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["--config", str(tmp_path)], {}) == 2
    assert f"{tmp_path} cannot be read: " in capsys.readouterr().err


# -------------------------------------------------------------------------------------------------------- no terminal


@thorough
@pytest.mark.parametrize(
    ("environ", "sentence"), [({}, "must be a terminal"), (RUSSIAN, "должны быть терминалом")]
)
def test_without_a_terminal_it_says_so_and_ends_with_2(environ: dict[str, str], sentence: str) -> None:
    done = run("--demo", env=environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert "elumenta-tui --plain" in done.stderr


@thorough
def test_a_closed_standard_input_is_no_terminal() -> None:
    done = run("--demo", stdin=None, preexec_fn=_close_standard_input)
    assert done.returncode == 2
    assert "must be a terminal" in done.stderr
    assert "Traceback" not in done.stderr


def _close_standard_input() -> None:
    os.close(0)


@thorough
def test_half_a_terminal_is_not_enough(tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    with Terminal(["sh", "-c", f"{sys.executable} -m elumenta_tui --demo 2>{errors}"]) as terminal:
        assert terminal.wait_exit(PATIENCE) == 2
        assert terminal.raw == b""
    assert "must be a terminal" in errors.read_text()


@thorough
@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"ACCESSIBLE": "1"}], ids=str)
def test_the_chat_goes_line_by_line_where_a_cursor_can_not_be_moved_or_the_user_wants_that(
    environ: dict[str, str],
) -> None:
    with Terminal([sys.executable, "-m", "elumenta_tui", "--demo"], env=environ) as terminal:
        terminal.wait_for("283 left >")
        assert b"\x1b" not in terminal.raw
        terminal.press("ctrl+d")
        assert terminal.wait_exit(PATIENCE) == 0


@pytest.mark.parametrize(("addresses", "is_plain"), [(b"\x1b[%i%p1%d;%p2%dH", False), (None, True)])
def test_an_unusual_terminal_is_looked_up(
    addresses: bytes | None, is_plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curses.setupterm", lambda term, descriptor: None)
    monkeypatch.setattr("curses.tigetstr", {"cup": addresses}.get)
    assert program._wants_no_screen({"TERM": "glasstty"}) is is_plain


def test_a_terminal_that_nobody_knows_gets_the_screen() -> None:
    assert not program._wants_no_screen({"TERM": "no-such-terminal"})
    assert not program._wants_no_screen({})


# -------------------------------------------------------------------------------------------------- what is handed on


class Recorder:
    """Stands in for the app, and for the accounts it would open."""

    result: int | None = 0
    return_code: int | None = None
    failure: Exception | None = None
    cut_answers = 0
    resumable_title = ""

    def __init__(self) -> None:
        self.account: Any = None
        self.settings = Settings()
        self.options: dict[str, Any] = {}
        self.unsaved = 0
        self.session = SimpleNamespace(backend=SimpleNamespace(is_demo=False))
        self.leaving = self

    def end_saving(self) -> int:
        return self.unsaved

    def app(self, account: Any, settings: Settings, **options: Any) -> Recorder:
        self.account, self.settings, self.options = account, settings, options
        return self

    def run(self, loop: object) -> int | None:
        return self.result


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(program, "_is_terminal", lambda stream: True)
    monkeypatch.setattr("elumenta_tui.tui.app.ElumentaApp", recorder.app)
    monkeypatch.setattr("elumenta_tui.session.backend.demo_account", lambda **more: "demo")
    monkeypatch.setattr(
        "elumenta_tui.session.backend.real_account",
        lambda find, url, *, idle_timeout: (asyncio.run(find()), url, idle_timeout),
    )
    return recorder


@pytest.mark.parametrize(
    ("demo", "language", "said"),
    [
        (False, "en", "To continue “haiku”: elumenta-tui --continue\n"),
        (True, "ru", "Продолжить разговор «haiku»:\nelumenta-tui --demo --continue\n"),
    ],
)
def test_the_end_names_the_command_that_goes_on(
    recorder: Recorder,
    home: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    demo: bool,
    language: str,
    said: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/pytest"])
    recorder.resumable_title, recorder.session.backend.is_demo = "haiku", demo
    assert program.main([], {**home, "LANG": language}) == 0
    assert capsys.readouterr().err == said


def test_the_end_names_no_command_where_something_is_not_saved_or_the_program_failed(
    recorder: Recorder, home: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.resumable_title, recorder.unsaved = "haiku", 1
    assert program.main([], home) == 0
    recorder.unsaved, recorder.return_code, recorder.result = 0, 1, None
    assert program.main([], home) == 1
    assert "--continue" not in capsys.readouterr().err


def test_the_end_says_what_became_of_an_answer_that_was_coming(
    recorder: Recorder, home: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.resumable_title, recorder.cut_answers = "haiku", 1
    assert program.main([], home) == 0
    kept, command = capsys.readouterr().err.splitlines()
    assert kept.endswith("what had arrived is saved. It may be charged all the same.")
    assert "--continue" in command
    recorder.cut_answers = 3
    assert program.main([], home) == 0
    kept, _ = capsys.readouterr().err.splitlines()
    assert kept.startswith("The answers in progress were stopped; what had arrived is saved. They may")


def test_the_command_that_goes_on_is_named_by_its_path_where_its_name_is_not_found(
    recorder: Recorder,
    home: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", [".venv/bin/elumenta-tui"])
    recorder.resumable_title = "haiku"
    assert program.main([], {**home, "PATH": "/nowhere"}) == 0
    assert ".venv/bin/elumenta-tui --continue" in capsys.readouterr().err


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    config = tmp_path / "elumenta" / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        'api_key = "nb_file"\nbase_url = "https://file.example"\nmodel = "filed"\nidle_timeout = 30'
    )
    return {"ELUMENTA_HOME": str(tmp_path / "elumenta")}


def test_the_file_says_what_neither_environment_nor_flags_say(
    recorder: Recorder, home: dict[str, str]
) -> None:
    assert program.main([], home) == 0
    assert recorder.account == ("nb_file", "https://file.example", 30.0)
    assert recorder.settings.model == "filed"
    assert recorder.options["model"] is None


@pytest.mark.parametrize(
    ("open_up", "mode"),
    [
        (lambda config, elsewhere: config.chmod(0o666), "0666"),
        (lambda config, elsewhere: config.chmod(0o602), "0602"),
        (lambda config, elsewhere: config.parent.chmod(0o777), "0777"),
        (lambda config, elsewhere: behind_a_link(config, elsewhere, 0o646, 0o755), "0646"),
        (lambda config, elsewhere: behind_a_link(config, elsewhere, 0o600, 0o757), "0757"),
        (lambda config, elsewhere: of_another_user(config), ""),
        (lambda config, elsewhere: (config.unlink(), config.parent.chmod(0o707)), "0707"),
    ],
)
def test_nothing_is_run_or_read_from_a_file_that_others_can_change(
    recorder: Recorder,
    home: dict[str, str],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    open_up: Callable[[Path, Path], object],
    mode: str,
) -> None:
    config, ran = tmp_path / "elumenta" / "config" / "config.toml", tmp_path / "ran"
    config.write_text(f'api_key_command = "touch {ran}"\nbase_url = "https://evil.example"\n')
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    open_up(config, elsewhere)
    assert program.main([], home) == 2
    said = capfd.readouterr().err
    assert str(tmp_path) in said
    assert ("chmod go-w" if mode else "sudo chown") in said
    assert mode in said
    assert not ran.exists()
    assert not recorder.options


def behind_a_link(config: Path, elsewhere: Path, mode: int, directory_mode: int) -> None:
    real = config.rename(elsewhere / "real.toml")
    config.symlink_to(real)
    real.chmod(mode)
    elsewhere.chmod(directory_mode)


def of_another_user(config: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    os.chown(config, 4321, -1)


def test_a_file_that_only_others_like_root_can_change_is_read(
    recorder: Recorder, home: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "elumenta" / "config" / "config.toml"
    # As in /tmp: everybody may make files there, and nobody may touch those of others.
    config.parent.chmod(0o1777)
    assert program.main([], home) == 0


def test_the_environment_wins_over_the_file_and_flags_win_over_both(
    recorder: Recorder, home: dict[str, str]
) -> None:
    environ = {**home, "ELUMENTA_API_KEY": f" {KEY}\n", "ELUMENTA_BASE_URL": "https://environ.example"}
    assert program.main([], environ) == 0
    assert recorder.account == (KEY, "https://environ.example", 30.0)
    assert recorder.options["keychain"].overriding_variable == "ELUMENTA_API_KEY"
    assert program.main(["--base-url", "https://flag.example", "--model", "flagged"], environ) == 0
    assert recorder.account == (KEY, "https://flag.example", 30.0)
    assert recorder.options["model"] == "flagged"


@pytest.mark.parametrize("empty", ["", " \n"])
def test_an_empty_variable_says_nothing(recorder: Recorder, home: dict[str, str], empty: str) -> None:
    assert program.main([], {**home, "ELUMENTA_API_KEY": empty, "ELUMENTA_BASE_URL": ""}) == 0
    assert recorder.account == ("nb_file", "https://file.example", 30.0)


def test_without_a_key_there_is_no_account_yet(recorder: Recorder, tmp_path: Path) -> None:
    assert program.main([], {"ELUMENTA_HOME": str(tmp_path)}) == 0
    assert recorder.account is None
    assert recorder.options["config_path"] == tmp_path / "config" / "config.toml"


def test_an_option_that_there_is_not_is_named_once_and_the_rest_counts(
    recorder: Recorder, home: dict[str, str]
) -> None:
    i18n.use("en")
    config = Path(home["ELUMENTA_HOME"]) / "config" / "config.toml"
    config.write_text(f"{config.read_text()}\nmodle = 'x'\n[zzz]\nmodel = 'y'\n")
    before = config.read_bytes()
    assert program.main([], home) == 0
    assert recorder.options["warnings"] == [
        "config.toml: unknown option modle is ignored. Did you mean model?",
        "config.toml: unknown option zzz is ignored.",
    ]
    assert recorder.account == ("nb_file", "https://file.example", 30.0)
    assert config.read_bytes() == before


def test_a_wrong_value_is_named_with_its_place_and_the_rest_counts(
    recorder: Recorder, home: dict[str, str]
) -> None:
    i18n.use("en")
    config = Path(home["ELUMENTA_HOME"]) / "config" / "config.toml"
    config.write_text(f"{config.read_text()}\nmeasure = 5000\nstop_twice = true\n")
    before = config.read_bytes()
    assert program.main([], home) == 0
    assert recorder.options["warnings"] == [
        f"{config}: line 5, column 11: measure must be within 0 … 1000. Its default counts."
    ]
    assert (recorder.settings.measure, recorder.settings.stop_twice) == (100, True)
    assert recorder.account == ("nb_file", "https://file.example", 30.0)
    assert config.read_bytes() == before


@pytest.mark.parametrize("line", ["cap_day = '10'", "cap_month = -1", "confirm_above = true", "base_url = 5"])
def test_nothing_is_started_in_place_of_a_wrong_limit_or_address(
    recorder: Recorder, home: dict[str, str], capsys: pytest.CaptureFixture[str], line: str
) -> None:
    config = Path(home["ELUMENTA_HOME"]) / "config" / "config.toml"
    config.write_text(f"# mine\n{line}\n")
    assert program.main([], home) == 2
    assert f"line 2, column {line.index('=') + 3}: {line.partition(' ')[0]}" in capsys.readouterr().err
    assert recorder.account is None


def test_the_demo_needs_no_key_and_takes_none(recorder: Recorder, home: dict[str, str]) -> None:
    assert program.main(["--demo"], {**home, "ELUMENTA_API_KEY": KEY}) == 0
    assert recorder.account == "demo"


def test_another_file_may_be_named(recorder: Recorder, home: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('model = "other"')
    assert program.main(["--config", str(other)], home) == 0
    assert recorder.settings == Settings(model="other")
    assert recorder.options["config_path"] == other


def test_a_model_that_is_named_with_bytes_of_no_text_is_still_text(
    recorder: Recorder, home: dict[str, str]
) -> None:
    assert program.main(["--model", " gpt\udcff\x1b[2J "], home) == 0
    assert recorder.options["model"] == "gpt\ufffd[2J"


@pytest.mark.parametrize(
    ("locale", "configured", "chosen", "language"),
    [
        ("en_US", None, None, "en"),
        ("ru_RU", None, None, "ru"),
        ("en_US", "ru", None, "ru"),
        ("ru_RU", "en", None, "en"),
        ("ru_RU", "auto", None, "ru"),
        ("en_US", "en", "ru", "ru"),
        ("ru_RU", None, "en", "en"),
        ("en_US", None, "fr", "en"),
    ],
)
def test_the_language_is_the_chosen_the_configured_or_the_locales(
    recorder: Recorder, tmp_path: Path, locale: str, configured: str | None, chosen: str | None, language: str
) -> None:
    if configured:
        (tmp_path / "config").mkdir()
        (tmp_path / "config" / "config.toml").write_text(f'language = "{configured}"')
    if chosen:
        remember(StateFile(tmp_path / "state" / "state.toml"), "language", chosen, configured or "auto")
    assert program.main([], {"ELUMENTA_HOME": str(tmp_path), "LANG": locale}) == 0
    assert i18n.language() == language


@pytest.mark.parametrize(
    ("result", "return_code", "ended"),
    [(0, 0, 0), (0, None, 0), (None, 1, 1), (None, None, 1), (None, 0, 1), (0, 1, 1)],
)
def test_how_the_app_ended_is_the_exit_code(
    recorder: Recorder, home: dict[str, str], result: int | None, return_code: int | None, ended: int
) -> None:
    recorder.result, recorder.return_code = result, return_code
    assert program.main([], home) == ended


def test_where_conversations_are_and_whether_to_go_on_with_the_last_is_handed_on(
    recorder: Recorder, home: dict[str, str]
) -> None:
    assert program.main([], home) == 0
    assert recorder.options["data"] == Path(home["ELUMENTA_HOME"]) / "data"
    assert recorder.options["resume"] is False
    assert program.main(["--continue"], home) == 0
    assert recorder.options["resume"] is True


def test_what_could_not_be_saved_is_told_at_the_end(
    recorder: Recorder, home: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.unsaved = 2
    assert program.main([], home) == 0
    assert "2 changes could not be saved" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("unsaved", "end"), [(0, "stopped; what had arrived is saved."), (1, "in progress was stopped.")]
)
def test_what_became_of_an_answer_that_a_closed_window_cut_is_told(
    recorder: Recorder, home: dict[str, str], capsys: pytest.CaptureFixture[str], unsaved: int, end: str
) -> None:
    recorder.unsaved, recorder.cut_answers, recorder.return_code = unsaved, 1, HUNG_UP
    assert program.main([], home) == HUNG_UP
    assert capsys.readouterr().err.endswith(f"{end}\n")
