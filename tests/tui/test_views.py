"""Every screen and dialog as it is kept in `tests/snapshots/kept`, and what must hold of each: see `tests.snapshots.checks`.

`make test` looks at a share of the views, each in one way; `make thorough` at all: in both languages, at three sizes, dark and light.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from textual.geometry import Region

from elumenta_tui.i18n import Language
from tests.pseudo_terminal import ROOT
from tests.snapshots.checks import cut_words, faults, odd_colours
from tests.snapshots.drawing import Palette, Picture, Run, rows_of
from tests.snapshots.every import GROUPS, every_view
from tests.snapshots.kept import DIRECTORY, LANGUAGES, head, path_of, sections_of
from tests.snapshots.stage import DAY, NIGHT
from tests.snapshots.walking import WAYS, Shot, Way, shots
from tests.thorough import every_case, thorough

LOOKS, PAUSE = 200, 0.02
"""How often a view is looked at before it differs from the kept one, and the seconds between: what it reads may come late."""

MOST = 3
"""Views that differ, after which no more are looked at."""

DARK, LIGHT, NARROW = (NIGHT, (80, 24)), (DAY, (80, 24)), (DAY, (40, 15))

SHARE: dict[str, tuple[Language, Way]] = {
    "newcomer": ("en", DARK),
    "dialogs": ("en", DARK),
    "finding": ("ru", NARROW),
    "branching": ("ru", LIGHT),
    "comparing": ("ru", LIGHT),
    "no-key": ("ru", NARROW),
}
"""The groups that `make test` looks at. Another size than that in which a view is reached costs as much as the view."""


def cases() -> Iterator[Any]:
    for group, (language, way) in SHARE.items():
        yield pytest.param(language, group, [way], id=f"{language}-{group}")
    for language, group in product(LANGUAGES, GROUPS):
        yield pytest.param(language, group, WAYS, id=f"{language}-{group}-in-all-ways", marks=thorough)


async def wrong_with(shot: Shot) -> list[str]:
    """Return how a view differs from the kept one, in lines; else what is wrong with it all the same."""
    section = head((shot.stage.language, shot.size))
    kept = sections_of(shot.view.name).get(section, [])
    for _ in range(LOOKS):
        drawn = shot.picture()
        if (rows := shot.rows(drawn)) == kept:
            return [*faults(shot, drawn)]
        await shot.stage.chat.pilot.pause(PAUSE)
    return list(unified_diff(kept, rows, "kept", "shown", lineterm="", n=1))


@every_case
@pytest.mark.parametrize(("language", "group", "ways"), list(cases()))
async def test_every_view_is_as_it_is_kept(
    tmp_path: Path, language: Language, group: str, ways: Sequence[Way]
) -> None:
    wrong: list[str] = []
    async for shot in shots(language, tmp_path, group, ways):
        if len(wrong) < MOST and (lines := await wrong_with(shot)):
            where = f"{shot.view.name}, {language}, {shot.size[0]}x{shot.size[1]}, {shot.theme}"
            wrong.append("\n".join([where, *lines]))
    assert not wrong, "\n\n".join([*wrong, "If that is meant: `make screenshots`, and look at the diff."])


def test_every_view_has_its_file_and_every_file_its_view() -> None:
    names = [view.name for view in every_view()]
    assert len(names) == len(set(names))
    assert {path_of(name) for name in names} == set(DIRECTORY.glob("*"))
    sections = {head((language, size)) for language, size in product(LANGUAGES, {size for _, size in WAYS})}
    assert [name for name in names if set(sections_of(name)) != sections] == []


# ------------------------------------------------------------------------------------------------- nothing is left out


CLASS = re.compile(r"^class (\w+)\((\w+)", re.MULTILINE)
"""Matches the head of a class: its name, and its first base."""


def screens(source: str) -> set[str]:
    """Return the names of all screens and dialogs, but of those that are only the base of others.

    From the source, as importing all of the program takes seconds.
    """
    bases = dict(CLASS.findall(source))

    def is_screen(name: str) -> bool:
        return name in ("Screen", "ModalScreen") or is_screen(bases.get(name, "")) if name else False

    made = set(re.findall(r"(?<!class )\b(\w+)\(", source))
    return {name for name in bases if is_screen(bases[name]) and (name in made or name not in bases.values())}


def test_every_screen_and_dialog_has_a_view() -> None:
    paths = sorted((ROOT / "elumenta_tui" / "tui").rglob("*.py"))
    found = screens("\n".join(path.read_text(encoding="utf-8") for path in paths))
    assert found >= {"WelcomeScreen", "Picker", "ConfirmScreen"}
    missing = found - {view.kind.__name__ for view in every_view()}
    assert missing == set(), "give each a view in tests/snapshots, and run `make screenshots`"


def test_a_new_dialog_is_found() -> None:
    source = (
        "class Dialog(ModalScreen[int]):\nclass New(Dialog[int]):\nclass Newer(New):\nclass Other(Widget):\n"
    )
    assert screens(source) == {"Newer"}
    assert screens(f"{source}    push(New(1))") == {"Newer", "New"}


# --------------------------------------------------------------------------------------------- what is wrong is found


def row(text: str, foreground: str = "#ffffff", ground: str = "#000000", *effects: str) -> Picture:
    return [[Run(text, foreground, ground, effects)]]


PALETTE = Palette(
    {"foreground": "#ffffff", "background": "#000000", "surface": "#101010", "muted": "#505050"}
)


@thorough
@pytest.mark.parametrize(
    "text", ["Find in this conversatio", "onversation", "Открыть запрос в редакто", "› /find  Findin"]
)
def test_a_word_that_is_cut_is_found(text: str) -> None:
    assert len([*cut_words(row(text))]) == 1


@thorough
@pytest.mark.parametrize(
    "text", ["Find in this conversa…", "…versation", "Find in this conversation", "↳nswers", "🙂 42"]
)
def test_what_an_ellipsis_explains_is_not_cut(text: str) -> None:
    assert [*cut_words(row(text))] == []


def test_a_text_that_is_too_faint_is_found_and_a_colour_that_no_theme_has() -> None:
    assert [*odd_colours(row("text"), PALETTE)] == []
    assert "contrast 2.6" in "".join(odd_colours(row("text", "#505050"), PALETTE))
    assert "no theme's" in "".join(odd_colours(row("text", "#fffff0"), PALETTE))
    assert "no theme's" in "".join(odd_colours(row(" ", ground="#123456"), PALETTE))
    assert [*odd_colours(row("│", "#505050"), PALETTE)] == []


def test_a_row_is_kept_with_its_looks() -> None:
    text, *looks = rows_of(row("ab c", "#505050", "#101010", "bold", "italic"), PALETTE, None, 6)[0].split(
        "▏"
    )
    assert (text, looks) == ("ab c  ", ["MM M  italic 0-1 3-3  on surface 0-3"])
    assert rows_of(row("ab", "#7F7F7F"), PALETTE, None, 2) == ["ab▏%%  % foreground-50% 0-1"]
    assert rows_of(row("ab"), PALETTE, Region(1, 0, 1, 1), 2) == ["ab▏ f"]
