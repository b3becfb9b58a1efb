"""Colour themes: one TOML file each, with the field names of Textual's `Theme`.

No code knows a theme's name. Every file in the themes directory and in `themes/` of the user's configuration
is offered.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from rich.palette import Palette
from textual.color import Color, ColorParseError
from textual.css.stylesheet import Stylesheet
from textual.theme import Theme

from elumenta_tui.text.sanitize import clean_line

_COLOURS = frozenset(
    [
        "primary",
        "secondary",
        "warning",
        "error",
        "success",
        "accent",
        "foreground",
        "background",
        "surface",
        "panel",
        "boost",
    ]
)
_BLENDED = frozenset(["muted", "rule"])
"""Our own variables: `muted` colours names, facts and hints, `rule` the lines between things."""

Colours = Literal["truecolor", "256", "16"]
"""Colours that a terminal can show."""

_OTHERS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "dark": bool,
    "luminosity_spread": (int, float),
    "text_alpha": (int, float),
    "variables": dict,
}
"""Fields that are not colours. Textual does not check their types, and crashes on a wrong one."""


class ThemeProblem(Exception):
    """A theme file can't be used. The text is `file: reason`, on one clean line."""

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(clean_line(f"{path.name}: {reason}"))


def load(path: Path, colours: Colours = "truecolor", *, is_valid: bool = False) -> Theme:
    """Load the theme of one file for a terminal with that many colours.

    Raises ThemeProblem if the file can't be read, or has an unknown field or an invalid value. If it `is_valid` for sure, its
    values are not checked: that took a fortieth of the time until the first frame.
    """
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ThemeProblem(path, error) from error
    data.setdefault("name", path.stem)
    numbered = {few: _pop_numbers(data, few, path) for few in _FEW}
    if not is_valid:
        _check(data, path)
    # Themes are shared between people, so the name is a stranger's text.
    data["name"] = clean_line(data["name"]) or path.stem
    try:
        theme = Theme(**data)
    except TypeError as error:
        raise ThemeProblem(path, error) from error
    _complete(theme)
    if colours != "truecolor":
        _apply_numbers(theme, numbered[colours], colours)
    return theme


def _check(data: Mapping[str, Any], path: Path) -> None:
    unknown = sorted(data.keys() - _COLOURS - _OTHERS.keys())
    if unknown:
        raise ThemeProblem(path, f"{', '.join(unknown)}?")
    for name, value in data.items():
        if not (_is_colour(value) if name in _COLOURS else isinstance(value, _OTHERS[name])):
            raise ThemeProblem(path, f"{name} = {value!r}?")
    for name, value in data.get("variables", {}).items():
        if not _is_usable(name, value):
            raise ThemeProblem(path, f"{name} = {value!r}?")


_FEW: tuple[Literal["256", "16"], ...] = ("256", "16")


def _pop_numbers(data: dict[str, object], colours: Literal["256", "16"], path: Path) -> Mapping[str, int]:
    """Remove and return the file's table that gives colours by number."""
    table = data.pop(f"colours-{colours}", {})
    if not isinstance(table, dict):
        raise ThemeProblem(path, f"colours-{colours} = {table!r}?")
    for name, number in table.items():
        if type(number) is not int or not 0 <= number < int(colours):
            raise ThemeProblem(path, f"{name} = {number!r}?")
    return table


def _apply_numbers(theme: Theme, numbers: Mapping[str, int], colours: Literal["256", "16"]) -> None:
    """Give a theme the numbered colours.

    With 256 colours, backgrounds that the file does not number get distinct greys.
    """
    if colours == "256":
        numbers = {**_distinct_greys(theme), **numbers}
    for name, number in numbers.items():
        value = _hex(number, colours)
        if name in _COLOURS:
            setattr(theme, name, value)
        else:
            theme.variables[name] = value


def _distinct_greys(theme: Theme) -> dict[str, int]:
    """Return distinct greys of the 256 colours for the backgrounds of a theme, each as near as possible.

    Rich maps a dark blue-grey to black, and three of them to the same black.
    """
    step = 1 if theme.dark else -1
    found: dict[str, int] = {}
    last = None
    for name in ("background", "surface", "panel"):
        value = getattr(theme, name)
        if value is None:
            continue
        colour = Color.parse(value)
        grey = 232 + max(0, min(23, round((colour.brightness * 255 - 8) / 10)))
        if last is not None and (grey - last) * step <= 0:
            grey = max(232, min(255, last + step))
        found[name] = last = grey
    return found


