"""The terminal for tests keeps its own promises."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.pseudo_terminal import Terminal, key_bytes, kitty
from tests.thorough import thorough

# Shows each key as bytes, and the size when told that it changed.
_ECHO = r"""
import os, signal, sys, tty
def show(*_):
    size = os.get_terminal_size()
    os.write(1, f"[{size.columns}x{size.lines}]\r\n".encode())
tty.setraw(0)
signal.signal(signal.SIGWINCH, show)
show()
while (data := os.read(0, 1024)) != b"q":
    os.write(1, repr(data).encode() + b"\r\n")
"""


def python(program: str, **options: object) -> Terminal:
    return Terminal([sys.executable, "-c", program], **options)  # type: ignore[arg-type]


@thorough
def test_what_is_pressed_pasted_and_typed_arrives_and_the_answer_is_on_the_screen():
    with python(_ECHO) as terminal:
        terminal.wait_for("[120x40]")
        terminal.press("ctrl+l", "f3", "shift+up")
        terminal.wait_for(r"b'\x0c\x1bOR\x1b[1;2A'")
        terminal.paste("два\nряда")
        terminal.wait_for(lambda text: r"\x1b[200~" in text and r"\x1b[201~" in text)
        terminal.type("q")
        assert terminal.wait_exit() == 0
        assert b"[120x40]" in terminal.raw


@thorough
def test_a_resize_reaches_the_program():
    with python(_ECHO, size=(80, 24)) as terminal:
        terminal.wait_for("[80x24]")
        terminal.resize(50, 10)
        terminal.wait_for("[50x10]")
        assert len(terminal.screen()) == 10


@thorough
def test_a_signal_shows_in_the_exit_code():
    with python(_ECHO) as terminal:
        terminal.wait_for("[")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == -signal.SIGTERM


@thorough
def test_closing_the_window_hangs_up():
    with python(_ECHO) as terminal:
        terminal.wait_for("[")
        terminal.hang_up()
        # Or of the terminal that it can't write to any more, if it learns of that first.
        assert terminal.wait_exit() in (-signal.SIGHUP, 120)


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ELUMENTA_API_KEY", "secret")
    monkeypatch.setenv("NO_COLOR", "1")
    with python("import os; print(sorted(os.environ))", env={"MINE": "1"}) as terminal:
        terminal.wait_exit()
        assert "'MINE'" in terminal.text
        assert "ELUMENTA" not in terminal.text
        assert "NO_COLOR" not in terminal.text


def test_sequences_that_pyte_cannot_read_leave_no_trace():
    noise = r"\x1b[>25u\x1b[<u\x1b[>4;2m\x1b[=1u\x1bP+q544e\x1b\\\x1b_Gi=1\x1b\\\x1b[2 q\x1b]52;c;QQ==\x07"
    program = f"import os\nfor byte in b'a{noise}b': os.write(1, bytes([byte]))"
    with python(program) as terminal:
        terminal.wait_exit()
        assert terminal.text.strip() == "ab"


def test_the_main_screen_comes_back_after_the_alternate_one():
    program = (
        r"print('before\x1b[?1049h', end='', flush=True); print('inside'); input(); print('\x1b[?1049l')"
    )
    with python(program) as terminal:
        terminal.wait_for("inside")
        assert "before" not in terminal.text
        terminal.press("enter")
        terminal.wait_for("before")
        terminal.wait_exit()
        assert "inside" not in terminal.text


def test_a_mode_is_answered_as_a_modern_terminal_answers():
    program = r"""
import os, tty
tty.setraw(0)
os.write(1, b"\x1b[?2026$p")
os.write(1, repr(os.read(0, 99)).encode())
"""
    with python(program) as terminal:
        terminal.wait_for(r"b'\x1b[?2026;2$y'")


@thorough
def test_a_failed_wait_shows_the_screen():
    with python("print('all that there is'); input()") as terminal:
        terminal.wait_for("all")
        with pytest.raises(AssertionError, match=r"'more' did not come in 0.05 s(.|\n)*│all that there is"):
            terminal.wait_for("more", timeout=0.05)
        with pytest.raises(AssertionError, match="did not go"):
            terminal.wait_gone("all", timeout=0.05)
        with pytest.raises(AssertionError, match="did not end"):
            terminal.wait_exit(timeout=0.05)


def test_a_wait_ends_with_the_program():
    with (
        python("print('bye'); raise SystemExit(3)") as terminal,
        pytest.raises(AssertionError, match="before the program ended"),
    ):
        terminal.wait_for("more", timeout=60)


def test_nothing_is_left_running():
    with python("input()") as terminal:
        pass
    assert terminal.process.returncode == -signal.SIGKILL
    assert not terminal.home.exists()


@thorough
def test_a_given_home_is_kept(tmp_path: Path):
    with python("from pathlib import Path; Path.home().joinpath('note').touch()", home=tmp_path) as terminal:
        terminal.wait_exit()
    assert (tmp_path / "note").exists()


@pytest.mark.parametrize("key", ["ctrl+enter", "ctrl+,", "hyper+a", "f99", "ctrl+я"])
def test_a_key_that_a_terminal_has_no_bytes_for_is_refused(key: str):
    with pytest.raises(ValueError, match="key"):
        key_bytes(key)


@pytest.mark.parametrize(
    ("key", "russian", "latin"),
    [
        ("ctrl+l", "\x1b[1076;5u", "\x1b[108;5u"),
        ("ctrl+shift+p", "\x1b[1079;6u", "\x1b[112;6u"),
        ("y", "\x1b[1085;;1085u", "\x1b[121;;121u"),
        ("G", "\x1b[1087;2;1055u", "\x1b[103;2;71u"),
        ("question_mark", "\x1b[46;2;44u", "\x1b[47;2;63u"),
        ("alt+left_square_bracket", "\x1b[1093;3u", "\x1b[91;3u"),
        ("enter", None, None),
        ("shift+f3", None, None),
        ("alt+up", None, None),
    ],
)
def test_a_key_is_told_by_its_place_in_both_layouts(key: str, russian: str | None, latin: str | None):
    assert kitty(key) == russian
    assert kitty(key, "latin") == latin
