"""How it looks: the README's pictures, drawn anew and compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from elumenta_tui import i18n
from elumenta_tui.session.backend import demo_account
from tests import moving_picture
from tests.chatting import chat_app, chatting
from tests.scenes import DIRECTORY, SCENES, draw
from tests.thorough import every_case, some, thorough

pytestmark = pytest.mark.usefixtures("slowly_at_rest")


def shown(svg: str) -> str:
    """The texts of a picture, to compare and to show where it differs."""
    return "\n".join(re.findall(r">([^<>\n]+)</text>", svg))


@thorough
@every_case
@pytest.mark.parametrize("name", some(SCENES))
async def test_the_screen_looks_as_in_its_picture(name: str) -> None:
    drawn = await draw(SCENES[name])
    picture = DIRECTORY / f"{name}.svg"
    assert picture.exists(), "run `make screenshots`, and look at what it draws"
    kept = picture.read_text(encoding="utf-8")
    assert shown(drawn) == shown(kept)
    assert drawn == kept, f"{name}: same words, other looks; run `make screenshots` and look"


def test_there_is_no_picture_without_a_scene() -> None:
    assert {path.stem for path in DIRECTORY.glob("*.svg")} == {*SCENES, moving_picture.NAME}


def test_the_readme_shows_the_pictures_that_it_should() -> None:
    readme = (DIRECTORY.parent / "README.md").read_text(encoding="utf-8")
    linked = {Path(path).stem for path in re.findall(r"\(screenshots/([\w-]+\.svg)\)", readme)}
    assert linked >= {"start", "streaming", "picker", "error", "narrow", "russian"}
    assert linked <= {*SCENES, moving_picture.NAME}


@thorough
async def test_keys_that_do_not_fit_into_a_row_of_the_help_stay_in_their_column(tmp_path: Path) -> None:
    i18n.use("ru")
    async with chatting(chat_app(demo_account(), tmp_path), size=(80, 24)) as chat:
        await chat.sees("ДЕМО")
        await chat.pilot.press("f1")
        await chat.sees("также Shift+Enter Alt+Enter")
        [row] = [row for row in chat.rows if "Ctrl+Enter" in row]
        [above] = [row for row in chat.rows if "также Shift+Enter" in row]
        assert row.index("Ctrl+Enter") == above.index("также")


@thorough
async def test_keys_that_do_not_fit_into_a_narrow_help_stay_in_their_column(tmp_path: Path) -> None:
    async with chatting(chat_app(demo_account(), tmp_path), size=(40, 24)) as chat:
        await chat.sees("DEMO")
        await chat.pilot.press("f1")
        await chat.sees("Shift+Enter", "Ctrl+Enter")
        [row] = [row for row in chat.rows if "Ctrl+Enter" in row]
        [above] = [row for row in chat.rows if "Ctrl+J" in row]
        assert row.index("Ctrl+Enter") == above.index("Ctrl+J")
