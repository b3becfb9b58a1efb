"""A table that has no room is opened on the whole screen, where every cell can be reached and nothing of it steers anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Turn
from elumenta_tui.markdown.cells import width_of
from elumenta_tui.markdown.growing import GrowingMarkdown
from elumenta_tui.markdown.sheet import Sheet, sheet
from elumenta_tui.markdown.table import Table
from elumenta_tui.session.backend import demo_account
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.screens.table import TableScreen
from tests.chatting import Chat, chat_app, chatting, lead
from tests.thorough import thorough


def table(columns: int, rows: int, cell: str = "cell {row}.{column}") -> str:
    """A table whose cells say where they are."""
    lines = [[f"head {column}" for column in range(columns)], ["---"] * columns]
    lines += [[cell.format(row=row, column=column) for column in range(columns)] for row in range(rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def laid_out(source: str, room: int = 60) -> Sheet:
    markdown = GrowingMarkdown()
    markdown.feed(source)
    markdown.close()
    blocks = markdown.blocks
    return sheet([block for block in blocks if isinstance(block, Table)], room)


async def show(chat: Chat, answer: str) -> None:
    """A conversation with one answer, and the cursor on its last block."""
    restored = Turn("a question").restore(chat.app.session.model, answer)
    restored.end(2, 281)
    lead(chat.app, Conversation([restored.turn]))
    await chat.settle()
    await chat.pilot.press("alt+up", "up")
    await chat.settle()


def opened(chat: Chat) -> bool:
    return isinstance(chat.app.screen, TableScreen)


@thorough
async def test_enter_opens_a_table_that_is_too_wide_and_arrows_reach_every_cell(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        await chat.sees("283")
        await show(chat, table(12, 60))
        await chat.sees("Enter open")
        await chat.pilot.press("enter")
        await chat.sees("Rows 1–", "of 60", "head 0", "cell 0.0", "cell 0.1")
        assert "head 11" not in chat.flat
        await chat.pilot.press("right", "right")
        await chat.sees("head 0", "head 3", "cell 5.3", "columns 4–")
        assert "head 1 " not in chat.flat
        await chat.pilot.press("end")
        await chat.sees("head 0", "head 11", "cell 0.11", "of 12")
        await chat.pilot.press("ctrl+end")
        await chat.sees("head 0", "head 11", "cell 59.0", "cell 59.11", "60 of 60")
        assert "cell 0.0" not in chat.flat
        await chat.pilot.press("home", "ctrl+home", "pagedown")
        await chat.sees("head 0", "head 1", "cell 25.1")
        await chat.pilot.press("escape")
        await chat.until(lambda: not opened(chat))
        await chat.sees("Enter open")


async def test_copying_gives_markdown_and_then_text_with_tabs(tmp_path: Path) -> None:
    source = table(12, 3)
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        await chat.sees("283")
        await show(chat, source)
        await chat.pilot.press("enter")
        await chat.sees("cell 0.0")
        await chat.pilot.press("c")
        await chat.until(lambda: chat.app.parts.copying.copied != "")
        assert chat.app.parts.copying.copied == source
        await chat.pilot.press("с")
        await chat.until(lambda: "cell 0.0\tcell 0.1\t" in chat.app.parts.copying.copied)


@thorough
async def test_a_table_that_has_room_is_folded_by_enter_and_opened_by_its_word(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        await chat.sees("283")
        await show(chat, table(2, 2))
        await chat.sees("Enter fold")
        await chat.pilot.press("escape")
        await chat.type("/table")
        await chat.pilot.press("enter")
        await chat.until(lambda: opened(chat))
        await chat.sees("cell 1.1", "2 rows · 2 columns")


@thorough
async def test_without_a_table_the_word_says_so(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        await chat.sees("283")
        await show(chat, "words only")
        await chat.pilot.press("escape")
        await chat.type("/table")
        await chat.pilot.press("enter")
        await chat.sees("There is no table in this answer.")


@thorough
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_it_fits_into_a_narrow_terminal_and_follows_its_size(tmp_path: Path, language: str) -> None:
    i18n.use("ru" if language == "ru" else "en")
    try:
        async with chatting(chat_app(demo_account(), tmp_path), (40, 15)) as chat:
            await chat.sees("283")
            await show(chat, table(9, 30, "value {row}.{column}"))
            await chat.pilot.press("enter")
            await chat.sees("head 0", "1–11/30", "2–3/9", "Esc")
            await chat.pilot.press("end", "ctrl+end")
            await chat.sees("head 8", "value 29.8", "30/30")
            await chat.pilot.resize_terminal(120, 40)
            await chat.sees("head 8", "value 29.8", "30", "9")
            await chat.pilot.resize_terminal(40, 8)
            await chat.sees("head 0")
    finally:
        i18n.use("en")


@thorough
async def test_hostile_cells_are_text(tmp_path: Path) -> None:
    hostile = table(9, 3, "[bold]x[/] \x1b[31m\u202e {row}.{column} $primary")
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        await chat.sees("283")
        await show(chat, clean(hostile))
        await chat.pilot.press("enter")
        await chat.until(lambda: opened(chat))
        await chat.sees("[bold]x[/]", "$primary")
        shown = "\n".join(chat.rows)
        assert "\x1b" not in shown
        assert "\u202e" not in shown


@thorough
@pytest.mark.parametrize("cell", ["漢字 {row}", "👩‍👧 {column}", "e\u0301 {row}", "long " * 40, "a<br>b"])
@pytest.mark.parametrize("room", [20, 36, 76])
def test_all_lines_are_as_wide_as_their_columns(cell: str, room: int) -> None:
    found = laid_out(table(5, 4, cell), room)
    assert found.rows == 4
    assert {line.row for line in found.body} == {0, 1, 2, 3}
    for line in (*found.head, *found.body):
        assert sum(width_of(text) for text, _ in line.first) == found.first_width
        assert sum(width_of(text) for text, _ in line.rest) == found.rest_width
    # Every column can be seen whole beside the first one.
    assert all(cells <= max(6, room - found.first_width) for cells in found.widths[1:])


def test_a_table_of_one_column_and_one_without_rows_are_laid_out() -> None:
    assert laid_out("| a |\n|---|\n| b |").rest_width == 0
    assert laid_out("| a | b |\n|---|---|").body == []
