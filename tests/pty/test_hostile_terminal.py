"""Every byte that reaches a real terminal: nothing that strangers write may be among the sequences of the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile import ALL, MARKUP, WORST, in_markdown
from tests.pseudo_terminal import PREPARED, PROGRAM, Terminal
from tests.scan import foreign
from tests.service import (
    Step,
    ThreadedService,
    as_json,
    delta,
    each_byte,
    ended,
    json_response,
    response,
    service_thread,
    sse,
    started,
)
from tests.thorough import thorough

UNSANITIZED = [sys.executable, "-m", "tests.unsanitized"]


def ask(
    terminal: Terminal, service: ThreadedService, turn: int, *script: Step | list[Step] | list[bytes]
) -> None:
    """Have a prompt answered, and the whole answer painted."""
    service.queue(*script)
    terminal.type(f"turn {turn}\r")
    terminal.wait_for(f"THE END {turn}", timeout=30)


SCREENS = {
    "f1": "Esc closes",
    "f3": "search…",
    "ctrl+p": "search…",
    "ctrl+s": "search…",
    "ctrl+r": "search…",
}
"""The keys of what shows names and titles, and what is on it."""


def look_around(terminal: Terminal) -> None:
    """Open all there is, and go through the transcript."""
    for key, seen in SCREENS.items():
        terminal.press(key)
        terminal.wait_for(seen)
        terminal.press("escape")
        terminal.wait_gone(seen)
    terminal.press("ctrl+home")
    for _ in range(30):
        terminal.press("pagedown")
    terminal.press("ctrl+end")
    terminal.wait_for("Enter · ")


def pieces(text: str) -> list[str]:
    """The text cut at every character, and every character beyond the first plane in its two halves."""
    units = text.encode("utf-16-le", "surrogatepass")
    return [units[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(units), 2)]


WAYS: list[list[Step] | list[bytes]] = [
    [sse(delta(in_markdown(ALL)), done=False)],
    [sse(*map(delta, pieces(ALL)), done=False)],
    each_byte(sse(delta(ALL), done=False)),
]
"""The worst there is in every element of Markdown; cut at every character; cut at every byte."""


def test_nothing_of_a_hostile_answer_steers_the_terminal_wherever_it_is_cut() -> None:
    with service_thread() as service, Terminal([PREPARED], env=service.environ(), size=(100, 40)) as terminal:
        terminal.wait_for("300 tokens")
        for turn, script in enumerate(WAYS, 1):
            begin = sse(started(ALL, ALL), done=False)
            ask(terminal, service, turn, begin, script, sse(delta(f"\n\nTHE END {turn}"), ended()))
        look_around(terminal)
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert foreign(terminal.raw) == []
        assert terminal.raw.count(b"RVZJTA==") > len(WAYS)


def test_nothing_of_names_errors_and_titles_steers_the_terminal(tmp_path: Path) -> None:
    fields = dict.fromkeys(("name", "provider", "category", "min_plan", "description_en"), ALL)
    models = [
        {"slug": ALL, "token_cost": 1},
        {"slug": "gpt-5", **fields, "category": "text"},
        {"slug": "x", **fields},
    ]
    failures: list[list[Step]] = [
        json_response(400, {"error": "bad_request", "message": ALL}),
        json_response(422, {"error": {"message": ALL, "code": ALL}}),
        json_response(500, {"error": ALL, "message": WORST["clipboard"] + ALL}),
        response(
            502, f"<html>{WORST['screen']}{WORST['bidi']}</html>".encode(), {"Content-Type": "text/html"}
        ),
        response(418, as_json(ALL).encode(), {"Content-Type": "text/plain"}),
        response(307, b"", {"Location": f"https://evil.example/{WORST['bidi']}\x9b31m"}),
        [sse(started(), {"type": "error", "message": ALL})],
        [sse("{" + ALL.replace("\n", " ").encode("utf-8", "replace").decode(), {"type": ALL}, done=True)],
    ]
    with service_thread() as service:
        service.route("/api/v2/models", json_response(200, models))
        service.route("/api/v2/balance", json_response(200, {"token_balance": 300, "plan": ALL}))
        with Terminal([PREPARED], env=service.environ(), home=tmp_path) as terminal:
            terminal.wait_for("300 tokens")
            terminal.wait_for("a[/b]")
            for number, failure in enumerate(failures, 1):
                service.queue(failure)
                terminal.press("ctrl+e", "ctrl+u")
                terminal.type(f"turn {number}")
                terminal.wait_for(f"turn {number}")
                terminal.press("enter")
                service.wait_posted(number)
                terminal.wait_for("Enter · ", timeout=20)
            terminal.press("ctrl+c")
            # What is pasted becomes the title of the conversation, and the text of the list's rows.
            terminal.press("ctrl+n")
            terminal.paste(ALL.encode("utf-8", "replace").decode())
            terminal.wait_for("eight links")
            service.queue(sse(started(), delta("THE END"), ended()))
            terminal.press("enter")
            terminal.wait_for("THE END")
            look_around(terminal)
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
            assert foreign(terminal.raw) == []
        with Terminal([PREPARED, "--continue"], env=service.environ(), home=tmp_path) as terminal:
            terminal.wait_for("THE END")
            terminal.press("ctrl+q")
            terminal.wait_exit()
            assert foreign(terminal.raw) == []


@thorough
def test_with_the_gate_open_the_scan_is_red() -> None:
    """What the other tests look for is there to be found, in answers, names and errors."""
    with service_thread() as service, Terminal(UNSANITIZED, env=service.environ()) as terminal:
        named = [{"slug": "gpt-5", "name": f"Evil {WORST['clipboard']}", "token_cost": 1}]
        service.route("/api/v2/models", json_response(200, named))
        terminal.wait_for("Evil")
        found = foreign(terminal.raw)
        assert found
        for turn, name in enumerate(("bidi", "unseen", "c1", "titles", "queries", "screen", "controls"), 1):
            # What stands in the same place already is not written again: each has an end of its own.
            service.queue(sse(started(), delta(f"{WORST[name]}\n\n{turn} {name}"), ended()))
            terminal.type("go\r")
            terminal.wait_for(f"{turn} {name}".encode())
            more = foreign(terminal.raw)
            assert len(more) > len(found), name
            found = more
        service.queue(json_response(400, {"error": "bad_request", "message": "an error\u202e"}))
        terminal.type("go\r")
        terminal.wait_for(lambda _: any("an error" in each for each in foreign(terminal.raw)))


@thorough
def test_a_copy_is_the_programs_own_word_only_when_the_user_copies() -> None:
    with service_thread() as service, Terminal([PREPARED], env=service.environ()) as terminal:
        terminal.wait_for("300 tokens")
        ask(terminal, service, 1, sse(started(), delta(f"{WORST['clipboard']} THE END 1"), ended()))
        terminal.press("ctrl+y")
        terminal.wait_for("Copied")
        terminal.press("ctrl+q")
        terminal.wait_exit()
        assert foreign(terminal.raw, copies=1) == []
        assert len(foreign(terminal.raw)) == 1


@thorough
@pytest.mark.parametrize(
    "arguments",
    [
        [MARKUP],
        [f"--{WORST['clipboard']}"],
        ["--config", f"/nowhere/{WORST['screen']}{WORST['bidi']}"],
        ["--model", WORST["titles"]],
        ["--base-url", WORST["c1"]],
        ["export", f"--{WORST['queries']}"],
        ["export", "--out", f"/nowhere/{WORST['titles']}"],
    ],
)
def test_nothing_that_the_command_line_is_given_steers_the_terminal(
    arguments: list[str], tmp_path: Path
) -> None:
    finished = subprocess.run(
        [PROGRAM, *(argument.replace("\0", "") for argument in arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        check=False,
    )
    said = (finished.stdout + finished.stderr).decode()
    assert said
    assert finished.returncode != 0
    assert not set(said) & set(map(chr, [*range(9), *range(11, 32), *range(127, 160), 0x202E, 0x2066]))


STYLE = b"\x1b[1;38;2;1;2;3;48;2;4;5;6m"


@pytest.mark.parametrize(
    "output",
    [
        b"",
        STYLE + b"text\x1b[0m",
        b"\x1b[?2026h\x1b[3;7H" + STYLE + "всё ❤\ufe0f 👩\u200d👧".encode() + b"\x1b[0m\r\n\x1b[?2026l",
        STYLE + b"cut off",
        STYLE + b"text\x1b[",
    ],
)
def test_the_scan_finds_nothing_in_what_is_ours(output: bytes) -> None:
    assert foreign(output) == []


@pytest.mark.parametrize(
    "smuggled",
    [
        *[
            text.encode("utf-8", "replace")
            for name, text in WORST.items()
            if name in ("clipboard", "queries", "bidi", "unseen")
        ],
        b"\x1b[31m",
        b"\x1b[3;7H",
        b"\x1b[0m\x1b[3;7Hmore",
        b"\x1b[?1049l",
        b"\x1b]0;x\x07",
        b"\x07",
        b"\r\n",
        b"\xc2\x9b31m",
        b"\x9b31m",
        "\u202e".encode(),
        b"\x1b[0m\x1b]52;c;QQ==\x07" + STYLE,
    ],
)
def test_the_scan_finds_what_is_smuggled_into_a_text(smuggled: bytes) -> None:
    assert foreign(b"\x1b[1;1H" + STYLE + b"before" + smuggled + b"after\x1b[0m" + b"\x1b[2;1H" * 20)
