"""Pictures below their prompts: drawn only where the user wants it, within bounds, beside the keys, and named wherever that fails."""

from __future__ import annotations

import base64
import io
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from elumenta_tui import i18n
from elumenta_tui.config.settings import Settings
from elumenta_tui.sources.extras import install_command
from elumenta_tui.sources.thumbnail import pixels_of
from elumenta_tui.terminal.driver import TerminalDriver
from elumenta_tui.terminal.escape import GraphicsAnswer
from elumenta_tui.terminal.kitty_graphics import PLACEHOLDER, QUERY_NUMBER
from elumenta_tui.tui import pictures
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.screens.comparison import ComparisonScreen
from elumenta_tui.tui.widgets.picture_cells import grid_of, half_blocks
from elumenta_tui.tui.widgets.shared_files import PictureRows
from tests.chatting import Chat, account_at, chat_app, chatting, said
from tests.pictures import chunk, png
from tests.service import Service
from tests.thorough import thorough

HALF = "▀"
RED, BLUE, GREEN = (220, 20, 20), (20, 20, 220), (20, 220, 20)


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ElumentaApp, "colour_system", "truecolor")
    for name in ("TMUX", "KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def picture(path: Path, *, size: tuple[int, int] = (40, 20), mode: str = "RGB") -> Path:
    """Write a picture whose upper half is red, and whose lower half is blue."""
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (0, 0, size[0], size[1] // 2))
    image.convert(mode).save(path)
    return path


def cells(chat: Chat) -> list[list[tuple[tuple[int, ...], tuple[int, ...]]]]:
    """Return the colours of the half blocks in view, row by row."""
    rows = []
    for strip in chat.app.transcript.painted.strips:
        row = [
            (tuple(segment.style.color.triplet), tuple(segment.style.bgcolor.triplet))
            for segment in strip
            if segment.style and segment.style.color and segment.style.bgcolor
            for character in segment.text
            if character == HALF and segment.style.color.triplet and segment.style.bgcolor.triplet
        ]
        if row:
            rows.append(row)
    return rows


async def ask_with(chat: Chat, service: Service, *paths: Path) -> None:
    for path in paths:
        count = len(chat.app.parts.attached)
        await chat.send_command(f"/attach {path}")
        await chat.sees(f"{count + 1} ▣ {path.name}")
    await said(chat, service, "What is it?", "A picture.")


@thorough
async def test_pictures_are_named_until_the_user_wants_them_drawn_and_the_choice_stays(
    tmp_path: Path,
) -> None:
    path = picture(tmp_path / "flag.png")
    async with Service() as service:
        async with chatting(chat_app(account_at(service.url), tmp_path)) as chat:
            await ask_with(chat, service, path)
            await chat.sees("▣ flag.png")
            assert not cells(chat)
            await chat.send_command("/images")
            await chat.sees("Pictures are drawn below their prompts.")
            await chat.until(lambda: len(cells(chat)) == 10)
            assert [len(row) for row in cells(chat)] == [40] * 10
            assert cells(chat)[0][0] == (RED, RED)
            assert cells(chat)[-1][-1] == (BLUE, BLUE)
            await chat.sees("▣ flag.png", "A picture.")
        i18n.use("ru")
        async with chatting(chat_app(account_at(service.url), tmp_path, resume=True)) as chat:
            await chat.until(lambda: len(cells(chat)) == 10)
            await chat.send_command("/images off")
            await chat.sees("Изображения только называются.")
            await chat.until(lambda: not cells(chat))
            await chat.sees("▣ flag.png", "A picture.")
            await chat.send_command("/images sepia")
            await chat.sees("off, auto, blocks, kitty")
        # What goes over the wire is the picture as before.
        [image] = service.posts[-1].json["messages"][-1]["content"][1:]
        assert image["image_url"]["url"].startswith("data:image/png;base64,")


@thorough
@pytest.mark.parametrize(("size", "most"), [((120, 40), 14), ((80, 24), 10), ((40, 15), 7)])
async def test_a_picture_is_bounded_in_any_terminal_and_no_text_to_copy(
    tmp_path: Path, size: tuple[int, int], most: int
) -> None:
    path = picture(tmp_path / "large.jpg", size=(1_000, 2_000))
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(images="blocks"))
        async with chatting(app, size) as chat:
            await ask_with(chat, service, path)
            await chat.until(lambda: cells(chat))
            assert len(cells(chat)) <= most
            assert all(len(row) == most for row in cells(chat))
            rows = chat.app.transcript.viewport.rows
            assert not any(row.is_text or row.text for row in rows if HALF in row.strip.text)


@given(width=st.integers(0, 100_000), height=st.integers(0, 100_000), room=st.integers(0, 500))
def test_every_size_has_a_grid_within_the_bounds(width: int, height: int, room: int) -> None:
    grid = grid_of(width, height, room)
    if grid is not None:
        assert 1 <= grid.columns <= min(60, room)
        assert 1 <= grid.rows <= 14
        assert [
            strip.cell_length for strip in half_blocks(bytes(6 * grid.columns * grid.rows), grid, "256")
        ] == ([grid.columns] * grid.rows)


@thorough
@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "1", "LA"])
async def test_pictures_of_every_mode_are_drawn(tmp_path: Path, mode: str) -> None:
    path = picture(tmp_path / "flag.png", mode=mode)
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(images="blocks"))
        async with chatting(app) as chat:
            await ask_with(chat, service, path)
            await chat.until(lambda: len(cells(chat)) == 10)


