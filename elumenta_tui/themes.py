"""The colour themes: one TOML file each, with the field names of Textual's own `Theme`.

No code knows a theme's name: what lies in the themes directory, or in `themes/` of the user's configuration, is there.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from textual.color import Color, ColorParseError
from textual.css.stylesheet import Stylesheet
from textual.theme import Theme

from elumenta_tui.gate import clean_line

_PACKAGED = Path(__file__).parent / "_themes"
_CHECKOUT = Path(__file__).parent.parent / "themes"

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
_OTHERS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "dark": bool,
    "luminosity_spread": (int, float),
    "text_alpha": (int, float),
    "variables": dict,
}
"""Fields that are no colours. Textual does not look at their types, and ends at a wrong one."""


class ThemeProblem(Exception):
    """A theme file that can't be used; its text is `file: reason`, in one clean line."""

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(clean_line(f"{path.name}: {reason}"))


def shipped() -> Path:
    """The directory of the themes that come with the program."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def load(path: Path) -> Theme:
    """The theme of one file; ThemeProblem if it can't be read, or has an unknown field or an unusable value."""
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ThemeProblem(path, error) from error
    data.setdefault("name", path.stem)
    unknown = sorted(data.keys() - _COLOURS - _OTHERS.keys())
    if unknown:
        raise ThemeProblem(path, f"{', '.join(unknown)}?")
    for name, value in data.items():
        if not (_is_colour(value) if name in _COLOURS else isinstance(value, _OTHERS[name])):
            raise ThemeProblem(path, f"{name} = {value!r}?")
    for name, value in data.get("variables", {}).items():
        if not _is_usable(name, value):
            raise ThemeProblem(path, f"{name} = {value!r}?")
    # People pass themes on: what one is called is a stranger's text.
    data["name"] = clean_line(data["name"]) or path.stem
    try:
        return Theme(**data)
    except TypeError as error:
        raise ThemeProblem(path, error) from error


def _is_colour(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True


def _is_usable(name: str, value: object) -> bool:
    """Whether the style sheets can be read with that value of a variable; with another one the program could not start."""
    if not isinstance(value, str):
        return False
    if name in _COLOURS or name.startswith("syntax-"):
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
    # Tokens, values and style sheets each have an error of their own.
    except Exception:
        return False
    return True


@cache
def _usual_variables() -> dict[str, str]:
    """Textual's own, which its style sheets use."""
    return Theme("usual", primary="#000000").to_color_system().generate()


def load_all(directory: Path) -> tuple[list[Theme], list[ThemeProblem]]:
    """The themes of a directory by file name, the later one of two with the same name winning; and what was wrong."""
    themes: dict[str, Theme] = {}
    problems: list[ThemeProblem] = []
    for path in sorted(directory.glob("*.toml")):
        try:
            theme = load(path)
        except ThemeProblem as problem:
            problems.append(problem)
        else:
            themes[theme.name] = theme
    return list(themes.values()), problems


class Themes:
    """The themes to choose from. The user's own are read at once, as a file may give its theme any name; of those that came
    with the program, which are called as their files, each when it is asked for.

    Args:
        shipped: a directory of themes without problems.
        own: the user's directory; it may be missing.
    """

    def __init__(self, shipped: Path, own: Path) -> None:
        self._shipped = {path.stem: path for path in sorted(shipped.glob("*.toml"))}
        found, self.problems = load_all(own)
        """What was wrong with the user's files."""
        self._known = {theme.name: theme for theme in found}

    def find(self, name: str) -> Theme | None:
        """The theme of that name."""
        if name not in self._known and name in self._shipped:
            self._known[name] = load(self._shipped[name])
        return self._known.get(name)

    def every(self) -> list[Theme]:
        """All of them, the user's own last, unless they stand in the place of another."""
        names = dict.fromkeys([*self._shipped, *self._known])
        return [theme for name in names if (theme := self.find(name)) is not None]
