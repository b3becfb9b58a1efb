"""What stands on the prompt's frame, in the bar and in the window's title, and what a click on it does."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.tui.actions import ACTIONS
from elumenta_tui.tui.screens.help import HelpScreen
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from tests.chatting import Chat, account_at, chat_app, chatting, quick_demo
from tests.service import Service, answer
from tests.thorough import thorough

CODE = 'Here:\n\n```rust\nfn main() {\n    println!("hello");\n}\n```\n'


def frame_of(chat: Chat) -> list[str]:
    region = chat.app.prompt.region
    return chat.rows[region.y : region.bottom]


@thorough
@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_the_key_for_help_stays_in_the_bar_of_80_columns_with_the_badge_of_the_demo(
    tmp_path: Path, language: str
) -> None:
    i18n.use(language)
    async with chatting(chat_app(quick_demo(), tmp_path), (80, 24)) as chat:
        await chat.until(lambda: "283" in chat.rows[-1] and "F1" in chat.rows[-1])


async def test_a_click_on_the_model_opens_the_models_and_one_on_the_key_for_help_the_help(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path), (80, 24)) as chat:
        await chat.sees("283", "F1 help")

        def is_open(screen: type[object]) -> bool:
            return isinstance(chat.app.screen, screen)

        for row, text, screen in ((-4, "GPT-5", ModelPicker), (-1, "F1 help", HelpScreen)):
            at = chat.rows[row].index(text)
            await chat.pilot.click(offset=(at, 24 + row))
            await chat.until(partial(is_open, screen))
            await chat.pilot.press("escape")
            await chat.until(lambda: len(chat.app.screen_stack) == 1)
        await chat.pilot.click(offset=(40, 20))
        assert len(chat.app.screen_stack) == 1


@thorough
async def test_the_title_of_the_conversation_stands_at_the_right_of_the_frame_cut_to_the_room(
    tmp_path: Path,
) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path), (80, 24)) as chat:
        await chat.sees("300 tokens")
        assert frame_of(chat)[0].endswith("──╮")
        service.queue(answer("Yes."))
        await chat.ask("Is 漢字 wide?")
        await chat.until(lambda: frame_of(chat)[0].endswith(" Is 漢字 wide? ─╮"))
        chat.app.session.open_library().rename(
            "A title that is much too long for the edge of a narrow frame, " * 3
        )
        await chat.until(lambda: frame_of(chat)[0].endswith("… ─╮") and "GPT-5 Ctrl+L ─" in frame_of(chat)[0])
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: frame_of(chat)[0].endswith("──╮"))


@thorough
async def test_the_lines_of_a_prompt_are_counted_as_they_are_sent(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path)) as chat:
        text = "\n" + "\n".join(f"line {n}" for n in range(1, 31)) + "\n\n"
        await chat.paste(text)
        await chat.sees("· 30 lines")
        turn = await chat.ask("")
        assert turn.prompt.count("\n") + 1 == 30


@thorough
async def test_ctrl_home_and_ctrl_end_move_in_a_prompt_of_several_rows_first(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path), (80, 24)) as chat:
        await chat.ask("show me everything")
        await chat.paste("\n".join(f"line {n}" for n in range(60)))
        await chat.pilot.press("tab")
        end = chat.app.prompt.cursor_location

        async def after(*keys: str) -> tuple[tuple[int, int], bool]:
            await chat.pilot.press(*keys)
            return chat.app.prompt.cursor_location, chat.app.transcript.following

        assert await after("ctrl+home") == ((0, 0), True)
        assert await after("ctrl+end") == (end, True)
        assert await after("ctrl+home", "ctrl+home") == ((0, 0), False)
        assert await after("ctrl+end") == ((0, 0), True), "what is below is shown first"


@thorough
async def test_ctrl_home_shows_the_start_at_once_while_a_line_is_typed(tmp_path: Path) -> None:
    async with chatting(chat_app(quick_demo(), tmp_path), (80, 24)) as chat:
        await chat.ask("show me code")
        await chat.type("abc")
        await chat.pilot.press("ctrl+home")
        assert not chat.app.transcript.following


@thorough
async def test_the_frame_says_what_would_be_copied_while_the_block_cursor_is_out(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(answer(CODE))
        await chat.ask("show me rust")

        def stands_below(note: str) -> bool:
            return note in frame_of(chat)[-1]

        notes = (
            "copies this answer",
            "copies 3 lines of Rust",
            "copies this paragraph",
            "copies this prompt",
        )
        for key, note in zip(("alt+up", "up", "up", "up"), notes, strict=True):
            await chat.pilot.press(key)
            await chat.until(partial(stands_below, f"Ctrl+Y {note} · Esc leaves the cursor"))
        await chat.pilot.press("escape")
        await chat.until(lambda: "tokens" in frame_of(chat)[-1])


@thorough
async def test_the_palette_leaves_out_what_would_do_nothing_now(tmp_path: Path) -> None:
    needs_turns = (
        "again",
        "continue",
        "fetch",
        "stop",
        "rename",
        "export",
        "copy",
        "links",
        "top",
        "end",
    )
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        app = chat.app
        await chat.sees("300 tokens")
        assert not any(ACTIONS[name].possible(app.parts) for name in needs_turns)
        await chat.pilot.press("ctrl+p")
        await chat.sees("Commands", ACTIONS["model"].title)
        assert not any(ACTIONS[name].title in chat.flat for name in needs_turns)
        await chat.pilot.press("escape")
        # Typed all the same, it says why.
        await chat.type("/export")
        await chat.pilot.press("enter")
        await chat.sees("Nothing to export")
        service.queue(answer("See https://example.com/ for more."))
        await chat.ask("hello")
        possible = {name for name in needs_turns if ACTIONS[name].possible(app.parts)}
        assert possible == {"rename", "export", "copy", "links", "top", "end"}
