"""The program wears light or dark as the terminal has it, asks only who can answer, and lets no answer show or type anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from elumenta_tui.config.paths import shipped_themes
from elumenta_tui.tui.themes import load
from tests.pseudo_terminal import PREPARED, Terminal
from tests.thorough import thorough

QUERY = b"\x1b]11;?\x1b\\"
LIGHT, DARK = b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\", b"\x1b]11;rgb:1e/1e/2e\a"
BLUR, FOCUS = b"\x1b[O", b"\x1b[I"


def background(name: str) -> bytes:
    """What selects the background of a theme."""
    value = load(shipped_themes() / f"{name}.toml").background
    assert value is not None
    red, green, blue = bytes.fromhex(value.removeprefix("#"))
    return f"48;2;{red};{green};{blue}m".encode()


DAY, NIGHT, CONTRAST = (background(f"elumenta-{name}") for name in ("day", "night", "contrast"))


def terminal(home: Path, config: str = "", env: Mapping[str, str] | None = None, *options: str) -> Terminal:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text(config)
    environ = {"ELUMENTA_HOME": str(home), "TMUX": "", **(env or {})}
    return Terminal([PREPARED, "--demo", *options], env=environ)


def leave(screen: Terminal) -> None:
    screen.press("ctrl+q")
    assert screen.wait_exit() == 0


def wears(screen: Terminal, theme: bytes, since: int) -> None:
    screen.wait_for(lambda text: theme in screen.raw[since:])


@thorough
def test_the_theme_is_that_of_the_terminal_now_on_focus_and_at_the_next_start(tmp_path: Path) -> None:
    with terminal(tmp_path) as screen:
        screen.wait_for(QUERY)
        screen.wait_for("283 tokens")
        assert NIGHT in screen.raw
        since = len(screen.raw)
        screen.send(LIGHT)
        wears(screen, DAY, since)
        screen.type("still here")
        screen.wait_for("still here")
        assert "rgb" not in screen.text
        # Each time the terminal gets the focus, it is asked again.
        asked, since = screen.raw.count(QUERY), len(screen.raw)
        screen.send(BLUR + FOCUS)
        screen.wait_for(lambda text: screen.raw.count(QUERY) == asked + 1)
        screen.send(DARK)
        wears(screen, NIGHT, since)
        # Some terminals say it unasked.
        since = len(screen.raw)
        screen.send(b"\x1b[?997;2n")
        wears(screen, DAY, since)
        screen.press("ctrl+u")
        leave(screen)
        assert screen.raw.rindex(b"\x1b[?2031l") > screen.raw.rindex(b"\x1b[?2031h")
    with terminal(tmp_path) as screen:
        screen.wait_for("283 tokens")
        assert DAY in screen.raw
        assert NIGHT not in screen.raw
        leave(screen)


@thorough
def test_nonsense_changes_and_types_nothing(tmp_path: Path) -> None:
    with terminal(tmp_path) as screen:
        screen.wait_for("283 tokens")
        before = screen.text
        screen.send(b"\x1b]11;rgb:zz/zz/zz\x1b\\\x1b]11;" + b"f" * 3000 + b"\a\x1b[?997;7n\x1b]11;?\a")
        screen.type("x")
        screen.wait_for("x")
        screen.press("backspace")
        screen.wait_for(lambda text: text == before)
        assert DAY not in screen.raw
        leave(screen)


@thorough
@pytest.mark.parametrize(
    ("config", "env"),
    [
        ('theme = "elumenta-contrast"', {}),
        ("", {"TERM": "linux"}),
        ("", {"TERM": "vt220"}),
        ("", {"TERM": "eterm-color"}),
        ("", {"TERM": "unheard-of"}),
        ("", {"NO_COLOR": "1"}),
    ],
)
def test_no_question_where_a_theme_was_named_or_where_it_could_be_printed(
    tmp_path: Path, config: str, env: Mapping[str, str]
) -> None:
    with terminal(tmp_path, config, env) as screen:
        screen.wait_for("283 tokens")
        screen.send(BLUR + FOCUS)
        screen.type("seen")
        screen.wait_for("seen")
        screen.press("ctrl+u")
        leave(screen)
        assert b"\x1b]11" not in screen.raw
        assert b"2031" not in screen.raw


@thorough
def test_a_theme_that_was_named_is_never_changed_by_the_terminal(tmp_path: Path) -> None:
    with terminal(tmp_path, 'theme = "elumenta-contrast"') as screen:
        screen.wait_for("283 tokens")
        screen.send(LIGHT + b"\x1b[?997;2n")
        screen.type("seen")
        screen.wait_for("seen")
        screen.press("ctrl+u")
        leave(screen)
        assert CONTRAST in screen.raw
        assert DAY not in screen.raw


@thorough
def test_tmux_is_asked_itself(tmp_path: Path) -> None:
    with terminal(tmp_path, "", {"TMUX": "/tmp/none,1,0", "TERM": "screen-256color"}) as screen:
        screen.wait_for("283 tokens")
        assert QUERY in screen.raw
        assert b"\x1bPtmux;" not in screen.raw
        since = len(screen.raw)
        screen.send(LIGHT)
        wears(screen, DAY, since)
        leave(screen)


@thorough
def test_the_two_themes_can_be_named_and_an_unknown_one_is_said(tmp_path: Path) -> None:
    with terminal(tmp_path, 'dark_theme = "elumenta-contrast"\nlight_theme = "nowhere"') as screen:
        screen.wait_for("There is no theme nowhere")
        assert CONTRAST in screen.raw
        since = len(screen.raw)
        screen.send(LIGHT)
        wears(screen, DAY, since)
        leave(screen)


def test_an_answer_that_comes_after_the_end_is_not_typed_into_the_shell(tmp_path: Path) -> None:
    with terminal(tmp_path) as screen:
        screen.wait_for("283 tokens")
        screen.send(LIGHT)
        screen.wait_for(lambda text: DAY in screen.raw)
        screen.send(BLUR + FOCUS)
        asked = screen.raw.count(QUERY)
        screen.press("ctrl+q")
        # The terminal has its own screen back, and only now answers.
        screen.wait_for(b"\x1b[?1049l")
        assert screen.raw.count(QUERY) == asked + 1
        screen.send(LIGHT)
        assert screen.wait_exit() == 0
        assert b"rgb:" not in screen.raw