def _hex(number: int, colours: Literal["256", "16"]) -> str:
    """Return the colour that Rich maps back to this number."""
    from rich._palettes import EIGHT_BIT_PALETTE, STANDARD_PALETTE

    if colours == "256" and number >= 232:
        # Rich's grey ramp differs from the palette's greys.
        part = round((number - 231) / 25 * 255)
        return f"#{part:02x}{part:02x}{part:02x}"
    palette: Palette = STANDARD_PALETTE if colours == "16" else EIGHT_BIT_PALETTE
    return palette[number].hex


def _complete(theme: Theme) -> None:
    """Fill in the variables that a theme file does not define, derived from its colours."""
    missing = (_BLENDED | _SYNTAX.keys()) - theme.variables.keys()
    if not missing:
        return
    known = theme.to_color_system().generate()
    foreground, background = Color.parse(known["foreground"]), Color.parse(known["background"])
    for name in missing:
        if name in _BLENDED:
            theme.variables[name] = background.blend(foreground, 0.68 if name == "muted" else 0.25).hex
        else:
            theme.variables[name] = known[_SYNTAX[name]]


_SYNTAX = {
    "syntax-plain": "foreground",
    "syntax-keyword": "secondary",
    "syntax-name": "foreground",
    "syntax-function": "primary",
    "syntax-class": "warning",
    "syntax-builtin": "primary",
    "syntax-string": "success",
    "syntax-number": "accent",
    "syntax-comment": "foreground",
    "syntax-operator": "foreground",
}
"""Colours that replace missing syntax variables."""


def _is_colour(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True


def _is_usable(name: str, value: object) -> bool:
    """Return whether the style sheets can be parsed with that value.

    If not, the program could not start with it.
    """
    if not isinstance(value, str):
        return False
    if name in _COLOURS or name in _BLENDED or name.startswith("syntax-"):
        return _is_colour(value)
    usual = _usual_variables().get(name, "")
    if _is_colour(usual):
        uses = "color: $it; background: $it; border: tall $it;"
    elif name.endswith(("-style", "-style-hover")):
        uses = "text-style: $it;"
    else:
        uses = "color: $it;" if usual else ""
    sheet = Stylesheet(variables={"it": value})
    sheet.add_source(f"X {{ {uses} }}")
    try:
        sheet.parse()
    # Tokens, values and style sheets raise unrelated exceptions.
    except Exception:
        return False
    return True


@cache
def _usual_variables() -> dict[str, str]:
    """Return Textual's own variables, which its style sheets use."""
    return Theme("usual", primary="#000000").to_color_system().generate()


def load_all(directory: Path, colours: Colours = "truecolor") -> tuple[list[Theme], list[ThemeProblem]]:
    """Load the themes of a directory by file name; the later one of two with the same name wins.

    Also return the problems.
    """
    themes: dict[str, Theme] = {}
    problems: list[ThemeProblem] = []
    for path in sorted(directory.glob("*.toml")):
        try:
            theme = load(path, colours)
        except ThemeProblem as problem:
            problems.append(problem)
        else:
            themes[theme.name] = theme
    return list(themes.values()), problems


class Themes:
    """The available themes.

    The user's own are loaded at once, because a file may give its theme any name. Shipped themes have the
    names of their files, so each is loaded on first use.

    Args:
        shipped: a directory of valid themes.
        own: the user's directory; it may not exist.
    """

    def __init__(self, shipped: Path, own: Path) -> None:
        self._own = own
        self._colours: Colours = "truecolor"
        self._shipped = {path.stem: path for path in sorted(shipped.glob("*.toml"))}
        found, self.problems = load_all(own)
        """The problems of the user's files."""
        self._known = {theme.name: theme for theme in found}

    def limit(self, colours: Colours) -> None:
        """Limit the themes to the colours of the terminal."""
        if colours != self._colours:
            self._colours = colours
            self._known = {theme.name: theme for theme in load_all(self._own, colours)[0]}

    def __contains__(self, name: str) -> bool:
        """Return whether there is a theme of that name, without loading it."""
        return name in self._known or name in self._shipped

    def find(self, name: str) -> Theme | None:
        """Return the theme of that name."""
        if name not in self._known and name in self._shipped:
            self._known[name] = load(self._shipped[name], self._colours, is_valid=True)
        return self._known.get(name)

    def every(self) -> list[Theme]:
        """List all themes: the shipped ones, then the user's.

        A user's theme takes the place of a shipped one of its name.
        """
        names = dict.fromkeys([*self._shipped, *self._known])
        return [theme for name in names if (theme := self.find(name)) is not None]
