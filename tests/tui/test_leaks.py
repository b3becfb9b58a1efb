"""The key is planted, everything is done and broken, and then it is searched for in all that is left."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pseudo_terminal import PREPARED, PROGRAM, Terminal
from tests.service import (
    Head,
    Pause,
    ThreadedService,
    answer,
    delta,
    ended,
    json_response,
    service_thread,
    sse,
    started,
)

KEY = "nb_live_PlantedKey0987654321zyxwvutsrqponmlkjihgf"

TOOL = """#!/bin/sh
# A clipboard tool that tells all it knows.
{ cat; env; tr '\\0' '\\n' </proc/$$/cmdline; tr '\\0' '\\n' </proc/$PPID/cmdline; } >> "$HOME/told-to-xclip"
"""

CRASH = """
import sys
from elumenta_tui.tui.dialogs import Dialogs
from elumenta_tui.__main__ import main

def crash(self):
    key = self._app.keychain.key
    raise RuntimeError("no " + key + " in " + repr({"Authorization": "Bearer " + key}))

Dialogs.show_help = crash
sys.exit(main())
"""


def forms(key: str) -> list[bytes]:
    """The key as it may lie somewhere: plain, in base64 wherever it begins, in hexadecimal, backwards."""
    plain = key.encode()
    encoded = [
        base64.b64encode(b"\0" * shift + plain)[4 : 4 * ((len(plain) + shift) // 3)] for shift in range(3)
    ]
    return [plain, *encoded, plain.hex().encode(), plain[::-1]]


def found_in(data: bytes) -> bool:
    return any(form in data for form in forms(KEY))


def leaks(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file() and found_in(path.read_bytes())]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("bin", "tmp", "work"):
        (tmp_path / name).mkdir()
    tool = tmp_path / "bin" / "xclip"
    tool.write_text(TOOL)
    tool.chmod(0o755)
    return tmp_path


def environ(service: ThreadedService, home: Path, **more: str) -> dict[str, str]:
    return {
        "ELUMENTA_BASE_URL": service.url,
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "DISPLAY": ":0",
        "TMPDIR": str(home / "tmp"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "TEXTUAL_LOG": str(home / "textual.log"),
        "TEXTUAL_DEBUG": "1",
        **more,
    }


@pytest.fixture
def service() -> Iterator[ThreadedService]:
    with service_thread() as service:
        models = [{"slug": "gpt-5", "name": f"GPT-5 {KEY}", "category": "text", "token_cost": 3}]
        service.route("/api/v2/models", json_response(200, {"items": models}))
        yield service


def test_the_scan_finds_what_it_looks_for(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text(f"<{KEY}>")
    for shift in range(3):
        (tmp_path / f"base64-{shift}").write_bytes(
            base64.b64encode(b"x" * shift + KEY.encode() + b" and more")
        )
    (tmp_path / "nothing").write_text("nb_…")
    assert {path.name for path in leaks(tmp_path)} == {"plain", "base64-0", "base64-1", "base64-2"}


def test_the_key_leaks_nowhere(service: ThreadedService, home: Path) -> None:
    seen = b""
    # The first start: the key is pasted, checked, kept.
    with Terminal([PREPARED], env=environ(service, home), home=home, cwd=home / "work") as terminal:
        terminal.wait_for("Paste your Elumenta API key")
        terminal.wait_for("TEXTUAL_LOG is ignored")
        terminal.paste(f"Bearer {KEY}\n")
        terminal.wait_for("•" * len(KEY))
        terminal.press("enter")
        terminal.wait_for("300 tokens")
        terminal.wait_for("The key is saved")
        # An answer that echoes it, letter by letter and at once, and one that breaks off in the middle of it.
        service.queue(answer(*f"it is {KEY}!", f" or {KEY}?"))
        terminal.type("one\r")
        terminal.wait_for("it is nb_…! or nb_…?")
        terminal.press("ctrl+y")
        terminal.wait_for("with xclip")
        service.queue(sse(started(), {"type": "error", "message": f"bad key {KEY}"}))
        terminal.type("two\r")
        terminal.wait_for("bad key nb_…")
        hold = Pause()
        service.queue(sse(started(), delta("partly"), delta(f" {KEY}"), done=False), hold)
        terminal.type("three\r")
        terminal.wait_for("partly nb_…")
        terminal.press("ctrl+c")
        terminal.wait_for("You stopped it.")
        service.queue(Head(307, {"Location": f"https://elsewhere.example/{KEY}"}))
        terminal.type("four\r")
        terminal.wait_for("redirect")
        terminal.wait_for(lambda text: "four" in text)
        service.queue(json_response(401, {"error": "not_authenticated", "message": f"no such key: {KEY}"}))
        terminal.press("ctrl+e")
        terminal.type(" five\r")
        terminal.wait_for("such key: nb_…")
        terminal.press("escape")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        seen += terminal.raw
    # A crash with the key in hand, as a variable of the environment this time.
    with Terminal(
        [PREPARED, "-c", CRASH],
        # The script has imported Textual before the program could silence it.
        env=environ(service, home, ELUMENTA_API_KEY=KEY, TEXTUAL_LOG="", TEXTUAL_DEBUG=""),
        home=home,
        cwd=home / "work",
    ) as terminal:
        terminal.wait_for("GPT-5 nb_…")
        service.queue(answer("an answer to copy"))
        terminal.type("again\r")
        terminal.wait_for("an answer to copy")
        terminal.press("ctrl+y")
        terminal.wait_for("with xclip")
        terminal.press("f1")
        assert terminal.wait_exit() == 1
        assert "failed and had to end" in terminal.text
        seen += terminal.raw
    # The commands that need no terminal, and a wrong one with the key in it.
    for arguments in (["--help"], ["--version"], ["--api-key", KEY], ["export", "--all", "--format", "json"]):
        done = subprocess.run(
            [PROGRAM, *arguments],
            env={**os.environ, **environ(service, home), "HOME": str(home), "ELUMENTA_API_KEY": KEY},
            cwd=home / "work",
            capture_output=True,
            check=False,
            timeout=10,
        )
        seen += done.stdout + done.stderr
    assert not found_in(seen)
    told = (home / "told-to-xclip").read_text()
    assert "an answer to copy" in told
    assert "ELUMENTA_BASE_URL" not in told
    assert list(home.rglob("crash-*.txt"))
    assert not (home / "textual.log").exists()
    (config,) = leaks(home)
    assert config == home / ".config" / "elumenta-tui" / "config.toml"
    assert config.stat().st_mode & 0o777 == 0o600
    assert config.parent.stat().st_mode & 0o777 == 0o700
    # It went to the service, in one header, and nowhere else in a request.
    for call in service.requests:
        named = [name for name, value in call.headers.items() if KEY in value]
        assert named == ["authorization"]
        assert call.headers["authorization"] == f"Bearer {KEY}"
        assert KEY.encode() not in call.body
        assert KEY not in call.path
    assert service.posts


def test_whatever_is_created_is_for_its_owner_only(service: ThreadedService, home: Path) -> None:
    old = os.umask(0o022)
    try:
        before = set(home.rglob("*"))
        with Terminal([PREPARED], env=environ(service, home), home=home, cwd=home / "work") as terminal:
            terminal.wait_for("Paste your Elumenta API key")
            terminal.paste(KEY)
            terminal.wait_for("•" * len(KEY))
            terminal.press("enter")
            terminal.wait_for("The key is saved")
            terminal.press("ctrl+t")
            terminal.wait_for("Enter keeps it")
            terminal.type("day\r")
            terminal.wait_gone("Enter keeps it")
            service.queue(sse(started(), delta("An answer."), ended()))
            terminal.type("go\r")
            terminal.wait_for("An answer.")
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
    finally:
        os.umask(old)
    created = set(home.rglob("*")) - before
    assert created
    modes = {str(path.relative_to(home)): oct(path.stat().st_mode & 0o777) for path in created}
    wanted = {str(path.relative_to(home)): "0o700" if path.is_dir() else "0o600" for path in created}
    assert modes == wanted
