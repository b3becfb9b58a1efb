"""The keys that shells have for editing a line, in the prompt: what they do, in any layout and on any terminal, and undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from elumenta_tui.terminal.keyboard import layout_parser
from elumenta_tui.tui.screens.history import HistoryScreen
from tests.chatting import Chat, chat_app, chatting, quick_demo
from tests.thorough import thorough

TEXT = "вторая строка /usr/local/bin now"


def keys_of(sequence: str) -> list[events.Key]:
    """What a terminal that sends this makes of it."""
    parser = layout_parser()
    assert parser is not None
    it = parser()
    found = [*it.feed(sequence), *it.tick()]
    return [event for event in found if isinstance(event, events.Key)]


async def press(chat: Chat, sequence: str) -> None:
    for key in keys_of(sequence):
        chat.app.post_message(key)
    await chat.pilot.pause()


# A sequence of a terminal without the Kitty protocol, one of a terminal with it, and one in a Russian layout.
DELETING = [
    (("\x17", "\x1b[119;5u", "\x1b[1094::119;5u"), "one\nвторая строка /usr/local/"),
    (("\x1b\x7f", "\x1b[127;3u"), "one\nвторая строка /usr/local/"),
    (("\x15", "\x1b[117;5u", "\x1b[1075::117;5u"), "one\n"),
]


@thorough
async def test_words_and_lines_before_the_cursor_are_deleted_and_undo_brings_them_back(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        prompt = chat.app.prompt
        for sequence, left in [(each, left) for sequences, left in DELETING for each in sequences]:
            with subtests.test(sequence):
                prompt.fill("one\nвторая строка /usr/local/bin")
                expected = (
                    left
                    if sequence not in ("\x17", "\x1b[119;5u", "\x1b[1094::119;5u")
                    else "one\nвторая строка "
                )
                await press(chat, sequence)
                await chat.until(lambda: prompt.text == expected)  # noqa: B023  # awaited here
                await chat.pilot.press("ctrl+underscore")
                await chat.until(lambda: prompt.text == "one\nвторая строка /usr/local/bin")


@thorough
async def test_the_word_after_the_cursor_is_deleted(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        prompt = chat.app.prompt
        for sequence in ("\x1bd", "\x1b[100;3u", "\x1bв", "\x1b[1074::100;3u"):
            with subtests.test(sequence):
                prompt.fill(TEXT)
                prompt.move_cursor((0, 0))
                await press(chat, sequence)
                await chat.until(lambda: prompt.text == TEXT.removeprefix("вторая"))


MOVING = [
    *((each, 0) for each in ("\x01", "\x1b[97;5u", "\x1b[1092::97;5u")),
    *((each, len(TEXT)) for each in ("\x05", "\x1b[101;5u", "\x1b[1091::101;5u")),
    *((each, 7) for each in ("\x1bb", "\x1b[98;3u", "\x1bи", "\x1b[1080::98;3u")),
    *((each, 13) for each in ("\x1bf", "\x1b[102;3u", "\x1bа", "\x1b[1072::102;3u")),
]


@thorough
async def test_the_cursor_goes_by_words_and_to_the_ends(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        prompt = chat.app.prompt
        for sequence, place in MOVING:
            with subtests.test(sequence):
                prompt.fill(TEXT)
                prompt.move_cursor((0, 10))
                await press(chat, sequence)
                await chat.until(lambda: prompt.cursor_place == place)  # noqa: B023  # awaited here
                assert prompt.text == TEXT


@thorough
async def test_ctrl_k_deletes_to_the_end_of_the_line_and_then_joins(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        prompt = chat.app.prompt
        prompt.fill("one two\nthree")
        prompt.move_cursor((0, 3))
        await chat.pilot.press("ctrl+k")
        assert prompt.text == "one\nthree"
        await chat.pilot.press("ctrl+k")
        assert prompt.text == "onethree"
        await chat.pilot.press("ctrl+underscore", "ctrl+underscore")
        assert prompt.text == "one two\nthree"


async def test_ctrl_w_deletes_blanks_a_selection_and_at_the_start_of_a_line_the_line_break(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        prompt = chat.app.prompt
        prompt.fill("a.b  ")
        await chat.pilot.press("ctrl+w")
        assert prompt.text == ""
        prompt.fill("  ")
        await chat.pilot.press("ctrl+w")
        assert prompt.text == ""
        prompt.fill("one\ntwo three")
        prompt.move_cursor((1, 0))
        await chat.pilot.press("ctrl+w")
        assert prompt.text == "onetwo three"
        prompt.select_range(0, 3)
        await chat.pilot.press("ctrl+w")
        assert prompt.text == "two three"


@thorough
async def test_a_letter_that_altgr_types_is_typed(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        chat.app.prompt.fill("x")
        chat.app.post_message(events.Key("alt+d", "đ"))
        await chat.until(lambda: chat.app.prompt.text == "xđ")


@thorough
async def test_alt_backspace_in_a_dialog_deletes_the_word_before_the_cursor(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        await chat.pilot.press("ctrl+r")
        await chat.shows(HistoryScreen)
        await chat.type("two words")
        await chat.sees("two words")
        await press(chat, "\x1b\x7f")
        await chat.sees_no("words")
        await chat.sees("two")
