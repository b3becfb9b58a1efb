"""The prompt in the user's editor: a private file, the terminal lent, nothing lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from elumenta_tui.i18n import spoken
from elumenta_tui.process.editor import NoEditor, editor_command
from elumenta_tui.session.backend import demo_account
from tests.chatting import chat_app, chatting
from tests.pseudo_terminal import PREPARED, Terminal
from tests.service import KEY, Pause, delta, ended, service_thread, sse, started
from tests.thorough import thorough


def script(path: Path, name: str, text: str) -> str:
    program = path / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return str(program)


# ------------------------------------------------------------------------------------------------------ which editor


def test_visual_comes_before_editor_and_its_arguments_are_kept(tmp_path: Path) -> None:
    one, two = script(tmp_path, "one", ""), script(tmp_path, "two", "")
    assert editor_command({"VISUAL": f"{one} -w 'a b'", "EDITOR": two}) == [one, "-w", "a b"]
    assert editor_command({"EDITOR": "two", "PATH": str(tmp_path)}) == [two]


def test_without_either_the_usual_ones_are_looked_for(tmp_path: Path) -> None:
    vi = script(tmp_path, "vi", "")
    assert editor_command({"PATH": str(tmp_path)}) == [vi]


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"EDITOR": "nonesuch -x"}, "The editor nonesuch cannot be run."),
        ({"EDITOR": "'open"}, "The editor 'open cannot be run."),
        ({}, "No editor found:"),
    ],
)
def test_an_editor_that_is_not_there_is_a_sentence(environ: dict[str, str], said: str) -> None:
    with pytest.raises(NoEditor) as raised:
        editor_command({**environ, "PATH": "/nowhere"})
    assert spoken(raised.value.phrase).startswith(said)


@thorough
async def test_without_a_terminal_to_lend_the_text_stays(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.type("a draft")
        await chat.pilot.press("f8")
        await chat.sees("An editor cannot be opened from this terminal.")
        assert chat.app.prompt.text == "a draft"


# ------------------------------------------------------------------------------------------------------ on a terminal


@thorough
def test_the_draft_goes_to_the_editor_in_private_and_comes_back_while_the_answer_goes_on(
    tmp_path: Path,
) -> None:
    seen = tmp_path / "seen"
    editor = script(
        tmp_path,
        "editor",
        f'ls -ld "$1" "$(dirname "$1")" > {seen}; cat "$1" >> {seen}; echo >> {seen}; echo "$1" >> {seen}; env >> {seen}\n'
        'echo EDITING; read line; printf "%s\\nsecond \\033[31m%s\\n" "$(cat "$1")" "$line" > "$1"',
    )
    with service_thread() as service:
        environ = {**service.environ(), "ELUMENTA_API_KEY": KEY, "VISUAL": editor}
        with Terminal([PREPARED], env=environ) as terminal:
            terminal.wait_for("300 tokens")
            pause = Pause()
            service.queue(
                sse(started(), delta("The answer"), done=False), pause, sse(delta(" is whole."), ended())
            )
            terminal.type("question\r")
            terminal.wait_for("The answer")
            terminal.type("my draft")
            terminal.wait_for("my draft")
            terminal.press("f8")
            terminal.wait_for("EDITING")
            service.release(pause)
            terminal.type("line\r")
            terminal.wait_for("second")
            terminal.wait_for("The answer is whole.")
            terminal.wait_for("my draft")
            assert "EDITING" not in terminal.text
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
    text = seen.read_text()
    assert "-rw-------" in text
    assert "drwx------" in text
    assert "my draft\n" in text
    assert KEY not in text
    assert not Path(
        next(line for line in text.splitlines() if line.endswith("/prompt.md") and line[0] == "/")
    ).exists()
    assert b"\x1b[31mline" not in terminal.raw


@thorough
def test_an_editor_that_fails_or_is_interrupted_leaves_the_draft_as_it_was(tmp_path: Path) -> None:
    editor = script(
        tmp_path,
        "editor",
        f'echo EDITING >> {tmp_path}/n; cat {tmp_path}/n; read line; echo other > "$1"; exit 3',
    )
    with Terminal([PREPARED, "--demo"], env={"EDITOR": editor, "VISUAL": ""}) as terminal:
        terminal.wait_for("283 tokens")
        terminal.type("my draft")
        terminal.press("f8")
        terminal.wait_for("EDITING")
        terminal.type("\r")
        terminal.wait_for("The editor ended with code 3")
        terminal.wait_for("my draft")
        terminal.press("f8")
        terminal.wait_for(lambda text: text.count("EDITING") == 3)
        # Ctrl+C is the editor's while it has the terminal.
        terminal.wait_for_foreground()
        terminal.type("\x03")
        terminal.wait_for("The editor ended with code 130")
        terminal.wait_for("my draft")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


@thorough
def test_an_editor_that_stops_itself_goes_on_where_no_shell_could_bring_us_back(tmp_path: Path) -> None:
    editor = script(tmp_path, "editor", 'kill -TSTP $$; echo EDITED > "$1"')
    with Terminal([PREPARED, "--demo"], env={"VISUAL": editor}) as terminal:
        terminal.wait_for("283 tokens")
        terminal.press("f8")
        terminal.wait_for("│ EDITED")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


@thorough
def test_what_does_not_fit_into_the_prompt_is_kept_in_its_file(tmp_path: Path) -> None:
    make = f'{sys.executable} -c \'import sys; open(sys.argv[1], "w").write("x" * 200_000)\''
    editor = script(tmp_path, "editor", f'{make} "$1"')
    with Terminal([PREPARED, "--demo"], env={"VISUAL": editor, "TMPDIR": str(tmp_path)}) as terminal:
        terminal.wait_for("283 tokens")
        terminal.type("my draft")
        terminal.press("f8")
        terminal.wait_for("What you saved does not fit")
        assert "my draft" in terminal.text
        terminal.press("ctrl+q")
        terminal.wait_exit()
    (kept,) = tmp_path.glob("elumenta-tui-*/prompt.md")
    assert kept.stat().st_size == 200_000
    assert os.stat(kept).st_mode & 0o077 == 0
