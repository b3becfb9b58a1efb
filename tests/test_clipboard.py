"""The clipboard is filled by every way that can work, and the result tells which did."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from elumenta_tui.clipboard import TERMINAL_LIMIT, Route, copy, osc52, tools

TEXT = "Привет, \N{WAVING HAND SIGN}\nmir"
PAYLOAD = base64.b64encode(TEXT.encode()).decode()
PLAIN = f"\x1b]52;c;{PAYLOAD}\x07"


class Desk:
    """A directory of fake tools, the environment that finds them, and what was written to the terminal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        search = f"{path}:{os.environ['PATH']}"
        self.environ = {"PATH": search, "TERM": "xterm", "DISPLAY": ":0", "DESK": str(path)}
        self.written: list[str] = []

    def tool(self, name: str, script: str) -> None:
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def read(self, name: str) -> str:
        return (self.path / name).read_text()

    async def copy(self, text: str = TEXT, platform: str = "linux", tool_timeout: float = 10.0) -> Route:
        return await copy(
            text,
            write_osc52=self.written.append,
            environ=self.environ,
            platform=platform,
            tool_timeout=tool_timeout,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_a_tool_takes_the_text_and_the_terminal_gets_it_too(desk: Desk):
    desk.tool("xclip", 'cat > "$DESK/text"; echo "$@" > "$DESK/arguments"')
    assert await desk.copy() == Route("xclip", sent_to_terminal=True)
    assert desk.read("text") == TEXT
    assert desk.read("arguments") == "-selection clipboard\n"
    assert desk.written == [PLAIN]


async def test_without_a_tool_the_terminal_is_asked_and_nothing_is_claimed(desk: Desk):
    desk.environ["PATH"] = str(desk.path)
    route = await desk.copy()
    assert route == Route(None, sent_to_terminal=True)
    assert not route.is_confirmed
    assert not route.is_nowhere


async def test_a_tool_that_fails_gives_way_to_the_next(desk: Desk):
    desk.tool("xclip", "exit 1")
    desk.tool("xsel", 'cat > "$DESK/text"')
    assert (await desk.copy()).tool == "xsel"
    assert desk.read("text") == TEXT


async def test_a_tool_that_cannot_be_run_is_no_tool(desk: Desk):
    desk.tool("xclip", "")
    (desk.path / "xclip").write_text("#!/no/such/interpreter\n")
    assert (await desk.copy()).tool is None


async def test_a_tool_that_hangs_is_given_up(desk: Desk):
    desk.tool("xclip", "exec sleep 60")
    assert await desk.copy(tool_timeout=0.1) == Route(None, sent_to_terminal=True)


async def test_a_tool_that_stays_in_the_background_does_not_hold_the_program(desk: Desk):
    desk.tool("xclip", 'cat > "$DESK/text"; (sleep 60 & echo $! > "$DESK/pid")')
    try:
        assert (await desk.copy()).tool == "xclip"
    finally:
        os.kill(int(desk.read("pid")), 9)


async def test_a_tool_in_the_background_is_out_of_reach_of_the_terminals_signals(desk: Desk):
    show = f"{sys.executable} -c 'import os; print(os.getsid(0))'"
    desk.tool("xclip", f'cat > /dev/null; {show} > "$DESK/session"')
    assert (await desk.copy()).tool == "xclip"
    assert int(desk.read("session")) != os.getsid(0)


async def test_a_tool_does_not_see_the_key(desk: Desk):
    desk.environ["ELUMENTA_API_KEY"] = "sk-secret"
    desk.tool("xclip", 'cat > /dev/null; env > "$DESK/environment"')
    assert (await desk.copy()).tool == "xclip"
    assert "DISPLAY=:0" in desk.read("environment")
    assert "secret" not in desk.read("environment")


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"])
async def test_over_ssh_only_the_terminal_reaches_the_user(desk: Desk, name: str):
    desk.environ[name] = "somewhere"
    desk.tool("xclip", 'touch "$DESK/ran"')
    assert await desk.copy() == Route(None, sent_to_terminal=True)
    assert not (desk.path / "ran").exists()


async def test_a_text_too_long_for_terminals_says_so_and_is_still_tried(desk: Desk):
    desk.environ.pop("DISPLAY")
    assert not (await desk.copy("x" * TERMINAL_LIMIT)).too_long_for_terminal
    assert await desk.copy("ж" * (TERMINAL_LIMIT // 2 + 1)) == Route(None, True, too_long_for_terminal=True)
    assert len(desk.written) == 2


async def test_a_text_too_long_for_terminals_does_not_risk_what_the_tool_did(desk: Desk):
    desk.tool("xclip", 'cat > "$DESK/text"')
    text = "x" * (TERMINAL_LIMIT + 1)
    assert await desk.copy(text) == Route("xclip", sent_to_terminal=False, too_long_for_terminal=True)
    assert desk.read("text") == text
    assert desk.written == []


async def test_a_tool_that_does_not_read_a_long_text_is_judged_by_its_exit_code(desk: Desk):
    desk.tool("xclip", "exit 1")
    assert (await desk.copy("x" * 1_000_000)).tool is None


async def test_a_terminal_that_cannot_be_written_to_is_no_route(desk: Desk):
    def closed(sequence: str) -> None:
        raise AssertionError("Driver must be in application mode")

    route = await copy(TEXT, write_osc52=closed, environ={"PATH": str(desk.path)}, platform="linux")
    assert route == Route()
    assert route.is_nowhere


async def test_an_empty_text_leaves_the_clipboard_alone(desk: Desk):
    desk.tool("xclip", 'touch "$DESK/ran"')
    assert await desk.copy("") == Route()
    assert desk.written == []
    assert not (desk.path / "ran").exists()


async def test_a_lone_surrogate_does_not_raise(desk: Desk):
    desk.tool("xclip", 'cat > "$DESK/text"')
    assert await desk.copy("a\ud800b") == Route("xclip", sent_to_terminal=True)
    assert desk.read("text") == "a?b"


async def test_windows_gets_its_own_encoding(desk: Desk):
    desk.environ["WSL_DISTRO_NAME"] = "Debian"
    desk.tool("clip.exe", 'cat > "$DESK/text"')
    assert (await desk.copy()).tool == "clip.exe"
    assert (desk.path / "text").read_bytes().decode("utf-16-le") == TEXT


async def test_a_mac_gets_an_encoding_named(desk: Desk):
    desk.tool("pbcopy", 'cat > "$DESK/text"; echo "$LC_CTYPE" > "$DESK/encoding"')
    assert (await desk.copy(platform="darwin")).tool == "pbcopy"
    assert desk.read("encoding") == "UTF-8\n"


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
    assert asyncio.run(copy(TEXT, write_osc52=print)) == Route()


@pytest.mark.parametrize(
    ("environ", "platform", "names"),
    [
        ({}, "linux", []),
        ({"DISPLAY": ":0"}, "linux", ["xclip", "xsel"]),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "linux", ["wl-copy", "xclip", "xsel"]),
        ({"WSL_DISTRO_NAME": "Debian", "WAYLAND_DISPLAY": "w"}, "linux", ["wl-copy", "clip.exe"]),
        ({}, "darwin", ["pbcopy"]),
        ({}, "win32", ["clip"]),
        ({"SSH_TTY": "/dev/pts/1", "DISPLAY": "localhost:10.0"}, "linux", []),
        ({"SSH_CONNECTION": "1.2.3.4"}, "darwin", []),
    ],
)
def test_tools_are_chosen_by_the_display(environ: dict[str, str], platform: str, names: list[str]):
    assert [tool.name for tool in tools(environ, platform)] == names


def test_a_plain_terminal_gets_the_plain_sequence():
    assert osc52(TEXT, {"TERM": "xterm-256color"}) == PLAIN


def test_tmux_gets_the_plain_sequence_and_one_to_pass_through():
    sequence = osc52(TEXT, {"TERM": "tmux-256color", "TMUX": "/tmp/tmux"})
    assert sequence == f"{PLAIN}\x1bPtmux;\x1b\x1b]52;c;{PAYLOAD}\x07\x1b\\"


@pytest.mark.parametrize("length", [1, 100, 180, 5000])
def test_screen_gets_pieces_that_it_keeps_whole(length: int):
    text = "x" * length
    sequence = osc52(text, {"TERM": "screen", "STY": "1.pts"})
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", sequence)
    assert "".join(f"\x1bP{piece}\x1b\\" for piece in pieces) == sequence
    assert max(map(len, pieces)) < 256
    assert "".join(pieces) == osc52(text, {"TERM": "xterm"})


def test_a_screen_behind_ssh_is_told_by_its_name():
    sequence = osc52(TEXT, {"TERM": "screen-256color", "SSH_TTY": "/dev/pts/1"})
    assert sequence.startswith(PLAIN)
    assert f"\x1bP\x1b]52;c;{PAYLOAD}\x07\x1b\\" in sequence


@pytest.mark.parametrize("term", ["linux", "dumb"])
def test_a_terminal_that_would_print_the_sequence_gets_none(term: str):
    assert osc52(TEXT, {"TERM": term}) == ""
