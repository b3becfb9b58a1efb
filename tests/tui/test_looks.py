"""What a conversation looks like: how much room it takes, what stands out, and whether it can be read in few colours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem, ColorType
from rich.palette import Palette
from rich.segment import Segment
from textual.color import Color as Shade
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.selection import Selection

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.config.settings import Settings
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui.themes import Colours, load
from tests.chatting import Chat, account_at, chat_app, chatting, lead
from tests.scenes import SCENES, play
from tests.service import Reset, Service, delta, ended, sse, started
from tests.storing import one_after_another
from tests.thorough import every_case, share, thorough
from tests.tui.test_themes import FILES, contrast

CODE = "One:\n\n```python\nx = 1\n```\n\ntwo:\n\n```sh\nls\n```\n\nthree."


def answered(chat: Chat, *texts: str, prompt: str = "a question") -> list[Answer]:
    """Show a conversation with these answers."""
    turns = [Turn(prompt).restore(chat.app.session.model, text) for text in texts]
    for turn in turns:
        turn.end(2, 281)
    lead(chat.app, one_after_another(*turns))
    return turns


def shown(chat: Chat) -> list[str]:
    """The rows of the transcript, without the scroll bar."""
    region = chat.app.transcript.region
    return [row[: region.width - 1].rstrip() for row in chat.rows[region.y : region.bottom]]


# ---------------------------------------------------------------------------------------------------------------- room


@thorough
async def test_an_answer_of_two_lines_takes_four_rows_and_turns_are_one_row_apart(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, "one  \ntwo", "three")
        await chat.sees("three")
        assert [row.split(" · ")[0].strip(" ▌") for row in shown(chat)[:8]] == [
            "a question", "one", "two", "✓ GPT-5", "", "a question", "three", "✓ GPT-5",
        ]  # fmt: skip


@thorough
async def test_the_foot_of_an_answer_is_one_row_in_forty_columns(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (40, 15)) as chat:
        answered(chat, "one")
        await chat.sees("✓ GPT-5 · 2 tokens · 281 left")
        assert [row.strip() for row in shown(chat) if "·" in row] == ["✓ GPT-5 · 2 tokens · 281 left"]


@thorough
async def test_a_broken_turn_makes_offers_as_the_last_one_and_is_one_row_after_that(tmp_path: Path) -> None:
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.sees("300 tokens")
        service.queue(sse(started(), delta("part"), done=False), Reset())
        await chat.ask("first")
        await chat.sees("F5 sends it again", "Interrupted: ")
        service.queue(sse(started(), delta("whole"), ended(2, 298)))
        await chat.ask("second")
        await chat.sees("whole")
        rows = shown(chat)
        start = next(y for y, row in enumerate(rows) if "part" in row)
        assert rows[start + 1].startswith("  ✗ GPT-5 · Interrupted · ")
        assert rows[start + 2] == ""
        assert "F5" not in chat.screen


@thorough
async def test_prose_keeps_to_its_measure_and_code_and_tables_take_all_columns(tmp_path: Path) -> None:
    prose, row = "word " * 60, "x" * 150
    text = f"{prose}\n\n```\n{row}\n```\n\n| {'a' * 120} | b |\n|---|---|\n| c | d |"
    async with chatting(chat_app(demo_account(), tmp_path), (200, 60)) as chat:
        answered(chat, text)
        await chat.sees("✓ GPT-5")
        assert max(len(row) for row in shown(chat) if "word" in row) <= 102
        assert any(row.strip() == "x" * 150 for row in shown(chat))
        assert any("a" * 120 in row for row in shown(chat))


@thorough
@pytest.mark.parametrize(("measure", "least", "most"), [(0, 190, 198), (60, 50, 62), (1, 15, 22)])
async def test_the_measure_is_an_option(tmp_path: Path, measure: int, least: int, most: int) -> None:
    app = chat_app(demo_account(), tmp_path, settings=Settings(measure=measure))
    async with chatting(app, (200, 60)) as chat:
        answered(chat, "word " * 60)
        await chat.sees("✓ GPT-5")
        assert least <= max(len(row) for row in shown(chat) if "word" in row) <= most


# ---------------------------------------------------------------------------------------------------------------- code


@thorough
async def test_the_language_of_code_is_at_the_right_edge_and_no_part_of_what_is_copied(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, CODE)
        await chat.sees("x = 1")
        [row] = [row for row in shown(chat) if "x = 1" in row]
        assert row.endswith("python")
        assert len(row) > 110
        y = shown(chat).index(row)
        whole = Selection(Offset(0, y), Offset(119, y))
        assert chat.app.transcript.get_selection(whole) == ("x = 1", "\n")


@thorough
async def test_code_blocks_are_numbered_while_the_cursor_is_out_and_copied_by_number(tmp_path: Path) -> None:
    copied: list[str] = []
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        chat.app.parts.copying.copy = copied.append  # type: ignore[method-assign, assignment]  # no clipboard is needed
        answered(chat, "```\nother\n```", CODE)
        await chat.sees("three.")
        assert not any(row[1:2].isdecimal() for row in shown(chat))
        await chat.send_command("/copy 2")
        await chat.until(lambda: copied == ["ls"])
        await chat.pilot.press("alt+up", "up", "up")
        await chat.until(lambda: [row[1] for row in shown(chat) if row[1:2].isdecimal()] == ["1", "2"])
        await chat.send_command("/copy 1")
        await chat.until(lambda: copied == ["ls", "x = 1"])
        await chat.send_command("/copy 3")
        await chat.sees("No code block 3")
        await chat.send_command("/copy x")
        await chat.sees("“x” is not the number of a code block.")
        assert len(copied) == 2
        await chat.pilot.press("escape")
        await chat.until(lambda: not any(row[1:2].isdecimal() for row in shown(chat)))


@thorough
async def test_the_cursor_stays_on_a_turn_that_gets_its_whole_answer(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        [turn] = answered(chat, CODE)
        await chat.sees("three.")
        await chat.pilot.press("alt+up", "down", "down")
        assert chat.app.transcript.cursor.text == "x = 1"
        turn.revision += 1
        chat.app.transcript.mark_changed(turn)
        await chat.pilot.pause()
        assert chat.app.transcript.cursor.text == "x = 1"


# --------------------------------------------------------------------------------------------------------- long prompts


async def test_a_long_prompt_is_folded_until_the_cursor_is_on_it(tmp_path: Path) -> None:
    prompt = "\n".join(f"line {number}" for number in range(1, 201))
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, "an answer", prompt=prompt)
        await chat.sees("line 1 ", "line 11", "… 189 more lines · Alt+↑ unfolds", "an answer")
        assert "line 12" not in chat.screen
        await chat.pilot.press("alt+up", "alt+up")
        await chat.sees("line 12", "line 30")
        assert chat.app.transcript.cursor.text == prompt
        await chat.pilot.press("escape")
        await chat.sees("… 189 more lines · Alt+↑ unfolds", "an answer")


@thorough
async def test_the_answer_in_view_stays_where_it_is_when_its_prompt_folds(tmp_path: Path) -> None:
    prompt = "\n".join(f"line {number}" for number in range(1, 201))
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, "\n\n".join(f"part {number}" for number in range(100)), prompt=prompt)
        await chat.pilot.press("ctrl+home", "alt+down", "alt+up", "alt+up")
        await chat.sees("line 12")
        chat.app.transcript.scroll_lines(230)
        await chat.sees("part 20")
        before = shown(chat)
        await chat.pilot.press("escape")
        await chat.pilot.pause()
        assert [row[2:] for row in shown(chat)] == [row[2:] for row in before]


async def test_a_folded_answer_stands_below_the_prompt_that_is_pinned_and_unfolds_where_it_was_read(
    tmp_path: Path,
) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (80, 24)) as chat:
        texts = ["\n\n".join(f"{word} {number}" for number in range(60)) for word in ("part", "more")]
        answered(chat, *texts, prompt="the question")
        await chat.pilot.press(*["alt+up"] * 3, *["up"] * 30)
        await chat.sees("part 30", "Enter fold the answer")
        assert "part 0" not in chat.screen
        before, text = shown(chat), chat.app.transcript.cursor.text
        await chat.pilot.press("enter")
        await chat.sees("▸ part 0 part 1", "· 120 words")
        await chat.pilot.press("enter")
        await chat.sees_no("· 120 words")
        assert shown(chat) == before
        assert chat.app.transcript.cursor.text == text


@thorough
async def test_what_is_looked_for_is_found_in_the_folded_part_of_a_prompt(tmp_path: Path) -> None:
    prompt = "\n".join(f"line {number}" for number in range(1, 201))
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, "an answer", prompt=prompt)
        await chat.sees("… 189 more lines · Alt+↑ unfolds")
        await chat.send_command("/find 150")
        await chat.sees("line 150", "line 155")
        await chat.pilot.press("escape")
        await chat.sees("… 189 more lines · Alt+↑ unfolds")


@thorough
async def test_a_prompt_of_twelve_rows_is_shown_in_full(tmp_path: Path) -> None:
    prompt = "\n".join(f"line {number}" for number in range(1, 13))
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, "an answer", prompt=prompt)
        await chat.sees("line 12", "an answer")
        assert "12 lines" not in chat.screen


@thorough
async def test_the_frame_counts_the_lines_of_a_long_prompt(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("283")
        await chat.paste("\n".join(["text"] * 200))
        await chat.sees("GPT-5 Ctrl+L · 200 lines")
        await chat.pilot.press("ctrl+c")
        await chat.sees_no("200 lines")


# ------------------------------------------------------------------------------------------------------------ thoughts

THOUGHTS = "<think>\n" + "\n".join(f"hm {number}" for number in range(1, 61)) + "\n</think>\n\n"


@thorough
async def test_thoughts_are_folded_until_the_cursor_is_on_them(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, THOUGHTS + "Two.")
        await chat.sees("Thoughts · 120", "Two.")
        assert "hm" not in chat.screen
        await chat.pilot.press("alt+up", "down")
        await chat.sees("hm 1", "copies the thoughts")
        assert chat.app.transcript.cursor.text == THOUGHTS.strip().removeprefix("<think>\n").removesuffix(
            "\n</think>"
        )
        await chat.pilot.press("escape")
        await chat.sees("Thoughts · 120", "Two.")
        await chat.send_command("/find 47")
        await chat.sees("hm 47")


@thorough
async def test_thoughts_are_shown_as_they_come_and_folded_when_the_answer_begins(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        turn = Turn("a question").answer(chat.app.session.model)
        lead(chat.app, Conversation([turn.turn]))
        turn.add(THOUGHTS)
        chat.app.transcript.mark_changed(turn)
        await chat.sees("hm 60")
        turn.add("Two.")
        chat.app.transcript.mark_changed(turn)
        await chat.sees("Thoughts · 120", "Two.")


async def test_what_is_read_stays_where_it_is_when_the_thoughts_above_it_unfold(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, THOUGHTS + "\n\n".join(f"part {number}" for number in range(100)))
        await chat.pilot.press("ctrl+home", "alt+up", "down")
        await chat.sees("hm 1")
        chat.app.transcript.scroll_lines(100)
        await chat.sees("part 20")
        before = shown(chat)
        await chat.pilot.press("escape")
        await chat.pilot.pause()
        assert [row[2:] for row in shown(chat)] == [row[2:] for row in before]


@thorough
@pytest.mark.parametrize("answer", ["<think>one two", "<think>\none\n</think>", "<think>one two</think>\n"])
async def test_thoughts_that_no_answer_follows_are_shown(tmp_path: Path, answer: str) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        answered(chat, answer)
        await chat.sees("one")
        await chat.sees_no("Thoughts")


# -------------------------------------------------------------------------------------------------------------- colours


@thorough
async def test_the_sign_of_more_below_is_bright_only_when_text_has_come_there(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        turn = Turn("a question").answer(chat.app.session.model)
        turn.add("line\n\n" * 60)
        lead(chat.app, Conversation([turn.turn]))
        chat.app.transcript.scroll_lines(-30)
        await chat.sees("more below")
        last = chat.app.transcript.size.height - 1

        def ground() -> str:
            found = [piece for piece in chat.app.transcript.render_line(last) if "more below" in piece.text]
            assert found[0].style is not None
            assert found[0].style.bgcolor is not None
            return found[0].style.bgcolor.get_truecolor().hex

        assert ground() == chat.app.theme_variables["panel"].lower()
        turn.add("news\n\n")
        chat.app.transcript.mark_changed(turn)
        await chat.until(lambda: ground() == chat.app.theme_variables["accent"].lower(), "a bright sign")
        turn.fail(Failure("stopped"))


BLANK = set(" ·─━│┌┬┐├┼┤└┴┘╭╮╰╯▌█▀▁▂▃▄▅▆▇")
"""Lines between things, which need not be read."""


def seen(color: Color, colours: Colours) -> Shade:
    """What a terminal shows of a colour."""
    systems = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT, "16": ColorSystem.STANDARD}
    fitted = color.downgrade(systems[colours])
    if fitted.type is ColorType.STANDARD:
        from rich._palettes import STANDARD_PALETTE

        palette: Palette = STANDARD_PALETTE
        assert fitted.number is not None
        red, green, blue = palette[fitted.number]
    else:
        red, green, blue = fitted.get_truecolor()
    return Shade(red, green, blue)


def cells(chat: Chat) -> Iterator[Segment]:
    """What is on the screen to be read; behind a dialog it is dimmed on purpose."""
    screen = chat.app.screen
    region = screen.query_one("#dialog").region if isinstance(screen, ModalScreen) else screen.region
    for y, strip in enumerate(chat.strips):
        if region.y <= y < region.bottom:
            yield from strip.crop(region.x, region.right)


TOLD = ["start", "streaming", "markdown", "error", "picker", "help", "conversations", "welcome", "prompts"]
FLOORS: dict[Colours, float] = {"truecolor": 4.5, "256": 4.5, "16": 3.0}


@thorough
@every_case
@pytest.mark.parametrize("shares", [len(TOLD), pytest.param(1, marks=thorough)])
@pytest.mark.parametrize("name", TOLD)
async def test_every_text_can_be_read_in_every_theme_in_any_number_of_colours(name: str, shares: int) -> None:
    """Every scene in its share of the looks: all scenes together have all, and with one share each scene has all."""
    faint: dict[tuple[str, str, str, str], str] = {}
    async with play(SCENES[name]) as chat:
        app = chat.app
        looks = [*product(FLOORS, [path.stem for path in FILES])]
        for colours, theme in share(looks[TOLD.index(name) % shares :: shares]):
            app.appearance.themes.limit(colours)
            wanted = app.appearance.themes.find(theme)
            assert wanted is not None
            app.register_theme(wanted)
            app.show_theme(wanted)
            app.refresh_css(animate=False)
            for _ in range(3):
                await chat.pilot.pause()
            for segment in cells(chat):
                if not set(segment.text) - BLANK or segment.style is None:
                    continue
                foreground, ground = segment.style.color, segment.style.bgcolor
                assert foreground is not None
                assert ground is not None
                one, other = seen(foreground, colours), seen(ground, colours)
                if contrast(one, other) < FLOORS[colours]:
                    faint[colours, theme, one.hex, other.hex] = segment.text
    assert faint == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_grounds_differ_in_256_colours(path: Path) -> None:
    theme = load(path, "256")
    grounds = [getattr(theme, name) for name in ("background", "surface", "panel")]
    numbers = [Color.parse(ground).downgrade(ColorSystem.EIGHT_BIT).number for ground in grounds]
    assert len(set(numbers)) == 3
    assert all(number is not None and (number == 16 or number >= 231) for number in numbers)


def test_the_grounds_of_a_theme_without_numbers_differ_too(tmp_path: Path) -> None:
    source = 'primary = "#88aaff"\nbackground = "#16181f"\nsurface = "#1a1c24"\npanel = "#1c1f29"\nforeground = "#cccccc"'
    (tmp_path / "mine.toml").write_text(source)
    theme = load(tmp_path / "mine.toml", "256")
    grounds = [getattr(theme, name) for name in ("background", "surface", "panel")]
    assert len({Color.parse(ground).downgrade(ColorSystem.EIGHT_BIT).number for ground in grounds}) == 3


@thorough
async def test_the_badge_covers_nothing(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), (60, 24)) as chat:
        answered(chat, "\n".join(f"{n:03} " + "word " * 20 for n in range(60)))
        await chat.settle()
        seen: set[str] = set()
        for _ in range(12):
            await chat.pilot.press("pageup")
            rows = shown(chat)
            seen |= {row.strip() for row in rows}
            assert rows[-1].strip().startswith("↓ more below"), rows[-1]
        await chat.pilot.press("ctrl+end")
        seen |= {row.strip() for row in shown(chat)}
        assert all(any(row.startswith(f"{n:03} ") for row in seen) for n in range(60)), "no row is skipped"


@thorough
@pytest.mark.parametrize("path", FILES)
async def test_code_has_a_bar_where_its_ground_is_that_of_the_text(tmp_path: Path, path: Path) -> None:
    quoted = "> ```\n> y = 2\n> ```"
    for colours in ("16", "256"):
        app = chat_app(demo_account(), tmp_path, settings=Settings(theme=path.stem), colours=colours)
        async with chatting(app, (60, 24)) as chat:
            answered(chat, f"{CODE}\n\n{quoted}")
            await chat.sees("three.")
            bars = [row for row in shown(chat) if row.startswith(" │ ")]
            assert [row[3:].split("  ")[0] for row in bars] == (["x = 1", "ls"] if colours == "16" else [])
            chat.app.screen.selections = {
                chat.app.transcript: Selection(Offset(0, 0), Offset(60, 40)),
            }
            copied = chat.app.screen.get_selected_text() or ""
            assert "x = 1" in copied
            assert "│" not in copied


@thorough
@pytest.mark.parametrize(("first", "at"), [("x = 1", 98), ("y" * 120, 126)])
async def test_the_language_of_code_stands_near_it_on_a_wide_terminal(
    tmp_path: Path, first: str, at: int
) -> None:
    settings = Settings(measure=100)
    async with chatting(chat_app(demo_account(), tmp_path, settings=settings), (200, 60)) as chat:
        answered(chat, f"```ruby\n{first}\n```\n\nend")
        await chat.sees("ruby")
        [row] = [row for row in shown(chat) if "ruby" in row]
        assert row.index("ruby") in range(at - 2, at + 3)
        chat.app.screen.selections = {chat.app.transcript: Selection(Offset(0, 0), Offset(199, 20))}
        assert "ruby" not in (chat.app.screen.get_selected_text() or "")
