"""The moving picture of the README: it shows the app as it is, and is nothing but a picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from rich.segment import Segment
from rich.style import Style

from tests.moving_picture import NAME, draw_tour
from tests.moving_svg import Film, moving_svg
from tests.scenes import DIRECTORY
from tests.thorough import thorough

PICTURE = DIRECTORY / f"{NAME}.svg"
SVG = "{http://www.w3.org/2000/svg}"


@thorough
async def test_the_moving_picture_shows_what_the_app_shows() -> None:
    drawn = await draw_tour()
    kept = PICTURE.read_text(encoding="utf-8")
    texts = re.compile(r">([^<>\n]+)</text>")
    assert texts.findall(drawn) == texts.findall(kept), "run `make screenshots`, and look at what it draws"
    assert drawn == kept, "same words, other looks or times; run `make screenshots` and look"


def test_the_moving_picture_is_only_a_picture() -> None:
    svg = PICTURE.read_text(encoding="utf-8")
    root = ElementTree.fromstring(svg)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "style", "defs", "g", "use", "rect", "circle", "path", "text"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in names if name.startswith("on") or "{" in name]
    assert all(element.get("href", "#").startswith("#") for element in root.iter())
    assert not re.search(r"url\(|@import|@font-face|javascript:", svg)
    assert re.findall(r"https?://[^\"<> ]+", svg)[0] == "http://www.w3.org/2000/svg"
    assert len(svg.encode()) < 400_000


def test_the_moving_picture_tells_its_story_in_time_and_starts_again() -> None:
    svg = PICTURE.read_text(encoding="utf-8")
    [seconds] = set(re.findall(r"animation:k\d+ ([\d.]+)s step-end infinite", svg))
    assert 15 <= float(seconds) <= 25
    for told in (
        "show me Python",
        "281 left",
        "Claude Opus 4.5",
        "275 left",
        "/demo compare",
        "Gemini 3 Pro",
    ):
        assert f">{told}" in svg or f"{told}<" in svg, told


def test_both_pages_begin_with_the_moving_picture() -> None:
    for page in ("README.md", "README.ru.md"):
        text = (DIRECTORY.parent / page).read_text(encoding="utf-8")
        first = re.search(r"!\[([^\]]+)\]\(([^)]+)\)", text)
        assert first is not None
        assert first[2] == f"screenshots/{NAME}.svg"
        assert len(first[1]) > 40


# ------------------------------------------------------------------------------------------------------- how it is drawn


def drawn(*screens: tuple[list[str], float]) -> ElementTree.Element:
    film = Film()
    for rows, seconds in screens:
        film.show([[Segment(row, Style.parse("#ffffff on #000000"))] for row in rows], seconds)
    return ElementTree.fromstring(moving_svg(film, (10, 2), title="a title"))


def seen_at(root: ElementTree.Element, share: float) -> list[str]:
    """The texts in the cells that are visible after that share of the film, from top to bottom."""
    style = root.findtext(f"{SVG}style") or ""
    [cells] = [element for element in root if element.get("class") == "s"]
    shared = {f"#{element.get('id')}": element for element in root.iter(f"{SVG}g") if element.get("id")}
    rows: list[tuple[float, str]] = []
    for group in cells:
        state = "visible"
        if name := group.get("id"):
            [frames] = re.findall(rf"@keyframes k{name[1:]}{{(.*)}}$", style, re.MULTILINE)
            steps = re.findall(r"([\d.]+)%{visibility:(\w+)}", frames)
            state = [state for at, state in steps if float(at) <= share * 100][-1]
        if state == "visible":
            for row in group:
                text = "".join((shared[row.get("href", "")] if row.tag == f"{SVG}use" else row).itertext())
                y = row.get("y") or row.get("transform", "").removeprefix("translate(0 ").removesuffix(")")
                rows.append((float(y), text))
    return [text for _, text in sorted(rows)]


def test_every_row_is_seen_when_it_was_filmed() -> None:
    root = drawn((["a", "b"], 1.0), (["a", "c"], 1.0), (["c", "b"], 2.0))
    assert seen_at(root, 0.0) == ["a", "b"]
    assert seen_at(root, 0.3) == ["a", "c"]
    assert seen_at(root, 0.5) == ["c", "b"]
    assert seen_at(root, 0.99) == ["c", "b"]


def test_a_row_that_moves_is_drawn_once() -> None:
    root = drawn((["first", "second"], 1.0), (["second", "third"], 1.0))
    assert sorted(element.text or "" for element in root.iter(f"{SVG}text")) == [
        "a title",
        "first",
        "second",
        "third",
    ]


def test_without_motion_the_end_is_seen() -> None:
    root = drawn((["first", "same"], 1.0), (["last", "same"], 1.0))
    hidden = [group for group in root.iter(f"{SVG}g") if group.get("visibility") == "hidden"]
    assert ["".join(group.itertext()).strip() for group in hidden] == ["first"]
    assert "prefers-reduced-motion" in (root.findtext(f"{SVG}style") or "")


@pytest.mark.parametrize("text", ["<a> & b", "日本 x", "a   b"])
def test_letters_stand_in_their_cells(text: str) -> None:
    root = drawn(([text, ""], 1.0))
    [cells] = [element for element in root if element.get("class") == "s"]
    pieces = [
        (int(piece.get("x", "")), piece.text or "", int(piece.get("textLength", "")))
        for piece in cells.iter(f"{SVG}text")
    ]
    wanted = {
        "<a> & b": [(0, "<a> & b", 70)],
        "日本 x": [(0, "日本 x", 60)],
        "a   b": [(0, "a", 10), (40, "b", 10)],
    }
    assert pieces == wanted[text]
