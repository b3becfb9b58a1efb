"""The clipboard is filled by every way that can work, and the result tells which did."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from elumenta_tui.terminal.clipboard import TERMINAL_LIMIT, Route, copy, osc52, tools
from elumenta_tui.tui.notices import copied_words
from tests.pseudo_terminal import PROGRAM
from tests.thorough import thorough

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


TMUX = 'echo "$@" >> "$DESK/arguments"; cat > "$DESK/buffer"'


async def test_in_tmux_its_buffer_takes_the_text_and_it_tells_the_terminal_itself(desk: Desk):
    desk.environ |= {"TMUX": "/tmp/tmux", "PATH": f"{desk.path}:/usr/bin:/bin"}
    del desk.environ["DISPLAY"]
    desk.tool("tmux", TMUX)
    assert await desk.copy() == Route(None, sent_to_terminal=True, in_tmux=True)
    assert desk.read("buffer") == TEXT
    assert desk.read("arguments") == "load-buffer -w -\n"
    # Another sequence would make another buffer of the same text.
    assert desk.written == []


async def test_a_tmux_too_old_for_that_leaves_the_terminal_to_us(desk: Desk):
    desk.environ |= {"TMUX": "/tmp/tmux"}
    del desk.environ["DISPLAY"]
    desk.tool("tmux", f'[ "$2" = -w ] && exit 1; {TMUX}')
    assert await desk.copy() == Route(None, sent_to_terminal=True, in_tmux=True)
    assert desk.read("arguments") == "load-buffer -\n"
    assert len(desk.written) == 1


async def test_a_tmux_that_does_not_answer_is_not_named(desk: Desk):
    desk.environ |= {"TMUX": "/tmp/tmux"}
    del desk.environ["DISPLAY"]
    desk.tool("tmux", "exit 1")
    assert await desk.copy() == Route(None, sent_to_terminal=True, in_tmux=False)


async def test_in_tmux_the_systems_clipboard_is_filled_too_and_behind_ssh_the_buffer_alone(desk: Desk):
    desk.environ |= {"TMUX": "/tmp/tmux"}
    desk.tool("tmux", TMUX)
    desk.tool("xclip", 'cat > "$DESK/text"')
    assert await desk.copy() == Route("xclip", sent_to_terminal=True, in_tmux=True)
    assert desk.read("text") == desk.read("buffer") == TEXT
    desk.environ["SSH_TTY"] = "/dev/pts/1"
    assert await desk.copy() == Route(None, sent_to_terminal=True, in_tmux=True)


async def test_what_is_too_long_for_terminals_stays_in_tmux_where_a_tool_has_taken_it(desk: Desk):
    desk.environ |= {"TMUX": "/tmp/tmux"}
    desk.tool("tmux", TMUX)
    desk.tool("xclip", "cat > /dev/null")
    route = await desk.copy("x" * (TERMINAL_LIMIT + 1))
    assert route == Route("xclip", sent_to_terminal=False, too_long_for_terminal=True, in_tmux=True)
    assert desk.read("arguments") == "load-buffer -\n"


async def test_outside_of_tmux_it_is_not_asked(desk: Desk):
    desk.tool("tmux", TMUX)
    assert not (await desk.copy()).in_tmux
    assert not (desk.path / "buffer").exists()


@pytest.mark.parametrize(
    ("route", "text", "said"),
    [
        (Route("xclip", True), "a", "Copied 1 character with xclip."),
        (Route("xclip", True, in_tmux=True), "a\nb", "Copied 2 lines with xclip, and to tmux's buffer."),
        (
            Route(None, True, in_tmux=True),
            "a\nb\n",
            "Copied 2 lines to tmux's buffer, and through the terminal, which does not confirm it.",
        ),
        (
            Route(None, True, True, True),
            "a\nb",
            "Copied 2 lines to tmux's buffer; too much for the clipboard of many terminals",
        ),
        (Route(None, True, True), "abc", "Copied 3 characters: more than many terminals take"),
        (Route(None, True), "abc", "Copied 3 characters through the terminal, which does not confirm it."),
        (Route(), "abc", "Nothing could be copied"),
    ],
)
def test_the_sentence_says_what_was_reached(route: Route, text: str, said: str):
    assert copied_words(route, text).startswith(said)


@thorough
@pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux to paste from")
def test_a_real_tmux_with_its_defaults_has_the_answer_in_its_buffer(tmp_path: Path):
    server = ["tmux", "-f", "/dev/null", "-S", str(tmp_path / "tmux")]
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY")
    }
    environ |= {"ELUMENTA_HOME": str(tmp_path), "LANG": "C.UTF-8", "TERM": "xterm-256color"}

    def tmux(*arguments: str) -> str:
        done = subprocess.run(
            [*server, *arguments], env=environ, capture_output=True, text=True, timeout=10, check=False
        )
        return done.stdout

    def wait_for(text: str) -> None:
        until = time.monotonic() + 30
        while text not in " ".join(tmux("capture-pane", "-p").split()):
            assert time.monotonic() < until, tmux("capture-pane", "-p")
            time.sleep(0.05)

    tmux("new-session", "-d", "-x", "100", "-y", "30", PROGRAM, "--demo")
    try:
        assert tmux("show-options", "-sv", "set-clipboard").strip() != "on"
        wait_for("this hour")
        tmux("send-keys", "-l", "1+1")
        tmux("send-keys", "Enter")
        wait_for("✓ GPT-5")
        tmux("send-keys", "C-y")
        wait_for("to tmux's buffer")
        assert "2" in tmux("show-buffer")
        assert len(tmux("list-buffers").splitlines()) == 1
    finally:
        tmux("kill-server")


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