async def test_what_is_damaged_or_too_large_is_named_and_not_drawn(tmp_path: Path) -> None:
    header = png().partition(b"IDAT")[0][:-4]
    (tmp_path / "broken.png").write_bytes(header + chunk(b"IDAT", b"no zlib") + chunk(b"IEND", b""))
    (tmp_path / "bomb.png").write_bytes(png(6_000, 6_000))
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(images="blocks"))
        async with chatting(app) as chat:
            await ask_with(chat, service, tmp_path / "broken.png", tmp_path / "bomb.png")
            await chat.until(lambda: "pictures" in vars(chat.app.parts))
            rows = chat.app.transcript.viewport.rows

            def are_named() -> bool:
                texts = [row.strip.text for row in chat.app.transcript.viewport.rows]
                [first] = [n for n, text in enumerate(texts) if "broken.png" in text]
                return "bomb.png" in texts[first + 1] and "A picture." in texts[first + 2]

            await chat.until(are_named)
            assert rows
            assert not cells(chat)


@thorough
async def test_without_pillow_the_command_that_installs_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "has_extra", lambda extra: False)
    path = picture(tmp_path / "flag.png")
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.send_command("/images auto")
        await chat.sees("to draw them, install an optional package with:", install_command("images")[-14:])
        await ask_with(chat, service, path)
        await chat.sees("▣ flag.png")
        assert not cells(chat)


@thorough
@pytest.mark.parametrize(("system", "is_drawn"), [("256", True), ("standard", False), ("", False)])
async def test_by_itself_a_picture_is_drawn_where_there_are_colours_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, is_drawn: bool
) -> None:
    monkeypatch.setattr(ElumentaApp, "colour_system", system)
    path = picture(tmp_path / "flag.png")
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.send_command("/images auto")
        await chat.sees("Pictures are drawn" if is_drawn else "this terminal shows too few colours")
        await ask_with(chat, service, path)
        await chat.sees("▣ flag.png")
        if is_drawn:
            await chat.sees(HALF * 40)
        else:
            await chat.sees_no(HALF * 40)


@thorough
async def test_keys_are_answered_while_a_picture_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = picture(tmp_path / "flag.png")
    released = threading.Event()
    times: list[int] = []

    def wait(*given: Any) -> bytes | None:
        times.append(1)
        released.wait(60)
        return pixels_of(*given)

    monkeypatch.setattr(pictures, "pixels_of", wait)
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(images="blocks"))
        async with chatting(app) as chat:
            try:
                await ask_with(chat, service, path)
                await chat.until(lambda: times)
                before = len(chat.app.transcript.viewport.rows)
                await chat.type("and now?")
                await chat.until(lambda: chat.app.prompt.text == "and now?")
                chat.app.transcript.repaint_pictures()
            finally:
                released.set()
            await chat.until(lambda: len(cells(chat)) == 10)
            # The rows were there before, so nothing has moved, and it was decoded once.
            assert (len(chat.app.transcript.viewport.rows), times) == (before, [1])


