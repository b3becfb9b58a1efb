"""What holds for every command, in every circumstance: one sentence, the right exit code, nothing lost, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui.cli import chats_change
from elumenta_tui.cli.commands import MODULES, command
from elumenta_tui.store import FILE
from tests import prepared
from tests.pseudo_terminal import ROOT
from tests.storing import answered, conversation, files, nobodys_directory, opened, saved, shelf
from tests.thorough import some, thorough

COMMANDS = {
    "ask": ["ask", "--demo", "2+2"],
    "export": ["export", "--all"],
    "chats list": ["chats", "list"],
    "chats list --json": ["chats", "list", "--json"],
    "chats show": ["chats", "show", "1a"],
    "chats rename": ["chats", "rename", "1a", "new"],
    "chats archive": ["chats", "archive", "1a"],
    "chats unarchive": ["chats", "unarchive", "1a"],
    "chats pin": ["chats", "pin", "1a"],
    "chats unpin": ["chats", "unpin", "1a"],
    "chats tag": ["chats", "tag", "1a", "+new"],
    "chats delete": ["chats", "delete", "1a", "--yes"],
    "doctor": ["doctor", "--demo"],
    "doctor --json": ["doctor", "--demo", "--json"],
    "feedback": ["feedback", "--demo"],
    "config list": ["config", "list"],
    "config get": ["config", "get", "model"],
    "config set": ["config", "set", "model", "gpt-5"],
    "config unset": ["config", "unset", "measure"],
    "config edit": ["config", "edit"],
    "config check": ["config", "check"],
    "config path": ["config", "path"],
    "models": ["models", "--demo"],
    "balance": ["balance", "--demo"],
    "stats": ["stats"],
    "completions": ["completions", "bash"],
    "man": ["man"],
}
"""A command line for every command and verb; each reads or writes as much as it can."""

MOVING = {"import", "backup", "merge"}
"""Commands that are given a file: `test_moving` tries them."""

STORED = [name for name in COMMANDS if name.split()[0] in ("chats", "export", "stats")]
"""Those that need the database."""

CHANGING = [name for name in STORED if name.startswith("chats") and name.split()[1] not in ("list", "show")]

PRINTING = [
    name
    for name in COMMANDS
    if name not in CHANGING and name not in ("config set", "config unset", "config check", "config edit")
]
"""Those whose output is data."""


def test_every_command_and_verb_is_tried_here() -> None:
    every = {
        " ".join([name, *verb])
        for name in MODULES
        for verb in ([[each] for each in command(name).parser().verbs] or [[]])
    }
    assert every - set(COMMANDS) == MOVING


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with shelf(tmp_path / "home" / "data") as here:
        here.put(saved(answered("prompt", "Ответ " * 20_000), conversation("1abcdef", "Title")))
    return tmp_path / "home"


def at(home: Path) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("LC_", "ELUMENTA_", "XDG_"))
    }
    return {**inherited, "ELUMENTA_HOME": str(home), "LANG": "en_US.UTF-8", "TERM": "xterm"}


def run(home: Path, name: str) -> subprocess.CompletedProcess[str]:
    return prepared.run_for_text(COMMANDS[name], env=at(home), timeout=60.0)


def _is_one_sentence(text: str) -> bool:
    """Whether a complaint is a single line for people."""
    return text.count("\n") == 1 and text.endswith("\n") and "Traceback" not in text


@pytest.mark.parametrize("name", COMMANDS)
def test_where_all_is_well_it_does_what_it_is_for_and_data_alone_goes_to_standard_output(
    home: Path, name: str
) -> None:
    done = run(home, name)
    assert done.returncode in ((2,) if name == "config edit" else (3,) if name == "stats" else (0,)), done
    assert bool(done.stdout) == (name in PRINTING and name != "stats"), done
    assert "Traceback" not in done.stderr


@thorough
@pytest.mark.parametrize("name", some(COMMANDS, every=12))
def test_with_standard_files_closed_it_ends_with_a_code_and_nothing_is_lost(home: Path, name: str) -> None:
    command_line = [sys.executable, "-m", "elumenta_tui", *COMMANDS[name]]
    for closed in ("<&-", "2>&-", ">&- 2>&- <&-"):
        script = f'exec "$@" {closed}'
        done = subprocess.run(
            ["sh", "-c", script, "sh", *command_line], cwd=ROOT, env=at(home), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1, 2, 3, 141), (closed, done)
        assert "Traceback" not in done.stdout + done.stderr
        if name == "chats delete":
            break


@pytest.mark.parametrize("name", PRINTING)
def test_a_pipe_that_closes_is_no_traceback(home: Path, name: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with (
        os.fdopen(writer, "wb") as closed,
        prepared.Process(COMMANDS[name], env=at(home), stdout=closed) as process,
    ):
        closed.close()
        assert process.stderr is not None
        said = process.stderr.read().decode()
        code = process.wait(60.0)
    assert code == (3 if name == "stats" else 141), said
    assert "Traceback" not in said
    assert "Errno" not in said


def _damage(path: Path) -> None:
    path.write_bytes(b"<html>" + path.read_bytes()[6:])


def _make_newer(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("PRAGMA user_version = 9999")


@pytest.mark.parametrize(("spoil", "said"), [(_damage, "is damaged"), (_make_newer, "newer version")])
@pytest.mark.parametrize("name", STORED)
def test_a_database_that_can_not_be_used_stays_as_it_is_and_is_named_in_one_sentence(
    home: Path, name: str, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(home / "data" / FILE)
    before = files(home)
    done = run(home, name)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert _is_one_sentence(done.stderr), done.stderr
    assert said in done.stderr
    assert files(home) == before


@thorough
@pytest.mark.parametrize("name", STORED)
def test_without_a_database_there_is_nothing_and_none_is_made(tmp_path: Path, name: str) -> None:
    done = run(tmp_path / "nowhere", name)
    assert (done.returncode, done.stdout) == (3, "")
    assert _is_one_sentence(done.stderr)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_broken_configuration_is_left_alone_and_named_by_those_that_need_it(home: Path, name: str) -> None:
    path = home / "config" / "config.toml"
    path.parent.mkdir()
    path.write_text("model = \n# mine\n")
    done = run(home, name)
    assert path.read_text() == "model = \n# mine\n"
    assert "Traceback" not in done.stderr
    needs = name.split()[0] in ("ask", "models", "balance") or name in (
        "config list",
        "config get",
        "config set",
        "config unset",
        "config check",
    )
    if needs:
        assert (done.returncode, done.stdout) == (2, "")
        assert "line 1, column 9" in done.stderr
        assert _is_one_sentence(done.stderr)
    elif name.startswith("doctor"):
        assert done.returncode == 1
        assert "line 1, column 9" in done.stdout
    else:
        assert done.returncode == {"config edit": 2, "stats": 3}.get(name, 0), done


def _configure(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text("measure = 80\n")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are lists of rights there")
@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "ask"])
def test_in_a_directory_that_can_not_be_written_what_reads_reads_and_the_rest_says_so(
    home: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # Once where it may: whoever has no rights may not be able to import anything either.
    _configure(home)
    program.main(COMMANDS[name], {"ELUMENTA_HOME": str(home), "LANG": "en_US", "TERM": "xterm"})
    capsys.readouterr()
    with nobodys_directory() as data:
        home = data.parent
        with shelf(data) as here:
            here.put(saved(answered("prompt", "answer"), conversation("1abcdef", "Title")))
        _configure(home)
        for path in (home / "config", data, home):
            path.chmod(0o500)
        before = files(home)
        code = program.main(COMMANDS[name], {"ELUMENTA_HOME": str(home), "LANG": "en_US", "TERM": "xterm"})
        out, err = capsys.readouterr()
        assert files(home) == before
    if name in CHANGING or name in ("config set", "config unset"):
        assert (code, out) == (1, "")
        assert _is_one_sentence(err), err
    elif name.startswith(("doctor", "feedback")):
        assert code == (0 if name == "feedback" else 1)
        assert "nothing is saved there" in " ".join(out.split())
    else:
        assert code == {"config edit": 2, "stats": 3}.get(name, 0), err


@thorough
@pytest.mark.parametrize("name", CHANGING)
def test_what_another_program_keeps_locked_is_not_changed_and_says_so(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chats_change, "_PATIENCE", 0.3)
    monkeypatch.setattr("elumenta_tui.store.guarded.BUSY_SECONDS", 0.1)
    with opened(home / "data" / FILE) as other:
        other.execute("BEGIN IMMEDIATE")
        code = program.main(COMMANDS[name], {"ELUMENTA_HOME": str(home), "LANG": "en_US"})
        out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert err.startswith("Nothing was changed: another program has locked the database")


@thorough
def test_help_loads_nothing_heavy() -> None:
    heavy = {"asyncio", "httpx", "rich", "textual", "sqlite3"}
    code = (
        "import sys\nfrom elumenta_tui.__main__ import main\n"
        "for name in sys.argv[1:]: main([name, '--help'], {})\n"
        f"print(sorted({heavy!r} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *(name for name in MODULES if name not in ("ask", "export"))],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == "[]\n"
