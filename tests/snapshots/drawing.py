"""What stands on the screen, cell by cell, and the same as text: each row with the names of its colours behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.screen import ModalScreen

from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.app import ElumentaApp
from tests.chatting import Chat

LETTERS = {
    "foreground": "f",
    "muted": "m",
    "primary": "p",
    "accent": "a",
    "success": "s",
    "warning": "w",
    "error": "e",
    "secondary": "d",
    "rule": "r",
    "background": "b",
    "surface": "u",
    "panel": "n",
    "syntax-plain": "f",
    "syntax-keyword": "k",
    "syntax-name": "f",
    "syntax-function": "c",
    "syntax-class": "t",
    "syntax-builtin": "i",
    "syntax-string": "g",
    "syntax-number": "o",
    "syntax-comment": "q",
    "syntax-operator": "x",
    "input-selection-background": "l",
}
"""Variables of a theme by which colours are called, the first that fits, and a letter for each: a capital is bold."""

SHARES = (5, *range(10, 100, 10))
"""Percents in which the style sheets mix a colour with its ground."""

MIXED = "%"
"""The letter of a colour that is no variable's own. What it is stands behind the row."""

EDGE = "▏"
"""Between a row and its looks: where the screen ends."""


class Run(NamedTuple):
    """Neighbouring cells of one style."""

    text: str
    foreground: str
    """The colour, as in `#d7dae5`."""
    ground: str
    effects: tuple[str, ...]
    """Bold, underlined and the like."""

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing but the ground."""
        return not self.text.strip() and "underline" not in self.effects

    @property
    def is_sample(self) -> bool:
        """Whether it shows a colour of another theme, to choose that by."""
        return self.text == "●" and not self.effects


Picture = list[list[Run]]
"""The rows of a screen."""

_EFFECTS = ("bold", "dim", "italic", "underline", "strike", "reverse")


def picture(chat: Chat) -> Picture:
    """Return what stands on the screen. Nothing may be there that is not sanitized, or that runs an action."""
    return [list(_runs(strip)) for strip in chat.strips]


def _runs(strip: Iterable[Segment]) -> Iterator[Run]:
    for text, style, _ in strip:
        assert clean(text) == text, ascii(text)
        style = style or Style()
        assert not style.meta.get("@click"), text
        assert style.bgcolor is not None, text
        # Blanks need no colour.
        assert style.color is not None or not text.strip(), text
        effects = tuple(name for name in _EFFECTS if getattr(style, name))
        yield Run(text, _hex(style.color or style.bgcolor), _hex(style.bgcolor), effects)


def _hex(colour: RichColor) -> str:
    red, green, blue = colour.get_truecolor()
    return f"#{red:02x}{green:02x}{blue:02x}"


def dialog_region(app: ElumentaApp) -> Region | None:
    """Return the cells of the dialog on top; None if the chat itself is, or the dialog takes all of the screen."""
    if not isinstance(app.screen, ModalScreen):
        return None
    region = app.screen.query_one("#dialog").region
    return None if region == app.screen.region else region


class Palette:
    """Names the colours of a picture by the variables of its theme."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._known = {name: _colour(variables[name]) for name in LETTERS if name in variables}
        self._names: dict[str, str] = {}

    def name(self, colour: str) -> str:
        """Return the name of a colour: of a variable, with the percent of it over a ground. The colour itself if it is of none."""
        if colour not in self._names:
            self._names[colour] = next(self._fitting(colour), colour)
        return self._names[colour]

    def _fitting(self, colour: str) -> Iterator[str]:
        wanted = Color.parse(colour).rgb
        grounds = [self._known[under] for under in ("background", "surface")]
        yield from (name for name, value in self._known.items() if value.a == 1 and value.rgb == wanted)
        # What a theme mixes itself has a name of its own, though a style sheet may mix the same.
        for name, value in self._known.items():
            if any(ground.blend(value, value.a, alpha=1).rgb == wanted for ground in grounds):
                yield name
        for (name, value), ground, percent in product(self._known.items(), grounds, SHARES):
            if ground.blend(value, percent / 100, alpha=1).rgb == wanted:
                yield f"{name}-{percent}%"


def _colour(value: str) -> Color:
    """Read a variable of a theme, as in `#8bbcfa 30%`."""
    colour, _, percent = value.partition(" ")
    return Color.parse(colour).with_alpha(float(percent.rstrip("%")) / 100 if percent else 1.0)


def rows_of(picture: Picture, palette: Palette, dialog: Region | None, width: int) -> list[str]:
    """Return the rows of a screen as they are kept: the text, and behind its edge a letter for the colour of each cell.

    Behind those stand the grounds and the effects that are not usual, each with its first and its last cell. They are the same
    in every theme.

    Args:
        dialog: what is not dimmed; None: nothing is. Nothing is said of the looks of what is.
    """
    rows = []
    for y, runs in enumerate(picture):
        text = "".join(run.text for run in runs)
        looks = _looks(list(_cells(runs, palette, y, dialog)))
        rows.append(f"{text}{' ' * (width - cell_len(text))}{EDGE}{looks}" if looks else text.rstrip())
    return rows


class _Cell(NamedTuple):
    letter: str = " "
    others: tuple[str, ...] = ()
    """What the letter does not say."""


def _cells(runs: Sequence[Run], palette: Palette, y: int, dialog: Region | None) -> Iterator[_Cell]:
    """Yield how each cell of a row looks."""
    x = 0
    for run in runs:
        seen = {True: _cell(run._replace(text=" "), palette), False: _cell(run, palette)}
        for letter in run.text:
            is_behind = dialog is not None and not dialog.contains(x, y)
            is_blank = not letter.strip() and "underline" not in run.effects
            for _ in range(cell_len(letter)):
                yield _Cell() if is_behind else seen[is_blank]
                x += 1


def _cell(run: Run, palette: Palette) -> _Cell:
    ground = palette.name(run.ground)
    others = [] if ground == "background" else [f"on {ground}"]
    if run.is_blank:
        return _Cell(others=tuple(others))
    colour = palette.name(run.foreground)
    letter = "*" if run.is_sample else LETTERS.get(colour, MIXED)
    others += [f"{MIXED} {colour}"] if letter is MIXED else []
    others += [effect for effect in run.effects if effect != "bold"]
    return _Cell(letter.upper() if "bold" in run.effects else letter, tuple(others))


def _looks(cells: Sequence[_Cell]) -> str:
    letters = "".join(cell.letter for cell in cells).rstrip()
    return "  ".join([letters, *_others(cells)]) if letters or any(cell.others for cell in cells) else ""


def _others(cells: Sequence[_Cell]) -> Iterator[str]:
    """Yield what the letters do not say, with the cells where it is so."""
    for other in sorted({other for cell in cells for other in cell.others}):
        edges = [x for x in range(len(cells) + 1) if _has(cells, x, other) is not _has(cells, x - 1, other)]
        yield " ".join(
            [other, *(f"{first}-{end - 1}" for first, end in zip(edges[::2], edges[1::2], strict=True))]
        )


def _has(cells: Sequence[_Cell], x: int, other: str) -> bool:
    return 0 <= x < len(cells) and other in cells[x].others
