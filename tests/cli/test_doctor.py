"""`elumenta-tui doctor`: what it finds, what it says to do, and what it never says."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

import pytest

from elumenta_tui import __main__ as program
from elumenta_tui.cli import doctor_account, doctor_files
from elumenta_tui.cli.feedback import doctors_lines
from elumenta_tui.cli.findings import Finding, Subject, bounded
from elumenta_tui.cli.startup import configure, find_access
from elumenta_tui.config.keychain import NoKey
from elumenta_tui.store import FILE
from elumenta_tui.store.changes import SaveDraft, SetFacts
from elumenta_tui.transfer.feedback import issues_page, where_to
from tests import prepared
from tests.pseudo_terminal import PREPARED, Terminal
from tests.service import KEY, ThreadedService, json_response, service_thread
from tests.storing import answered, conversation, nobodys_directory, opened, saved, shelf
from tests.thorough import thorough

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def service() -> Iterator[ThreadedService]:
    with service_thread() as running:
        yield running


def doctor(home: Path, *arguments: str, language: str = "en_US", **environ: str) -> int:
    return program.main(
        ["doctor", *arguments], {"ELUMENTA_HOME": str(home), "LANG": language, "TERM": "xterm", **environ}
    )


def found(home: Path, capsys: Capture, *arguments: str, **environ: str) -> dict[str, tuple[str, str, str]]:
    """The findings by the names of their checks; the last one of each."""
    code = doctor(home, "--json", *arguments, **environ)
    data = json.loads(capsys.readouterr().out)
    assert code == (1 if data["problems"] else 0)
    return {each["check"]: (each["mark"], each["text"], each["advice"]) for each in data["checks"]}


@thorough
def test_where_all_is_well_it_says_so_and_spends_nothing(
    tmp_path: Path, service: ThreadedService, capsys: Capture
) -> None:
    seen = found(tmp_path, capsys, **service.environ())
    assert {name: mark for name, (mark, _, _) in seen.items() if mark == "problem"} == {}
    assert seen["key"][1] == "There is a key, nb_…, from: ELUMENTA_API_KEY."
    assert seen["account"][:2] == ("ok", "The service accepts the key.")
    assert seen["balance"][1] == "Balance: 300 tokens"
    assert service.posts == []


def test_a_plan_that_is_over_is_named_with_its_page(
    tmp_path: Path, service: ThreadedService, capsys: Capture
) -> None:
    for end, mark in ("2024-05-06T07:08:09Z", "problem"), ("2999-01-01T00:00:00Z", "ok"), ("soon", "ok"):
        plan = {"token_balance": 300, "plan": "vip", "plan_expires_at": end}
        service.route("/api/v2/balance", json_response(200, plan))
        seen = found(tmp_path, capsys, **service.environ())["plan"]
        assert seen[0] == mark
        assert ("2024" in seen[1]) == ("https://elumenta.ru/web/billing" in seen[2]) == (mark == "problem")


@thorough
def test_a_broken_key_is_found_and_what_to_do_is_named(
    tmp_path: Path, service: ThreadedService, capsys: Capture
) -> None:
    refusal = json_response(401, {"error": "not_authenticated", "message": "no such key", "details": {}})
    service.route("/api/v2/balance", refusal)
    seen = found(tmp_path, capsys, **service.environ())
    mark, text, _ = seen["account"]
    assert (mark, KEY in str(seen)) == ("problem", False)
    assert "key" in text.lower()
    seen = found(tmp_path, capsys, ELUMENTA_BASE_URL=service.url)
    assert seen["key"][:2] == ("problem", "There is no API key.")
    assert "elumenta.ru" in seen["key"][2]


def test_the_way_to_the_service_is_checked_without_the_key(
    tmp_path: Path, service: ThreadedService, capsys: Capture
) -> None:
    doctor(tmp_path, ELUMENTA_BASE_URL=service.url)
    assert capsys.readouterr().out.count("answers.") == 1
    assert [call.headers.get("authorization") for call in service.requests] == [None]


@thorough
@pytest.mark.parametrize(
    ("url", "check"),
    [
        ("https://127.0.0.1:1", "network"),
        ("ftp://x", "address"),
        ("http://example.com", "address"),
        ("", "key"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_problem(
    tmp_path: Path, capsys: Capture, url: str, check: str
) -> None:
    seen = found(tmp_path, capsys, "--base-url", url or "https://127.0.0.1:1")
    assert seen[check][0] == "problem"


def test_a_service_that_never_answers_is_given_up(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_account, "_NETWORK_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        seen = found(tmp_path, capsys, "--base-url", f"http://127.0.0.1:{port}", ELUMENTA_API_KEY=KEY)
    assert seen["network"][0] == "problem"
    assert "did not answer" in seen["network"][1]


def test_a_check_that_hangs_or_fails_is_a_finding() -> None:
    never = threading.Event()

    def hang() -> Iterator[Finding]:
        yield Finding("first", "ok", "found")
        never.wait()

    def fail() -> Iterator[Finding]:
        raise ZeroDivisionError

    assert [each.mark for each in bounded("slow", hang, 0.05)] == ["ok", "problem"]
    assert bounded("odd", fail, 5.0) == [
        Finding("odd", "problem", "The check “odd” failed (ZeroDivisionError).")
    ]
    never.set()


# The command is killed and not waited for: the program ends soon.
@thorough
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_key_command_that_hangs_is_given_up(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_account, "_KEY_SECONDS", 0.1)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text('api_key_command = "sleep 1000"')
    seen = found(tmp_path, capsys, "--offline")
    assert seen["key"][:2] == (
        "problem",
        "The key did not come within 0 s from api_key_command or the keyring.",
    )
    # Here, where its warning is expected, and not in the next test.
    gc.collect()


@thorough
@pytest.mark.parametrize(("ahead", "mark"), [(5, "ok"), (-120, "note"), (3_600, "problem")])
def test_the_clock_is_compared_with_that_of_the_service(
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    service: ThreadedService,
    ahead: int,
    mark: str,
) -> None:
    service.route("/", json_response(200, {}, {"Date": formatdate(time(), usegmt=True)}))
    monkeypatch.setattr(doctor_account, "time", lambda: time() + ahead)
    seen = found(tmp_path, capsys, **service.environ())
    assert seen["clock"][0] == mark
    assert bool(seen["clock"][2]) == (mark != "ok")


# ------------------------------------------------------------------------------------------------------------ this machine


@pytest.mark.parametrize(
    ("text", "mark", "said"),
    [
        ('model = "gpt-5"\n', "ok", "every value is valid"),
        ('model = "gpt-5"\nlanguage = [', "problem", "line 2, column 13"),
        ("measure = 5000\n", "problem", "measure must be within 0 … 1000"),
        ('modle = "x"\n', "note", "unknown option modle is ignored. Did you mean model?"),
        ('base_url = "https://example.com"\n', "note", "https://example.com"),
    ],
)
def test_the_configuration_file_is_checked(
    tmp_path: Path, capsys: Capture, text: str, mark: str, said: str
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text(text)
    doctor(tmp_path, "--json", "--demo")
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert any(each["mark"] == mark and said in each["text"] for each in checks), checks


def test_files_that_others_can_read_or_change_are_found(tmp_path: Path, capsys: Capture) -> None:
    config = tmp_path / "config" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'api_key = "{KEY}"')
    config.chmod(0o644)
    seen = found(tmp_path, capsys, "--offline")
    assert seen["config_mode"][0] == "problem"
    assert seen["config_mode"][2].startswith("chmod 600 ")
    config.chmod(0o666)
    seen = found(tmp_path, capsys, "--offline")
    assert seen["config_file"][0] == "problem"
    assert "chmod go-w" in seen["config_file"][2]
    assert seen["key"][1].startswith("The key and the service were not checked")


def test_a_file_of_another_user_is_told_from_one_that_is_read_only(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(doctor_files, "_may_write", lambda path: False)
    seen = found(tmp_path, capsys, "--demo")["data_dir"]
    assert "can't be written" in seen[1]
    assert seen[2].startswith("chmod u+w ")
    monkeypatch.setattr(os, "geteuid", lambda: 4_711)
    monkeypatch.setattr(doctor_files, "check_ownership", lambda path: None)
    seen = found(tmp_path, capsys, "--demo")["data_dir"]
    assert "belongs to another user" in seen[1]
    assert seen[2].startswith('sudo chown "$USER" ')


def _spoil(path: Path) -> None:
    path.write_bytes(b"<html>")


def _make_newer(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("PRAGMA user_version = 9999")


@pytest.mark.parametrize(("spoil", "said"), [(_spoil, "is damaged"), (_make_newer, "newer version")])
def test_a_database_that_can_not_be_used_is_a_problem_and_stays_as_it_is(
    tmp_path: Path, capsys: Capture, spoil: Any, said: str
) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("q", "a")))
    path = tmp_path / "data" / FILE
    spoil(path)
    before = path.read_bytes()
    seen = found(tmp_path, capsys, "--demo")
    assert (seen["database"][0], said in seen["database"][1]) == ("problem", True)
    assert path.read_bytes() == before


def test_what_is_in_the_database_is_counted(tmp_path: Path, capsys: Capture) -> None:
    with shelf(tmp_path / "data") as here:
        here.put(saved(answered("q", "a")), saved(answered("q2", "a2"), conversation("c2")))
    seen = found(tmp_path, capsys, "--demo")
    assert seen["contents"][1] == "2 conversations · 2 prompts · 2 answers"
    assert seen["quick_check"][1] == "The database is sound."


@pytest.mark.parametrize(
    ("environ", "check", "mark", "said"),
    [
        ({"TERM": "dumb"}, "term", "problem", "TERM is dumb"),
        (
            {"TERM": "weird-term", "TERMINFO": "/"},
            "term",
            "note",
            "TERM=weird-term. This system does not know",
        ),
        ({"COLORTERM": "truecolor"}, "colours", "ok", "16,777,216 colours"),
        ({"TERM": "xterm-256color"}, "colours", "note", "256 colours"),
        ({"NO_COLOR": "1"}, "colours", "note", "NO_COLOR is set"),
        ({"STY": "1.pts"}, "keys_screen", "note", "screen takes keys for itself: Ctrl+A → Home"),
        (
            {"TMUX": "/nowhere,1,0", "PATH": ""},
            "keys_tmux",
            "ok",
            "tmux takes these keys for itself: Ctrl+B",
        ),
        ({"ZELLIJ": "0"}, "keys_zellij", "note", "Ctrl+N → F2, "),
        ({"TERM_PROGRAM": "vscode"}, "keys_vs_code", "note", "F1 → /help"),
        ({"SSH_CONNECTION": "1 2 3 4"}, "ssh", "ok", "SSH session"),
    ],
)
def test_the_terminal_is_described(
    tmp_path: Path, capsys: Capture, environ: dict[str, str], check: str, mark: str, said: str
) -> None:
    seen = found(tmp_path, capsys, "--demo", **environ)
    assert (seen[check][0], said in seen[check][1]) == (mark, True), seen[check]


def test_the_keys_are_those_of_the_user_and_of_tmux_as_it_is_configured(
    tmp_path: Path, capsys: Capture
) -> None:
    tmux = tmp_path / "tmux"
    tmux.write_text(
        '#!/bin/sh\ncase "$*" in *prefix) echo C-g ;; *root) echo "bind-key -T root M-Up select-pane -U" ;; esac'
    )
    tmux.chmod(0o755)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text('[keys]\nfetch = ["ctrl+g", "f9"]\nsendd = "f1"\n')
    seen = found(tmp_path, capsys, "--demo", TMUX="/nowhere,1,0", PATH=str(tmp_path))
    mark, text, advice = seen["keys_tmux"]
    assert (mark, "Ctrl+G → F9" in text, "Alt+↑ → /cursor" in text) == ("note", True, True)
    assert "Ctrl+G Ctrl+G sends Ctrl+G" in advice
    assert "sendd" in seen["keys"][1]


def test_in_a_terminal_it_asks_that_for_its_keyboard_and_leaves_it_as_it_was(tmp_path: Path) -> None:
    environment = {"ELUMENTA_HOME": str(tmp_path), "LANG": "en_US.UTF-8"}
    with Terminal([PREPARED, "doctor", "--demo"], size=(80, 70), env=environment) as terminal:
        assert terminal.wait_exit() == 0
        assert b"\x1b[?u\x1b[c" in terminal.raw
        assert "80 columns, 70 lines" in terminal.text
        assert "Ctrl+J begins a new line" in terminal.text
        assert max(map(len, terminal.screen())) <= 80


# --------------------------------------------------------------------------------------------------------------- secrets

SECRETS = ("sekret", "nb_live", "wörk")
"""Parts of what nobody may learn from a report."""


@contextmanager
def _full_of_secrets(tmp_path: Path) -> Iterator[dict[str, str]]:
    home = tmp_path / "sekret-home"
    config, data = home / ".config", home / ".local"
    (config / "elumenta-tui").mkdir(parents=True)
    (config / "elumenta-tui" / "config.toml").write_text(
        f'api_key_command = "echo {KEY}"\nbase_url = "http://127.0.0.1:1"\n'
        f'nb_live_sekret_option = "x"\n[personas.sekretary]\nsystem_prompt = "sekret {KEY}"\ngreeting = "sekret"\n'
    )
    with shelf(data / "elumenta-tui") as here:
        here.put(saved(answered("sekret prompt", "sekret answer"), conversation("sekretid", "sekret title")))
        here.put(
            SaveDraft(conversation("sekretid"), "sekret draft"),
            SetFacts(conversation("sekretid"), {"tags": "wörk"}),
        )
    yield {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(config),
        "XDG_DATA_HOME": str(data),
        "XDG_STATE_HOME": str(home / "state"),
        "HTTPS_PROXY": "http://sekret:sekret@proxy.example:3128",
        "PATH": os.environ["PATH"],
        "LANG": "en_US.UTF-8",
        "TERM": "xterm",
    }


@pytest.mark.parametrize("arguments", [[], ["--offline"], ["--json"], ["--base-url", "https://127.0.0.1:1"]])
@pytest.mark.parametrize("more", [{}, {"ELUMENTA_API_KEY": KEY}, {"LANG": "ru_RU.UTF-8"}], ids=str)
def test_nothing_secret_is_in_a_report(tmp_path: Path, arguments: list[str], more: dict[str, str]) -> None:
    with _full_of_secrets(tmp_path) as environment:
        done = prepared.run_for_text(["doctor", *arguments], env={**environment, **more})
    said = done.stdout + done.stderr
    assert done.returncode in (0, 1)
    assert "~/.config/elumenta-tui/config.toml" in done.stdout
    assert [secret for secret in (*SECRETS, KEY[:12], str(tmp_path)) if secret in said] == []


def test_nothing_secret_is_in_a_report_that_is_sent(tmp_path: Path) -> None:
    with _full_of_secrets(tmp_path) as environment:
        done = prepared.run_for_text(["feedback"], env={**environment, "ELUMENTA_API_KEY": KEY})
    said = done.stdout + done.stderr
    assert done.returncode == 0
    assert done.stdout.startswith("## What happened\n")
    assert "whoever gave you elumenta-tui" in done.stderr
    assert "~/.config/elumenta-tui/config.toml" in done.stdout
    assert [secret for secret in (*SECRETS, KEY[:12], str(tmp_path)) if secret in said] == []


@thorough
@pytest.mark.parametrize("place", ["environment", "file", "command", "unusable"])
def test_a_running_chat_is_examined_with_the_key_that_it_has_and_no_report_has_that(
    tmp_path: Path, service: ThreadedService, place: str
) -> None:
    """Also one that is no key by its look, and that stands where text is quoted from."""
    key = {"file": KEY[::-1], "unusable": "секретный-ключ-из-окружения"}.get(place, KEY)
    config = tmp_path / "config" / "config.toml"
    config.parent.mkdir()
    command = tmp_path / "command"
    command.write_text(f"#!/bin/sh\necho run >> '{tmp_path}/runs'\necho {key}\n")
    command.chmod(0o700)
    lines = {"file": f'api_key = "{key}"\n', "command": f"api_key_command = '{command}'\n"}
    config.write_text(f'{lines.get(place, "")}"{key}" = "an option that is none"\n')
    config.chmod(0o600)
    environ = {"ELUMENTA_HOME": str(tmp_path), "ELUMENTA_BASE_URL": service.url, "TERM": "xterm"}
    if place in ("environment", "unusable"):
        environ["ELUMENTA_API_KEY"] = key
    access = find_access(configure(None, environ), environ, demo=False, base_url=None)
    with suppress(NoKey):
        asyncio.run(access.keychain.find())
    report = "".join(doctors_lines(Subject(access=access, owns_terminal=False), environ))
    assert "unknown option" in report
    assert key not in report
    assert ("The service accepts the key." in report) == (place != "unusable")
    # A command may ask the user: it is not run again.
    assert place != "command" or (tmp_path / "runs").read_text() == "run\n"
    assert service.posts == []


def test_a_report_is_opened_in_the_editor_as_a_new_file_over_none(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho edited >> "$1"\n')
    editor.chmod(0o755)
    (tmp_path / "elumenta-tui-report.md").write_text("mine")
    environ = {"ELUMENTA_HOME": str(tmp_path), "LANG": "en_US.UTF-8", "EDITOR": str(editor)}
    with Terminal([PREPARED, "feedback", "--edit", "--demo"], env=environ, cwd=tmp_path) as terminal:
        assert terminal.wait_exit() == 0
        assert "elumenta-tui-report" in terminal.text
    [report] = {*tmp_path.glob("elumenta-tui-report*.md")} - {tmp_path / "elumenta-tui-report.md"}
    assert report.read_text().endswith("```\nedited\n")
    assert (tmp_path / "elumenta-tui-report.md").read_text() == "mine"


def test_the_page_for_issues_is_the_one_that_the_package_names(monkeypatch: pytest.MonkeyPatch) -> None:
    package = Message()
    monkeypatch.setattr("importlib.metadata.metadata", lambda name: package)
    assert issues_page() == ""
    package["Project-URL"] = "Homepage, https://example.com"
    package["Project-URL"] = "Issues, https://example.com/issues"
    assert issues_page() == "https://example.com/issues"
    assert "https://example.com/issues" in where_to(issues_page())


def test_a_key_that_others_could_see_as_an_option_is_refused_without_being_told(
    tmp_path: Path, capsys: Capture
) -> None:
    assert doctor(tmp_path, "--key", KEY) == 2
    assert KEY not in capsys.readouterr().err


def test_the_report_of_a_service_that_echoes_the_key_does_not_have_it(
    tmp_path: Path, service: ThreadedService, capsys: Capture
) -> None:
    refusal = json_response(418, {"error": "strange", "message": f"bad key {KEY}", "details": {}})
    service.route("/api/v2/balance", refusal)
    doctor(tmp_path, **service.environ())
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    assert "nb_…" in said.out


@pytest.mark.skipif(os.name != "posix", reason="permissions are lists of rights there")
def test_a_home_in_which_nothing_can_be_made_or_seen_is_named(capsys: Capture) -> None:
    # Once where it may: whoever has no rights may not be able to import anything either.
    with nobodys_directory() as data:
        home, hidden = data.parent, data.parent / "hidden"
        hidden.mkdir()
        found(home, capsys, "--demo", HOME=str(hidden))
        hidden.chmod(0)
        home.chmod(0o500)
        checks = found(home, capsys, "--demo", HOME=str(hidden))
    for name in ("config_dir", "state_dir", "data_dir"):
        mark, text, advice = checks[name]
        assert (mark, advice) == ("problem", f"chmod u+w {home}")
        assert str(home) in text
    assert checks["term"][0] == "ok"
    assert "terminal" not in checks
