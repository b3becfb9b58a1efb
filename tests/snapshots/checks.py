"""What must hold of every view: nothing is cut, all can be read, every named key does something, and the focus is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from rich.cells import cell_len
from textual.color import Color
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from elumenta_tui.terminal.key_names import parse_key
from elumenta_tui.tui.screens.table import TableScreen
from elumenta_tui.tui.widgets.find_line import OWN_KEYS
from elumenta_tui.tui.widgets.key_hints import BETWEEN, KeyHints, keys_of
from elumenta_tui.tui.widgets.row_list import HERE, RowList
from elumenta_tui.tui.widgets.suggestion_list import SuggestionList
from tests.pseudo_terminal import ROOT
from tests.snapshots.drawing import Palette, Picture, Run, dialog_region
from tests.snapshots.walking import Shot
from tests.tui.test_themes import contrast

READABLE = 4.5
"""Contrast of text with its ground, at least."""

LINES = set(" ·─━│┌┬┐├┼┤└┴┘╭╮╰╯┏┓┗┛╍╏▌▐█▀▁▂▃▄▅▆▇▏▎▍▋▊▉┃►▼▲◄")
"""Lines between things, which need not be read."""


def faults(shot: Shot, drawn: Picture) -> Iterator[str]:
    """Yield what is wrong with a picture of a view, in sentences. What a dialog covers and dims is not looked at."""
    region = dialog_region(shot.stage.app)
    yield from _of_widths(drawn, shot.size[0])
    seen = (
        drawn if region is None else [list(_within(runs, region)) for runs in drawn[region.y : region.bottom]]
    )
    # A table scrolls sideways.
    if not isinstance(shot.stage.app.screen, TableScreen):
        yield from cut_words(seen)
    yield from odd_colours(seen, shot.palette)
    yield from _of_keys(shot)
    yield from _of_focus(shot, drawn)


def _within(runs: Sequence[Run], region: Region) -> Iterator[Run]:
    """Yield what of a row is in the columns of a region."""
    x = 0
    for run in runs:
        start, x = x, x + cell_len(run.text)
        text = "".join(letter for letter, at in _placed(run.text, start) if region.x <= at < region.right)
        if text:
            yield run._replace(text=text)


def _placed(text: str, x: int) -> Iterator[tuple[str, int]]:
    for letter in text:
        yield letter, x
        x += cell_len(letter)


# ------------------------------------------------------------------------------------------------------------- the text


def _of_widths(drawn: Picture, width: int) -> Iterator[str]:
    for y, runs in enumerate(drawn):
        cells = sum(cell_len(run.text) for run in runs)
        if cells != width:
            yield f"row {y} has {cells} cells"


_WORD = re.compile(r"[A-Za-zА-Яа-яЁё]{2,}")

_ANYWHERE_CUT = re.compile(r"↳|%[0-9A-F]{2}|xn--")
"""Matches in rows of code and of addresses, which are broken at any letter."""


@cache
def _known_words() -> frozenset[str]:
    """Return all words that may stand on the screen: what is not among them is a part of one."""
    patterns = (
        *(
            "elumenta_tui/i18n/*",
            "elumenta_tui/demo/**/*.*",
            "elumenta_tui/config/*.py",
            "elumenta_tui/tui/*.py",
        ),
        *("elumenta_tui/transfer/feedback.py", "elumenta_tui/chat/models.py", "themes/*.toml"),
        *("tests/snapshots/*.py", "tests/earlier.py"),
    )
    files = {file for pattern in patterns for file in ROOT.glob(pattern)}
    texts = (file.read_text(encoding="utf-8") for file in files if file.suffix in (".toml", ".py", ".md"))
    known = {word.casefold() for text in texts for word in _WORD.findall(text)}
    # Answers of the demo break off there.
    return frozenset({*known, "merg", "законч"})


def cut_words(seen: Picture) -> Iterator[str]:
    """Yield pieces of words that no ellipsis explains, in sentences."""
    rows = ["".join(run.text for run in runs) for runs in seen]
    for row, below in pairwise([*rows, ""]):
        if _ANYWHERE_CUT.search(row + below):
            continue
        for found in _WORD.finditer(row):
            is_shortened = "…" in (row[found.end() : found.end() + 1], row[: found.start()][-1:])
            if not is_shortened and found[0].casefold() not in _known_words():
                yield f"{found[0]!r} is a part of a word in {row.strip()!r}"


# ----------------------------------------------------------------------------------------------------------- the colours


def odd_colours(seen: Picture, palette: Palette) -> Iterator[str]:
    """Yield texts that can't be read, and colours that the theme does not have, in sentences."""
    for run in {run for runs in seen for run in runs}:
        if palette.name(run.ground).startswith("#"):
            yield f"the ground of {run.text!r} is {run.ground}, which is no theme's"
        if run.is_sample or not set(run.text) - LINES:
            continue
        found = contrast(Color.parse(run.foreground), Color.parse(run.ground))
        if found < READABLE:
            yield f"{run.text!r} has the contrast {found:.1f}: {run.foreground} on {run.ground}"
        if palette.name(run.foreground).startswith("#"):
            yield f"the colour of {run.text!r} is {run.foreground}, which is no theme's"


