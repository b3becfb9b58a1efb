"""The dialogs: all of them fit into any terminal, and show what is chosen, marked and previewed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.screen import Screen

from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model
from elumenta_tui.config.settings import StateFile
from elumenta_tui.session.backend import demo_account
from elumenta_tui.terminal.escape import BackgroundAnswer
from elumenta_tui.tui.widgets.picker import Picker
from elumenta_tui.tui.widgets.row_list import RowList
from tests.chatting import Chat, chat_app, chatting
from tests.fitting import DIALOGS, HEIGHTS, WIDTHS, assert_fits, resize, some_models
from tests.thorough import share, thorough

STEP = 16
"""Each dialog is tried at every sixteenth height, each at others; `make fuzz` tries all sizes."""


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay everything out and paint nothing, which takes a fifth of the time. What is looked at is rendered all the same."""
    monkeypatch.setattr(Screen, "_compositor_refresh", lambda screen: screen._dirty_widgets.clear())


async def test_every_dialog_fits_at_any_size(
    tmp_path: Path, unpainted: None, subtests: pytest.Subtests
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        app = chat.app
        await chat.sees("DEMO")
        for number, (name, show) in enumerate(DIALOGS.items()):
            with subtests.test(name):
                show(app)
                await chat.until(lambda: len(app.screen_stack) > 1)
                await chat.pilot.pause(0)
                if name in ("conversations", "sent prompts"):
                    rows = app.screen.query_one(RowList)
                    await chat.until(lambda: rows.item is not None)  # noqa: B023  # awaited here
                for answer, height in enumerate(share(HEIGHTS[number % STEP :: STEP]), number):
                    await resize(chat, WIDTHS[answer % len(WIDTHS)], height)
                    assert_fits(chat)
                    await chat.pilot.press("down")
            while len(app.screen_stack) > 1:
                app.pop_screen()
                await chat.pilot.pause(0)


async def knows_models(chat: Chat, models: Sequence[Model]) -> None:
    """Have these as the models, once those of the demo account have come."""
    accounting = chat.app.session.accounting
    await chat.until(lambda: accounting.models is not DOCUMENTED_MODELS)
    accounting.models = models


@thorough
@pytest.mark.parametrize("size", [(80, 24), (80, 20), (120, 30), (40, 15)])
async def test_every_model_is_on_the_screen_while_it_is_selected(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), size) as chat:
        await knows_models(chat, some_models(45))
        chat.app.session.model = chat.app.session.models[0]
        await chat.pilot.press("f3")
        for _ in range(22):
            await chat.pilot.press("down")
        item = chat.app.screen.query_one(RowList).item
        assert item is not None
        selected = item.value
        assert selected.name in chat.flat
        assert_fits(chat)
        await chat.pilot.press("enter")
        assert chat.app.session.model == selected


async def selected_name(chat: Chat) -> str:
    picker = chat.app.screen
    assert isinstance(picker, Picker)
    await chat.pilot.pause()
    item = picker.query_one(RowList).item
    assert item is not None
    return str(item.search)