# ------------------------------------------------------------------------------------------------- the terminal draws


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the terminal beside frames."""
    texts: list[str] = []
    monkeypatch.setattr(ElumentaApp, "write_to_terminal", lambda app, sequence: texts.append(sequence))
    return texts


def answer_to(app: ElumentaApp) -> None:
    app.post_message(GraphicsAnswer(f"\x1b_Gi={QUERY_NUMBER};OK\x1b\\"))


def sent(written: list[str]) -> tuple[list[str], bytes]:
    """Return the facts of each picture that was sent, and the bytes of all of them."""
    pieces = [re.fullmatch("\x1b_G([^;]*);(.*)\x1b\\\\", text, re.DOTALL) for text in written]
    found = [piece for piece in pieces if piece and "a=q" not in piece[1]]
    return (
        [piece[1] for piece in found if "a=T" in piece[1]],
        base64.b64decode("".join(piece[2] for piece in found)),
    )


@thorough
async def test_a_terminal_that_answers_gets_a_picture_once_and_cells_for_it(
    tmp_path: Path, written: list[str]
) -> None:
    path = picture(tmp_path / "flag.png", size=(400, 200))
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(images="kitty"))
        async with chatting(app) as chat:
            await ask_with(chat, service, path)
            await chat.until(lambda: written)
            assert "a=q" in written[0]
            answer_to(app)
            await chat.sees(PLACEHOLDER)
            rows = [row for row in chat.app.transcript.viewport.rows if PLACEHOLDER in row.strip.text]
            assert [row.strip.text.count(PLACEHOLDER) for row in rows] == [56] * 14
            [facts], data = sent(written)
            number = int(re.findall(r"i=(\d+)", facts)[0])
            assert "U=1" in facts
            assert "c=56,r=14" in facts
            assert Image.open(io.BytesIO(data)).size == (400, 200)
            colour = next(each for each in rows[0].strip if PLACEHOLDER in each.text).style
            assert colour is not None
            assert colour.color is not None
            red, green, blue = colour.color.get_truecolor()
            assert number == red << 16 | green << 8 | blue
            await chat.send_command("/language ru")
            await chat.sees("токен")
            await chat.pilot.press("ctrl+up", "ctrl+down")
            assert len(sent(written)[0]) == 1
            # Another program had the terminal meanwhile.
            app.post_message(TerminalDriver.Resumed())
            await chat.until(lambda: len(sent(written)[0]) == 2)


@thorough
@pytest.mark.parametrize("tmux", ["", "/tmp/tmux-0/default,1,0"])
async def test_a_terminal_that_does_not_answer_gets_half_blocks(
    tmp_path: Path, written: list[str], monkeypatch: pytest.MonkeyPatch, tmux: str
) -> None:
    monkeypatch.setattr(pictures, "ANSWER_SECONDS", 0.05)
    monkeypatch.setenv("TMUX", tmux)
    path = picture(tmp_path / "flag.png")
    async with Service() as service, chatting(chat_app(account_at(service.url), tmp_path)) as chat:
        await chat.send_command("/images kitty")
        await chat.sees("allow-passthrough on" if tmux else "does not say that it draws pictures")
        await ask_with(chat, service, path)
        await chat.until(lambda: len(cells(chat)) == 10)
        [query] = written
        assert query.startswith("\x1bPtmux;\x1b\x1b_G" if tmux else "\x1b_G")


async def test_by_itself_only_a_terminal_that_is_known_to_draw_in_cells_is_asked(
    tmp_path: Path, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = picture(tmp_path / "flag.png")
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(images="auto"))
        async with chatting(app) as chat:
            await ask_with(chat, service, path)
            await chat.until(lambda: len(cells(chat)) == 10)
            assert not written
            monkeypatch.setenv("TERM", "xterm-kitty")
            await chat.send_command("/images auto")
            await chat.until(lambda: written)
            answer_to(app)
            await chat.sees(PLACEHOLDER)


@thorough
@pytest.mark.parametrize("size", [(120, 40), (40, 15)])
async def test_a_comparison_shows_the_files_of_its_prompt_and_draws_their_pictures_if_there_is_room(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with Service() as service:
        app = chat_app(account_at(service.url), tmp_path, settings=Settings(images="blocks"))
        async with chatting(app, size) as chat:
            await chat.send_command(f"/attach {picture(tmp_path / 'one.png')}")
            await chat.sees("1 ▣ one.png")
            await chat.send_command("/compare gpt-5 claude-sonnet-4.5")
            await chat.send("What is it?")
            await chat.shows(ComparisonScreen)
            await chat.sees("▣ one.png")
            assert len(service.posts) == 2
            rows = app.screen.query_one(PictureRows)
            is_tall = size[1] >= 30
            assert rows.display is is_tall
            if is_tall:
                await chat.until(lambda: HALF in chat.screen)
                half = next(segment for segment in rows.render_line(0) if HALF in segment.text)
                assert half.style is not None
                assert half.style.color is not None
                assert half.style.color.triplet is not None
                assert max(abs(a - b) for a, b in zip(half.style.color.triplet, RED, strict=True)) < 40
                # Named only, from now on: nothing of the picture stays.
                app.appearance.choose_images("off")
                app.screen.show_files()  # type: ignore[attr-defined]  # a comparison
                await chat.sees_no(HALF)
            await chat.sees("▣ one.png")
