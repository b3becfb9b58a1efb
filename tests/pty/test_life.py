"""The installed program on a real pseudo-terminal: what only a terminal shows."""

from __future__ import annotations

from pathlib import Path

from tests.pseudo_terminal import PREPARED, PROGRAM, Terminal, kitty
from tests.service import KEY, Pause, delta, ended, service_thread, sse, started
from tests.thorough import thorough

LEAVING = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[<u", b"\x1b[?2004l")
"""The ordinary screen, the cursor, the old keyboard and pastes as keys: what a restored terminal was told."""


def test_the_demo_chats_two_turns_switches_the_model_stops_a_third_and_quits() -> None:
    with Terminal([PROGRAM, "--demo"]) as terminal:
        terminal.wait_for("283 tokens")
        terminal.wait_for("DEMO")
        terminal.type("2+2\r")
        terminal.wait_for("281 left")
        terminal.press("ctrl+l")
        terminal.wait_for("Gemini")
        terminal.type("haiku")
        terminal.wait_gone("Gemini")
        terminal.press("enter")
        terminal.wait_gone("search…")
        terminal.wait_for("Enter · 1 token · 280 left")
        terminal.type("what did I say first?\r")
        terminal.wait_for("280 left ·")
        terminal.wait_for(lambda text: "✓ GPT-5" in text and "✓ Claude Haiku 4.5" in text)
        terminal.type("long\r")
        terminal.wait_for("streaming")
        terminal.press("escape")
        terminal.wait_for("You stopped it.")
        terminal.wait_for("It cost 1 token, judging by the balance, which is 279 now")
        assert "DEMO" in terminal.text
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        for sequence in LEAVING:
            assert sequence in terminal.raw


@thorough
def test_the_end_says_how_to_go_on_and_so_it_goes_on(tmp_path: Path) -> None:
    home = {"ELUMENTA_HOME": str(tmp_path)}
    with Terminal([PREPARED, "--demo"], env=home) as terminal:
        terminal.wait_for("283 tokens")
        terminal.type("2+2\r")
        terminal.wait_for("✓ GPT-5")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        said = terminal.raw.rpartition(b"\x1b[?1049l")[2].decode()
        assert "To continue “2+2”:" in said
    with Terminal([PREPARED, "--demo", "--continue"], env=home) as terminal:
        terminal.wait_for("2+2")
        terminal.wait_for("✓ GPT-5")
        # Nothing was asked now: what was asked last may be another conversation.
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert b"To continue" not in terminal.raw


def test_three_turns_with_a_real_service_over_the_environment() -> None:
    with service_thread() as service:
        environment = {"ELUMENTA_API_KEY": f" {KEY}\n", "ELUMENTA_BASE_URL": service.url}
        with Terminal([PREPARED], env=environment) as terminal:
            terminal.wait_for("300 tokens")
            terminal.type("one\r")
            terminal.wait_for("3 tokens · 297 left")
            terminal.wait_for("Here are the numbers")
            terminal.press("f3")
            terminal.wait_for("search…")
            terminal.type("sonnet\r")
            terminal.wait_for("Claude Sonnet 4.5 Ctrl+L")
            service.queue(sse(started("claude-sonnet-4.5"), delta("Second."), ended(4, 293)))
            terminal.type("two\r")
            terminal.wait_for("◈ 293 tokens")
            service.queue(sse(started("claude-sonnet-4.5"), delta("Third."), ended(4, 289)))
            terminal.type("three\r")
            terminal.wait_for("◈ 289 tokens")
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
            assert KEY.encode() not in terminal.raw
        assert [post.json["model"] for post in service.posts] == [
            "gpt-5",
            "claude-sonnet-4.5",
            "claude-sonnet-4.5",
        ]
        assert service.posts[2].messages == [
            ("user", "one"),
            ("assistant", "Here are the numbers"),
            ("user", "two"),
            ("assistant", "Second."),
            ("user", "three"),
        ]
        assert service.posts[2].headers["authorization"] == f"Bearer {KEY}"


def test_text_and_keys_that_arrive_together_act_in_their_order() -> None:
    with (
        service_thread() as service,
        Terminal([PREPARED], env=service.environ()) as terminal,
    ):
        terminal.wait_for("300 tokens")
        pause = Pause()
        service.queue(sse(started(), delta("Answer"), done=False), pause, sse(ended()))
        terminal.type("first line\nsecond line\rnext prompt")
        service.wait_reached(pause)
        terminal.wait_for("next prompt")
        assert service.posts[0].json["messages"] == [{"role": "user", "content": "first line\nsecond line"}]
        service.release(pause)
        terminal.wait_for("297 left")
        terminal.wait_for("next prompt")
        assert len(service.posts) == 1
        terminal.type("\x05abc\x7f\x7fde\x01X\x05Y")
        terminal.wait_for("Xnext promptadeY")


@thorough
def test_a_russian_layout_on_a_kitty_terminal_reaches_every_ctrl_key() -> None:
    with Terminal([PREPARED, "--demo"]) as terminal:
        terminal.wait_for("283 tokens")
        for key, seen in (("ctrl+l", "search…"), ("ctrl+p", "Commands")):
            sequence = kitty(key)
            assert sequence is not None
            terminal.send(sequence.encode())
            terminal.wait_for(seen)
            terminal.press("escape")
            terminal.wait_gone(seen)
        quit_key = kitty("ctrl+q")
        assert quit_key is not None
        terminal.send(quit_key.encode())
        assert terminal.wait_exit() == 0
        # There is no conversation that could be continued.
        assert b"--continue" not in terminal.raw


@thorough
def test_every_size_down_to_forty_by_fifteen_can_be_used() -> None:
    with Terminal([PREPARED, "--demo"], size=(40, 15)) as terminal:
        terminal.wait_for("283 tokens")
        terminal.type("haiku\r")
        terminal.wait_for("281 left")
        for size in ((80, 24), (20, 6), (200, 60), (40, 15)):
            terminal.resize(*size)
        terminal.wait_for("281 tokens")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