@thorough
async def test_a_resize_keeps_the_selection(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.pilot.press("ctrl+p", "down", "down", "down")
        before = await selected_name(chat)
        await resize(chat, 80, 24)
        assert await selected_name(chat) == before


@thorough
async def test_a_dialog_neither_moves_nor_shrinks_while_one_types(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.pilot.press("ctrl+p")
        await chat.sees("search…")
        place = chat.app.screen.query_one("#dialog").region
        for letter in ("m", "o", "d", "e", "l", "q", "q"):
            await chat.pilot.press(letter)
            assert chat.app.screen.query_one("#dialog").region == place
        await chat.sees("Nothing matches “modelqq”.")


async def test_the_model_and_the_theme_in_use_are_marked_and_selected_first(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.pilot.press("ctrl+l")
        await chat.sees("● GPT-5 ")
        assert chat.flat.count("●") == 1
        assert "gpt-5" in await selected_name(chat)
        await chat.pilot.press("escape", "ctrl+t")
        await chat.sees("● auto")
        assert await selected_name(chat) == "auto"


@thorough
async def test_a_selected_theme_is_shown_at_once_and_kept_only_when_it_is_chosen(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        app = chat.app

        def recall() -> str:
            return StateFile(tmp_path / "state.toml").recall("theme", app._settings.theme)

        await chat.sees("DEMO")
        await chat.pilot.press("ctrl+t", "down")
        shown = await selected_name(chat)
        await chat.until(lambda: app.theme == shown != "elumenta-night")
        await chat.pilot.press("escape")
        await chat.until(lambda: app.theme == "elumenta-night")
        assert recall() == "auto"
        await chat.pilot.press("ctrl+t", "down", "enter")
        await chat.until(lambda: app.theme == shown and len(app.screen_stack) == 1)
        assert recall() == shown


@thorough
async def test_a_click_chooses_and_a_model_that_cannot_chat_is_not_chosen(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await knows_models(chat, some_models(3))
        chat.app.session.model = chat.app.session.models[0]
        await chat.pilot.press("f3")
        await chat.sees("Draws")
        for name in ("Draws", "Model 2."):
            [(y, row)] = [(y, row) for y, row in enumerate(chat.rows) if name in row]
            await chat.pilot.click(offset=(row.index(name), y))
        await chat.until(lambda: len(chat.app.screen_stack) == 1)
        assert chat.app.session.model.name == "Model 2."


@thorough
async def test_a_model_that_cannot_chat_says_why_it_is_not_chosen(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await knows_models(chat, some_models(3))
        chat.app.session.model = chat.app.session.models[0]
        await chat.pilot.press("f3")
        await chat.type("draws")
        await chat.pilot.press("enter")
        await chat.sees("Draws cannot chat: it is for images.")


@thorough
async def test_a_model_in_use_is_seen_among_those_around_it(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        await knows_models(chat, some_models(45))
        chat.app.session.model = chat.app.session.models[22]
        await chat.pilot.press("f3")
        await chat.sees("●")
        [y] = [y for y, row in enumerate(chat.rows) if "●" in row]
        [top] = [y for y, row in enumerate(chat.rows) if "provider" in row]
        assert y - top > 4


@thorough
@pytest.mark.parametrize(
    ("typed", "offered"), [("cluade", "claude-haiku-4.5"), ("claude-sonet-4.5", "claude-sonnet-4.5")]
)
async def test_a_slip_in_a_model_is_answered_with_the_one_that_may_be_meant(
    tmp_path: Path, typed: str, offered: str
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.pilot.press("f3")
        await chat.type(typed)
        await chat.sees(f"{typed} not listed; did you mean {offered}?")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.session.model.slug == offered)


@pytest.mark.parametrize("typed", ["o3-preview", "qqqq"])
async def test_a_slug_that_is_like_none_can_be_asked(tmp_path: Path, typed: str) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.pilot.press("f3")
        await chat.type(typed)
        await chat.sees(f"{typed} not listed, price unknown")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.session.model.slug == typed)


@thorough
async def test_a_slug_with_letters_that_no_slug_has_is_not_offered(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.pilot.press("f3")
        await chat.type("клод")
        await chat.sees("Nothing matches “клод”.")


@thorough
async def test_a_word_of_a_column_that_is_not_shown_finds_nothing_but_what_a_mark_says_is_found(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (40, 15)) as chat:
        await chat.until(lambda: chat.app.session.ledger.balance)
        await chat.pilot.press("f3")
        await chat.type("starter")
        await chat.sees("starter not listed")
        await resize(chat, 80, 24)
        await chat.pilot.press("backspace")
        await chat.sees("GPT-5 Nano")
        await chat.pilot.press("ctrl+u")
        await chat.type("reads")
        await chat.sees("Gemini 3 Pro ▣")


@thorough
async def test_a_theme_is_previewed_in_its_own_colours(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")

        def corner() -> object:
            [segment] = chat.strips[2].crop(0, 1)
            return segment.style and segment.style.bgcolor

        await chat.pilot.press("ctrl+t")
        await chat.type("day")
        await chat.until(lambda: chat.app.theme == "elumenta-day")
        await chat.settle()
        previewed = corner()
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.app.screen_stack) == 1)
        await chat.settle()
        assert previewed == corner()


@thorough
async def test_the_terminal_changes_no_theme_that_is_only_looked_at_nor_one_that_was_named(
    tmp_path: Path,
) -> None:
    light, dark = BackgroundAnswer("\x1b]11;rgb:ff/ff/ff\a"), BackgroundAnswer("\x1b]11;rgb:00/00/00\a")
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        app = chat.app
        await chat.sees("DEMO")
        await chat.pilot.press("ctrl+t")
        await chat.type("contrast")
        await chat.until(lambda: app.theme == "elumenta-contrast")
        app.post_message(light)
        await chat.settle()
        assert app.theme == "elumenta-contrast"
        await chat.pilot.press("escape")
        await chat.until(lambda: app.theme == "elumenta-day")
        await chat.type("/theme elumenta-night")
        await chat.pilot.press("enter")
        await chat.until(lambda: app.theme == "elumenta-night")
        app.post_message(light)
        await chat.settle()
        assert app.theme == "elumenta-night"
        app.post_message(dark)
        await chat.type("/theme auto")
        await chat.pilot.press("enter")
        await chat.until(lambda: app.theme == "elumenta-day")
        app.post_message(dark)
        await chat.until(lambda: app.theme == "elumenta-night")


@thorough
async def test_a_theme_chosen_instead_of_the_earlier_default_is_still_chosen(tmp_path: Path) -> None:
    state = '[theme]\nchosen = "elumenta-contrast"\ninstead_of = "elumenta-night"\n'
    (tmp_path / "state.toml").write_text(state)
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        assert chat.app.theme == "elumenta-contrast"


@thorough
@pytest.mark.parametrize("size", [(40, 15), (40, 19), (80, 24)])
async def test_the_key_is_asked_for_in_the_first_frame_and_all_of_it_is_there(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(chat_app(None, tmp_path), size) as chat:
        await chat.sees("Paste your Elumenta API key", "nb_…", "Enter check", "Ctrl+Q quit")
        dialog = chat.app.screen.query_one("#dialog")
        assert dialog.max_scroll_y == 0
        await chat.pilot.press("enter")
        await chat.sees("✗ Paste the key, or press F2 for the demo.", "nb_…")


@thorough
async def test_the_demo_is_not_offered_in_the_demo(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("DEMO")
        await chat.send_command("/key")
        await chat.sees("Paste your Elumenta API key")
        assert "F2 " not in chat.screen
        await chat.pilot.press("f2")
        await chat.sees("Paste your Elumenta API key")


@thorough
@pytest.mark.parametrize("height", [24, 40])
async def test_the_help_is_turned_by_pages(tmp_path: Path, height: int) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, height)) as chat:
        await chat.sees("DEMO")
        await chat.pilot.press("f1")
        await chat.sees("Help")
        sheet = chat.app.screen.query_one("#sheet")
        await chat.until(lambda: sheet.max_scroll_y > height)
        await chat.pilot.press("pagedown")
        await chat.until(lambda: sheet.scroll_y == sheet.size.height - 1)


@thorough
async def test_a_refused_key_is_told_with_a_mark_in_the_colour_of_errors(tmp_path: Path) -> None:
    async with chatting(chat_app(None, tmp_path)) as chat:
        await chat.sees("nb_")
        await chat.type("wrong")
        await chat.pilot.press("enter")
        await chat.sees("✗ That does not look like a key")
        strips = chat.strips
        [segment] = [segment for strip in strips for segment in strip if "✗ That" in segment.text]
        assert segment.style is not None
        assert segment.style.color is not None
        error = chat.app.theme_variables["error"]
        assert segment.style.color.get_truecolor().hex.lower() == error.lower()


@thorough
async def test_what_is_typed_in_the_help_leaves_the_rows_that_hold_it(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (120, 60)) as chat:
        await chat.pilot.press("f1")
        await chat.sees("type to find", "Ctrl+N F2")
        await chat.type("undone")
        await chat.sees("Help / undone", "Redo what was undone")
        await chat.sees_no("Ctrl+N F2")
        await chat.pilot.press("ctrl+u")
        await chat.sees("Ctrl+N F2")
        await chat.pilot.press(*"/quit", "space", *"if")
        await chat.sees("Help / quit if", "Quit if the prompt is empty")
        await chat.pilot.press("escape")
        await chat.sees_no("Help /")
        assert chat.app.prompt.text == ""


@thorough
async def test_the_help_finds_in_the_wrong_layout_and_by_other_slash_words_and_says_if_there_is_nothing(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (40, 15)) as chat:
        await chat.pilot.press("f1")
        await chat.type("сдуфк")
        await chat.sees("/new")
        await chat.pilot.press(*["backspace"] * 5)
        await chat.type("xyzzy")
        await chat.sees("No matches")
