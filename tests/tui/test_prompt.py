"""The prompt's own ways: what comes back into it, and what is taken back in it."""

from __future__ import annotations

from pathlib import Path

from elumenta_tui.session.backend import demo_account
from elumenta_tui.terminal.keyboard import layout_parser
from elumenta_tui.tui.app import ElumentaApp
from tests.chatting import Chat, chat_app, chatting
from tests.thorough import thorough


def demo(home: Path) -> ElumentaApp:
    return chat_app(demo_account(), home)


async def stopped(chat: Chat, text: str) -> None:
    """Send a prompt, and stop it before its first word: the prompt is back."""
    answer = await chat.send(text)
    await chat.pilot.press("escape")
    await chat.until(lambda: answer.over and chat.app.prompt.text == text, "the prompt given back")


# ------------------------------------------------------------------------------------------- what has been given back


@thorough
async def test_what_is_typed_next_replaces_a_prompt_that_was_given_back_and_loses_nothing(
    tmp_path: Path,
) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await stopped(chat, "/demo slow")
        await chat.type("poem")
        assert chat.app.prompt.text == "poem"
        await chat.pilot.press("ctrl+underscore")
        await chat.until(lambda: chat.app.prompt.text == "/demo slow", "undone")
        await chat.pilot.press("ctrl+u")
        await chat.type("ode")
        await chat.pilot.press("up")
        assert chat.app.prompt.text == "/demo slow"


@thorough
async def test_a_paste_replaces_a_prompt_that_was_given_back(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await stopped(chat, "/demo slow")
        await chat.paste("poem")
        await chat.until(lambda: chat.app.prompt.text == "poem")


@thorough
async def test_escape_or_an_arrow_keeps_a_prompt_that_was_given_back(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        for key in ("escape", "right", "end"):
            await stopped(chat, "/demo slow")
            await chat.pilot.press(key, "l", "y")
            assert chat.app.prompt.text == "/demo slowly", key
            chat.app.prompt.take()


@thorough
async def test_enter_sends_a_prompt_that_was_given_back_and_ctrl_c_clears_it(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await stopped(chat, "/demo slow")
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.app.session.conversation.answers) == 2)
        assert chat.app.session.conversation.answers[-1].prompt == "/demo slow"
        await chat.pilot.press("ctrl+c")
        await chat.until(lambda: chat.app.prompt.text == "/demo slow")
        await chat.pilot.press("ctrl+c")
        assert chat.app.prompt.text == ""


# ---------------------------------------------------------------------------------------------------- undo and redo


@thorough
async def test_undo_takes_back_a_word_at_a_time_and_redo_puts_it_back(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        prompt = chat.app.prompt
        await chat.type("one two three")
        seen = [prompt.text]
        for _ in range(3):
            await chat.pilot.press("ctrl+underscore")
            seen.append(prompt.text)
        assert seen == ["one two three", "one two ", "one ", ""]
        for text in ("one ", "one two ", "one two three"):
            await chat.pilot.press("ctrl+circumflex_accent")
            assert prompt.text == text
        await chat.pilot.press("ctrl+underscore", "ctrl+shift+z")
        assert prompt.text == "one two three"


@thorough
async def test_every_deleted_word_comes_back_by_itself(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        prompt = chat.app.prompt
        await chat.paste("one two three")
        await chat.pilot.press("ctrl+w", "ctrl+w")
        assert prompt.text.strip() == "one"
        await chat.pilot.press("ctrl+underscore")
        assert prompt.text.strip() == "one two"
        await chat.pilot.press("ctrl+underscore")
        assert prompt.text == "one two three"


@thorough
async def test_letters_rubbed_out_come_back_by_words(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        prompt = chat.app.prompt
        await chat.paste("one two")
        await chat.pilot.press(*["backspace"] * 6)
        assert prompt.text == "o"
        await chat.pilot.press("ctrl+underscore")
        assert prompt.text == "one"
        await chat.pilot.press("ctrl+underscore")
        assert prompt.text == "one two"


@thorough
async def test_undo_comes_behind_the_letters_of_the_same_read(tmp_path: Path) -> None:
    async with chatting(demo(tmp_path)) as chat:
        await chat.pilot.press("a", "space", "b", "ctrl+underscore", "c")
        assert chat.app.prompt.text == "a c"


def test_a_plain_terminal_has_keys_for_both() -> None:
    parser = layout_parser()
    assert parser is not None
    keys = [getattr(message, "key", None) for message in parser().feed("\x1f\x1e")]
    assert keys == ["ctrl+underscore", "ctrl+circumflex_accent"]


@thorough
async def test_the_frame_says_what_typing_does_to_a_prompt_that_was_given_back(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        await chat.sees("DEMO")
        assert chat.app.prompt.give_back("hello")
        await chat.sees("typing replaces it, → keeps it")
        await chat.pilot.press("right")
        await chat.sees_no("typing replaces it")
        assert chat.app.prompt.text == "hello"


@thorough
async def test_undo_and_redo_of_many_lines_keep_the_text_and_the_program(tmp_path: Path) -> None:
    lines = "\n".join(f"line {number}" for number in range(300))
    for size in ((120, 40), (40, 15)):
        async with chatting(demo(tmp_path), size) as chat:
            prompt = chat.app.prompt
            await chat.type("abc")
            prompt.replace(lines, (0, 0), prompt.document.end)
            prompt.move_cursor(prompt.document.end)
            await chat.pilot.pause()
            await chat.pilot.press("ctrl+z")
            assert prompt.text == "abc"
            prompt.redo()
            assert prompt.text == lines
            prompt.replace("", (0, 0), prompt.document.end)
            await chat.pilot.pause()
            prompt.undo()
            prompt.redo()
            await chat.pilot.pause()
            assert prompt.text == ""
