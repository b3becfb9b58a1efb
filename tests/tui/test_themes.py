"""Every theme can be read with tired eyes, and a bad one stops neither the others nor the program."""

from __future__ import annotations

import re
from dataclasses import fields
from itertools import pairwise, product
from pathlib import Path

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Turn
from elumenta_tui.config.paths import shipped_themes
from elumenta_tui.config.settings import Settings
from elumenta_tui.session.backend import demo_account
from elumenta_tui.tui import themes
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.themes import ThemeProblem, Themes, load, load_all
from elumenta_tui.tui.widgets.transcript_styles import LOOKS
from tests.chatting import Chat, chat_app, chatting, lead
from tests.thorough import share, thorough

PACKAGE = Path(themes.__file__).parent.parent
FILES = sorted((PACKAGE.parent / "themes").glob("*.toml"))
STYLES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.tcss")))
SYNTAX = sorted(
    {*re.findall(r"\$(syntax-[\w-]+)", STYLES)}
    | {look.colour for look in LOOKS.values() if look.colour.startswith("syntax-")}
)


def colour(theme: Theme, name: str) -> Color:
    value = theme.variables[name] if name in theme.variables else getattr(theme, name)
    return Color.parse(value)


def luminance(one: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in one.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """As WCAG defines it: from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_counted_as_wcag_does() -> None:
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


# ---------------------------------------------------------------------------------------------------- the shipped ones


def test_there_are_themes_and_the_default_is_one_of_them() -> None:
    found, problems = load_all(shipped_themes())
    assert problems == []
    assert len(found) == len(FILES) >= 9
    assert {Settings().dark_theme, Settings().light_theme} <= {theme.name for theme in found}
    assert {theme.dark for theme in found} == {True, False}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_theme_has_its_files_name_and_every_colour_that_the_styles_use(path: Path) -> None:
    theme = load(path)
    assert theme.name == path.stem
    assert len(SYNTAX) >= 8
    assert set(SYNTAX) <= theme.variables.keys()
    assert {name for name in theme.variables if name.startswith("syntax-")} == set(SYNTAX)
    for name in (
        "secondary",
        "accent",
        "success",
        "warning",
        "error",
        "foreground",
        "background",
        "surface",
        "panel",
    ):
        assert getattr(theme, name), name


FOREGROUNDS = ("foreground", "primary", "secondary", "accent", "success", "warning", "error", "muted")
GROUNDS = ("background", "surface", "panel")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_text_can_be_read_on_every_ground(path: Path) -> None:
    theme = load(path)
    for name, ground in product(FOREGROUNDS, GROUNDS):
        assert contrast(colour(theme, name), colour(theme, ground)) >= 4.5, (name, ground)
    for name in SYNTAX:
        assert contrast(colour(theme, name), colour(theme, "surface")) >= 4.5, name
    # The badge and the sign of the demo: dark on bright, or the other way round.
    for name in ("accent", "warning", "error"):
        assert contrast(colour(theme, "background"), colour(theme, name)) >= 4.5, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_lines_between_things_are_calm_and_can_still_be_seen(path: Path) -> None:
    theme = load(path)
    assert 1.5 <= contrast(colour(theme, "rule"), colour(theme, "background")) <= 6
    assert contrast(colour(theme, "rule"), colour(theme, "background")) < contrast(
        colour(theme, "muted"), colour(theme, "background")
    )


@thorough
@pytest.mark.parametrize("name", [path.stem for path in FILES])
async def test_the_app_starts_in_every_theme(tmp_path: Path, name: str) -> None:
    app = chat_app(demo_account(), tmp_path, settings=Settings(theme=name))
    async with chatting(app, (60, 15)) as chat:
        await chat.sees("283 tokens")
        assert app.theme == name
        assert app.screen.styles.background == colour(app.get_theme(name) or pytest.fail(name), "background")


# ---------------------------------------------------------------------------------------------------------- bad files

BAD = {
    "no colour at all": "",
    "broken": 'primary = "#fff',
    "unknown field": 'primary = "#ffffff"\nfont = "Comic Sans"',
    "unknown colour": 'primary = "#ffffff"\nerror = "reddish"',
    "colour that is a number": "primary = 0",
    "colour that is a list": 'primary = ["#ffffff"]',
    "name that is a number": 'primary = "#ffffff"\nname = 5',
    "dark that is a word": 'primary = "#ffffff"\ndark = "yes"',
    "spread that is a word": 'primary = "#ffffff"\nluminosity_spread = "wide"',
    "variables that are none": 'primary = "#ffffff"\nvariables = 5',
    "variable that is a number": 'primary = "#ffffff"\n[variables]\nborder = 5',
    "code in no colour": 'primary = "#ffffff"\n[variables]\nsyntax-plain = "plain"',
    "nonsense that is no syntax": 'primary = "#ffffff"\n[variables]\nwhatever = "}{"',
    "border in no colour": 'primary = "#ffffff"\n[variables]\nborder = "nonsense value"',
    "border that is automatic": 'primary = "#ffffff"\n[variables]\nborder = "auto 87%"',
    "text in no colour": 'primary = "#ffffff"\n[variables]\ntext-muted = "bold"',
    "style that is none": 'primary = "#ffffff"\n[variables]\nbutton-focus-text-style = "loud"',
    "base colour by a variable": 'primary = "#ffffff"\n[variables]\nerror = "nonsense"',
    "terminal colours without any": 'primary = "#ffffff"\nansi = true',
    "nested without end": "primary = " + "[" * 3000,
}
GOOD = 'primary = "#ffffff"'


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_named_and_does_not_stop_the_others(tmp_path: Path, what: str) -> None:
    (tmp_path / "a-good.toml").write_text(GOOD)
    (tmp_path / "bad.toml").write_text(BAD[what])
    (tmp_path / "c-good.toml").write_text(GOOD)
    found, problems = load_all(tmp_path)
    assert [theme.name for theme in found] == ["a-good", "c-good"]
    [problem] = problems
    assert str(problem).startswith("bad.toml: ")
    assert "\n" not in str(problem)
    with pytest.raises(ThemeProblem, match=r"bad\.toml"):
        load(tmp_path / "bad.toml")


@pytest.mark.parametrize("content", [b"\xff\xfe", b'primary = "\xe9"'])
def test_a_file_that_is_no_utf_8_is_a_bad_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.toml").write_bytes(content)
    assert load_all(tmp_path)[0] == []


def test_a_directory_that_looks_like_a_theme_is_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").mkdir()
    found, [problem] = load_all(tmp_path)
    assert found == []
    assert str(problem).startswith("bad.toml: ")


def test_no_directory_is_no_problem(tmp_path: Path) -> None:
    assert load_all(tmp_path / "none") == ([], [])


def test_a_file_without_a_name_is_called_as_the_file_also_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(tmp_path / "mine.toml").name == "mine"


def test_the_users_own_theme_wins_over_a_shipped_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "any.toml").write_text('name = "elumenta-day"\nprimary = "#123456"')
    (tmp_path / "z.toml").write_text('name = "a mine"\nprimary = "#123456"')
    found = Themes(shipped_themes(), tmp_path)
    assert found.problems == []
    assert [theme.name for theme in found.every()] == [*(path.stem for path in FILES), "a mine"]
    for _ in range(2):
        assert getattr(found.find("elumenta-day"), "primary", None) == "#123456"
    assert found.find("../elumenta-day") is None


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (f'{GOOD}\nname = "red\\u001b[31m \\u202e\\n x"', "red[31m ⟦RLO⟧ x"),
        (f'{GOOD}\nname = " \\u0007"', "mine"),
    ],
)
def test_a_name_can_not_steer_the_terminal(tmp_path: Path, source: str, name: str) -> None:
    (tmp_path / "mine.toml").write_text(source)
    assert load(tmp_path / "mine.toml").name == name


def test_a_problem_can_not_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(f'{GOOD}\n"x\\u001b[2J" = 1')
    _, [problem] = load_all(tmp_path)
    assert "\x1b" not in str(problem)


def test_every_field_that_a_file_may_have_is_one_of_textuals() -> None:
    assert {field.name for field in fields(Theme)} - {"ansi"} == themes._COLOURS | themes._OTHERS.keys()


USABLE = """primary = "#ffffff"
[variables]
border = "#81a1c1 35%"
text-muted = "auto 50%"
button-focus-text-style = "bold underline"
footer-key-foreground = "red"
of-my-own = "12 x"
"""


@thorough
async def test_variables_of_every_usual_form_are_taken(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text(USABLE)
    app = chat_app(demo_account(), tmp_path, settings=Settings(theme="mine"))
    async with chatting(app) as chat:
        await chat.sees("DEMO")
        assert app.theme == "mine"
        await chat.pilot.press("f1")
        await chat.sees("Help")


@thorough
async def test_a_bad_file_of_the_default_themes_name_leaves_the_default(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    bad = f'name = "{Settings().dark_theme}"\n' + BAD["border in no colour"]
    (tmp_path / "themes" / "mine.toml").write_text(bad)
    async with chatting(chat_app(demo_account(), tmp_path)) as chat:
        await chat.sees("mine.toml: border = 'nonsense value'?", "DEMO")


@thorough
async def test_the_app_tells_of_a_bad_file_and_shows_the_others(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "bad.toml").write_text('primary = "reddish"')
    (tmp_path / "themes" / "mine.toml").write_text(GOOD)
    app = chat_app(demo_account(), tmp_path, settings=Settings(theme="gone"))
    async with chatting(app) as chat:
        await chat.sees("bad.toml: primary = 'reddish'?", "There is no theme gone")
        assert app.theme == Settings().dark_theme
        await chat.pilot.press("ctrl+t")
        await chat.sees("mine", *[path.stem for path in FILES])
        await chat.type("mine")
        await chat.pilot.press("enter")
        await chat.until(lambda: app.theme == "mine")


# ---------------------------------------------------------------------------------------------------- one after another


TEXTS = "plain words\n\n- an item\n\n> a quote\n\n| a cell |\n|---|\n| another |\n\n" + "line\n\n" * 40
"""More than a screen of it, so that there is a scroll bar."""


def painted(chat: Chat) -> dict[str, tuple[str, str]]:
    """The colours of a word of each kind, and of both parts of the scroll bar."""
    found: dict[str, tuple[str, str]] = {}
    width = chat.app.transcript.size.width
    for y in range(chat.app.transcript.size.height):
        strip = chat.app.transcript.render_line(y)
        for kind in ("plain words", "an item", "a quote", "a cell", "another"):
            for segment in strip:
                if kind in segment.text:
                    found[kind] = colours_of(segment.style)
        [bar] = strip.crop(width - 1, width)
        found["thumb" if bar.text.strip() else "track"] = colours_of(bar.style)
    return found


def colours_of(style: Style | None) -> tuple[str, str]:
    assert style is not None
    assert style.color is not None
    assert style.bgcolor is not None
    return style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex


def choose(app: ElumentaApp, name: str) -> None:
    assert app.appearance.themes.find(name) is not None
    app.appearance.choose_theme(name)


async def wears(app: ElumentaApp, name: str, chat: Chat) -> dict[str, tuple[str, str]]:
    choose(app, name)
    for _ in range(3):
        await chat.pilot.pause()
    return painted(chat)


@thorough
async def test_every_theme_after_another_looks_as_if_it_had_always_been_there(tmp_path: Path) -> None:
    names = share(path.stem for path in FILES)
    fresh: dict[str, dict[str, tuple[str, str]]] = {}
    for name in names:
        app = chat_app(demo_account(), tmp_path / name, settings=Settings(theme=name))
        async with chatting(app) as chat:
            await chat.sees("283")
            show(app)
            await chat.sees("plain words")
            fresh[name] = painted(chat)
    assert len(fresh[names[0]]) == 7
    assert len({str(looks) for looks in fresh.values()}) == len(names)
    app = chat_app(demo_account(), tmp_path / "all", settings=Settings(theme=names[0]))
    async with chatting(app) as chat:
        await chat.sees("283")
        show(app)
        await chat.sees("plain words")
        # Every theme after the next one, and after the one before: what stays behind of one shows in any other.
        walk = [*names, names[0], *reversed(names)]
        await wears(app, names[0], chat)
        for before, after in pairwise(walk):
            assert await wears(app, after, chat) == fresh[after], f"{after} after {before}"


@thorough
async def test_a_theme_chosen_before_the_first_question_is_that_of_its_answer(tmp_path: Path) -> None:
    app = chat_app(demo_account(), tmp_path)
    async with chatting(app) as chat:
        await chat.sees("283")
        choose(app, "elumenta-day")
        await chat.pilot.pause()
        show(app)
        await chat.sees("plain words")
        theme = load(shipped_themes() / "elumenta-day.toml")
        assert painted(chat)["plain words"] == (theme.foreground, theme.background)


def show(app: ElumentaApp) -> None:
    """A conversation of one turn, from its beginning."""
    answer = Turn("a question").restore(app.session.model, TEXTS)
    lead(app, Conversation([answer.turn]))
    app.transcript.go_to_start()