# -------------------------------------------------------------------------------------------------------------- the keys


def _hints(shot: Shot) -> Iterator[str]:
    """Yield the texts on the screen that name keys."""
    app = shot.stage.app
    screen = app.screen
    if not isinstance(screen, ModalScreen):
        yield _below(app.prompt)
        return
    yield _below(screen.query_one("#dialog"))
    for hints in screen.query(KeyHints):
        yield "\n".join(row.plain for row in hints.rows(1000))
    for keys in screen.query("#keys").results(Static):
        yield str(keys.visual)


def _below(widget: Widget) -> str:
    """Return what stands on the lower edge of a frame. Textual's own way to it gives markup."""
    return "" if widget._border_subtitle is None else widget._border_subtitle.plain


_OF_FIELDS = frozenset({"tab", "space", "backspace"})
"""Keys that a field handles before it types."""


def _of_keys(shot: Shot) -> Iterator[str]:
    """Yield keys that are named and do nothing."""
    screen = shot.stage.app.screen
    bound = {key for _, bindings in screen._binding_chain for key in bindings.key_to_bindings}
    if shot.stage.app.parts.finding.is_open:
        bound |= OWN_KEYS
    for text in _hints(shot):
        for hint in re.split(rf"{BETWEEN}|\n|  +", text):
            for label in keys_of(hint.strip()).split():
                key = parse_key(label)
                if (
                    key is not None
                    and key not in bound
                    and not (key in _OF_FIELDS and shot.stage.app.focused)
                ):
                    yield f"{label} is named in {text!r}, and not bound"


# ------------------------------------------------------------------------------------------------------------- the focus


def _of_focus(shot: Shot, drawn: Picture) -> Iterator[str]:
    """Yield why one can't see where one is: neither by a cursor in the field nor by a row that is highlighted."""
    app = shot.stage.app
    focused = app.focused
    for choices in app.screen.query(RowList):
        is_chosen = choices.item is not None and not isinstance(choices, SuggestionList)
        if choices.display and is_chosen and HERE not in _text_in(drawn, choices.region):
            yield f"no row of {choices} is highlighted"
    if isinstance(focused, Input | TextArea) and not (isinstance(focused, TextArea) and focused.read_only):
        foreground = app.theme_variables["foreground"].lower()
        rows = drawn[focused.region.y : focused.region.bottom]
        if not any(run.ground == foreground for runs in rows for run in _within(runs, focused.region)):
            yield f"no cursor in {focused}"


def _text_in(drawn: Picture, region: Region) -> str:
    rows = (_within(runs, region) for runs in drawn[region.y : region.bottom])
    return "\n".join("".join(run.text for run in runs) for runs in rows)
