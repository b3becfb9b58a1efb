"""The chat line by line at a terminal, as who hears it gets it: every byte, typed and answered."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pseudo_terminal import PREPARED, Terminal
from tests.service import (
    Close,
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
from tests.thorough import thorough

RUSSIAN = {"LANG": "ru_RU.UTF-8"}


@pytest.fixture
def service() -> Iterator[ThreadedService]:
    with service_thread() as running:
        yield running


@contextmanager
def plain(
    service: ThreadedService | None,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    home: Path | None = None,
) -> Iterator[Terminal]:
    """The program at a terminal without a cursor; on the demo account if there is no service."""
    of_service = service.environ() if service is not None else {}
    account = () if service is not None else ("--demo",)
    with Terminal(
        [PREPARED, *account, *arguments],
        env={"TERM": "dumb", **of_service, **(env or {})},
        home=home,
        size=(1000, 60),
    ) as terminal:
        yield terminal


def said(terminal: Terminal) -> list[str]:
    """Every line that the terminal was sent."""
    return terminal.raw.decode().replace("\r\n", "\n").split("\n")


def answer_that_costs(text: str, left: int) -> bytes:
    return sse(started("gpt-5"), delta(text), ended(2, left))


def test_five_turns_are_read_out_line_by_line(service: ThreadedService) -> None:
    for text, left in (
        ("A monad is a value in a context. You chain them.", 298),
        ("```python\nx = 1\n```", 296),
    ):
        service.queue(answer_that_costs(text, left))
    pause = Pause()
    service.queue(sse(started("gpt-5"), delta("It begins. And then"), done=False), pause)
    service.queue(answer_that_costs("All of it.", 292))
    service.queue(sse(started("gpt-5"), delta("Half. The rest"), done=False), Close())
    service.service.balance = 300
    with plain(service) as terminal:
        terminal.wait_for("300 left >")
        terminal.type("What is a monad?\n")
        terminal.wait_for("298 left >")
        terminal.type("Show me \\\n")
        terminal.wait_for("more >")
        terminal.type("some code\n")
        terminal.wait_for("296 left >")
        service.service.balance = 294
        terminal.type("Tell me a story\n")
        terminal.wait_for("GPT-5: It begins.")
        terminal.press("ctrl+c")
        terminal.wait_for("294 left >")
        terminal.type("/retry\n")
        terminal.wait_for("292 left >")
        service.service.balance = 290
        terminal.type("Another one\n")
        terminal.wait_for("290 left >")
        terminal.press("ctrl+d")
        assert terminal.wait_exit() == 0
        assert b"\x1b" not in terminal.raw
        lines = said(terminal)
    assert lines == [
        "Note: The chat goes line by line. /help lists the commands; a backslash at the end of a line goes on in the next one. Ctrl+C stops an answer, Ctrl+D quits.",
        "GPT-5, 2 tokens, 300 left > What is a monad?",
        "Note: GPT-5 is asked, 2 tokens.",
        "GPT-5: A monad is a value in a context. You chain them.",
        "Note: answer complete, 11 words, 2 tokens, 298 left.",
        "GPT-5, 2 tokens, 298 left > Show me \\",
        "more > some code",
        "Note: GPT-5 is asked, 2 tokens.",
        "GPT-5: ```python",
        "x = 1",
        "```",
        "Note: answer complete, 5 words, 2 tokens, 296 left.",
        "GPT-5, 2 tokens, 296 left > Tell me a story",
        "Note: GPT-5 is asked, 2 tokens.",
        "GPT-5: It begins. ^CAnd then",
        "Note: You stopped the answer. It cost 2 tokens, judging by the balance, which is 294 now. The text above stays in the conversation and is sent with the next request. /retry sends it again: 2 tokens. /continue asks for the rest: 2 tokens. /recover tries to recover the whole answer from the service's history, free. Ctrl+C again quits; so does Ctrl+D.",
        "GPT-5, 2 tokens, 294 left > /retry",
        "Note: GPT-5 is asked, 2 tokens.",
        "GPT-5: All of it.",
        "Note: answer complete, 3 words, 2 tokens, 292 left.",
        "GPT-5, 2 tokens, 292 left > Another one",
        "Note: GPT-5 is asked, 2 tokens.",
        "GPT-5: Half. The rest",
        "Note: The connection was lost; the answer is incomplete. It cost 2 tokens, judging by the balance, which is 290 now. The text above stays in the conversation and is sent with the next request. /retry sends it again: 2 tokens. /continue asks for the rest: 2 tokens. /recover tries to recover the whole answer from the service's history, free.",
        "GPT-5, 2 tokens, 290 left > ",
        "Note: The end. To continue “What is a monad?”: elumenta-tui --plain --continue",
        "",
    ]


def test_two_presses_of_ctrl_c_quit_with_a_word(service: ThreadedService) -> None:
    with plain(service) as terminal:
        terminal.wait_for("left >")
        terminal.type("half a line")
        terminal.wait_for("half a line")
        terminal.press("ctrl+c")
        terminal.wait_for("Note: Ctrl+C again quits; so does Ctrl+D.")
        terminal.wait_for(lambda text: text.rstrip().endswith("left >"))
        terminal.press("ctrl+c")
        terminal.wait_for("Note: The end.")
        assert terminal.wait_exit() == 0
    assert service.posts == []


def test_a_price_above_the_limit_is_asked_in_words(service: ThreadedService) -> None:
    service.queue(answer("Yes."))
    with plain(service, "--model", "gpt-5.2-pro", env=RUSSIAN) as terminal:
        terminal.wait_for("GPT-5.2 Pro, 39 токенов, осталось 300 >")
        terminal.type("Привет\n")
        terminal.wait_for("Отправить? [д/Н]")
        terminal.type("n\n")
        terminal.wait_for("Ничего не отправлено.")
        assert service.posts == []
        terminal.type("Привет\n")
        terminal.wait_for(lambda text: text.count("[") == 2)
        terminal.type("да\n")
        terminal.wait_for("Примечание: ответ получен целиком, 1 слово")
    assert len(service.posts) == 1


@thorough
def test_after_a_crash_it_says_what_was_cut_and_what_can_be_done(
    service: ThreadedService, tmp_path: Path
) -> None:
    pause = Pause()
    service.queue(sse(started("gpt-5"), delta("It begins. And "), done=False), pause)
    with plain(service, home=tmp_path) as terminal:
        terminal.wait_for("left >")
        terminal.type("Tell me a story\n")
        terminal.wait_for("GPT-5: It begins.")
        # The answer is saved while it comes.
        _wait_until_saved(tmp_path)
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.wait_exit()
    with plain(service, home=tmp_path) as terminal:
        terminal.wait_for("left >")
        lines = said(terminal)
        assert "You: Tell me a story" in lines
        assert any(line.startswith("GPT-5: It begins.") for line in lines)
        assert any("The program ended before the answer was complete." in line for line in lines)
        assert any("/retry sends it again: 2 tokens" in line for line in lines)


@thorough
def test_a_refusal_offers_other_models_and_a_context_that_is_too_long_what_to_leave_out(
    service: ThreadedService,
) -> None:
    for text in ("One.", "Two.", "Three."):
        service.queue(answer(text))
    service.queue(json_response(402, {"error": {"type": "insufficient_tokens", "message": "Too low"}}))
    service.queue(answer("From the other one."))
    service.queue(json_response(400, {"error": "bad_request", "message": "maximum context length exceeded"}))
    service.queue(answer("All of it in short."))
    service.queue(answer("At last."))
    service.service.balance = 300
    with plain(service) as terminal:
        for number, prompt in enumerate(("first", "second", "third"), 1):
            _wait_for_prompt(terminal, number)
            terminal.type(f"{prompt}\n")
        _wait_for_prompt(terminal, 4)
        terminal.type("fourth\n")
        terminal.wait_for("/other sends it to GPT-5 Nano: 1 token.")
        terminal.wait_for("/model chooses another, then /retry: Claude Haiku 4.5 (1 token)")
        _wait_for_prompt(terminal, 5)
        terminal.type("/other\n")
        terminal.wait_for("GPT-5 Nano: From the other one.")
        _wait_for_prompt(terminal, 6)
        terminal.type("fifth\n")
        terminal.wait_for("/cut leaves out the middle, 4 messages: free; nothing is deleted.")
        terminal.wait_for("/summary puts a summary in its place: 1 token, GPT-5 Nano.")
        terminal.wait_for("/fork 1 goes on in a new conversation with the last turn.")
        terminal.wait_for("/context shows what is sent, and leaves out what you choose.")
        terminal.type("/summary\n")
        terminal.wait_for("The messages are not sent any more, the summary is. /uncut takes them back. [y/N]")
        terminal.type("y\n")
        terminal.wait_for("GPT-5 Nano: All of it in short.")
        terminal.wait_for("The prompt “fifth” was not answered. GPT-5 would be asked, 2 tokens. Send it?")
        terminal.type("y\n")
        terminal.wait_for("GPT-5: At last.")
    assert service.posts[4].json["model"] == "gpt-5-nano"
    assert service.posts[7].json["model"] == "gpt-5"
    assert [service.posts[7].texts[place] for place in (0, -2, -1)] == [
        "first",
        "All of it in short.",
        "fifth",
    ]


def test_the_tail_of_a_conversation_that_is_too_long_takes_the_refused_prompt_along(
    service: ThreadedService,
) -> None:
    service.queue(answer("One."))
    service.queue(answer("Two."))
    service.queue(json_response(400, {"error": "bad_request", "message": "maximum context length exceeded"}))
    service.queue(answer("At last."))
    with plain(service) as terminal:
        for number, prompt in enumerate(("first", "second", "third"), 1):
            _wait_for_prompt(terminal, number)
            terminal.type(f"{prompt}\n")
        terminal.wait_for("/fork 1 goes on in a new conversation with the last turn.")
        _wait_for_prompt(terminal, 4)
        terminal.type("/fork 1\n")
        terminal.wait_for(
            "The prompt “third” was not answered. GPT-5 would be asked, 2 tokens. Send it? [y/N]"
        )
        terminal.type("y\n")
        terminal.wait_for("GPT-5: At last.")
    assert service.posts[-1].texts == ["second", "Two.", "third"]


def _wait_for_prompt(terminal: Terminal, number: int) -> None:
    terminal.wait_for(lambda text: text.count("left >") == number)


def _wait_until_saved(home: Path) -> None:
    import sqlite3
    from time import monotonic, sleep

    file = home / ".local/share/elumenta-tui/conversations.db"
    until = monotonic() + 60
    while monotonic() < until:
        with sqlite3.connect(file) as database:
            if database.execute("select count(*) from piece where text like 'It begins%'").fetchone()[0]:
                return
        sleep(0.02)
    raise AssertionError("the answer was not saved")


def test_a_key_is_asked_for_unseen_and_checked(service: ThreadedService) -> None:
    environ = service.environ()
    key = environ["ELUMENTA_API_KEY"]
    service.queue(answer("Yes."))
    with plain(service, env={"ELUMENTA_API_KEY": ""}) as terminal:
        terminal.wait_for("API key >")
        terminal.type(f"{key}\n")
        terminal.wait_for("300 left >")
        assert key not in terminal.text
        terminal.type("hi\n")
        terminal.wait_for("answer complete")
    assert service.posts[0].headers["authorization"].endswith(key)


@thorough
def test_the_text_comes_at_the_end_where_the_user_wants_that(
    service: ThreadedService, tmp_path: Path
) -> None:
    config = tmp_path / ".config/elumenta-tui/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('plain_text = "end"\n')
    pause = Pause()
    service.queue(
        sse(started("gpt-5"), delta("One. Two. "), done=False), pause, sse(delta("Three."), ended())
    )
    with plain(service, home=tmp_path) as terminal:
        terminal.wait_for("left >")
        terminal.type("count\n")
        terminal.wait_for("is asked")
        service.wait_reached(pause)
        assert "One." not in terminal.text
        service.release(pause)
        terminal.wait_for("GPT-5: One. Two. Three.")


@thorough
@pytest.mark.parametrize("term", ["dumb", "xterm-256color"])
def test_the_installed_program_starts_by_its_option(term: str) -> None:
    with Terminal(
        [sys.executable, "-m", "elumenta_tui", "--plain", "--demo"], env={"TERM": term}
    ) as terminal:
        terminal.wait_for("283 left >")
        terminal.type("2+2\n")
        terminal.wait_for("281 left >")
        assert b"\x1b" not in terminal.raw
        terminal.type("/quit\n")
        assert terminal.wait_exit() == 0


def test_a_pasted_text_is_no_request_for_each_of_its_lines(service: ThreadedService) -> None:
    with plain(service) as terminal:
        terminal.wait_for("left >")
        terminal.type("def f():\n\n    return 1\n# what is it?")
        terminal.wait_for("2 lines came at once and are not sent yet.")
        terminal.wait_for("as one prompt, 2 tokens; each sends them one by one, 4 tokens; drop")
        # The terminal kept the last line, as it had no end.
        terminal.type("\n")
        assert service.posts == []
        service.queue(answer("A function."))
        terminal.wait_for(lambda text: text.count("more >") == 2)
        terminal.type("\n")
        terminal.wait_for("A function.")
        assert service.service.prompts == ["def f():\n\n    return 1\n# what is it?"]
        terminal.wait_for("answer complete")
        terminal.type("one\ntwo\n")
        terminal.wait_for(lambda text: text.count("2 lines came at once") == 2)
        terminal.type("drop\n")
        terminal.wait_for("Nothing was sent.")
        service.queue(answer("First."))
        service.queue(sse(started("gpt-5"), delta("Half. The rest"), done=False), Close())
        terminal.type("one\ntwo\nthree\n")
        terminal.wait_for("3 lines came at once")
        terminal.type("each\n")
        # The second one breaks: the third is not sent behind it.
        terminal.wait_for("1 line came at once and is not sent yet.")
        assert service.service.prompts[1:] == ["one", "two"]
        terminal.type("drop\n")
        terminal.wait_for(lambda text: text.count("Nothing was sent.") == 2)
        terminal.type("/quit\n")
        assert terminal.wait_exit() == 0
