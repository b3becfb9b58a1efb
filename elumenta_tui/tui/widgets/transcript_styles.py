"""The styles of the transcript: from the roles of text to what the terminal can show, in the colours of one theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from elumenta_tui.markdown.style import TEXT, TextStyle
from elumenta_tui.tui.widgets import scroll_thumb
from elumenta_tui.tui.widgets.line_renderer import LineRenderer


class Look(NamedTuple):
    """The variables of a theme that have the colours of a role."""

    colour: str
    ground: str = ""
    """Empty for the widget's own background."""
    style: Style = Style()
    """Its attributes, such as bold."""


_BOLD, _ITALIC, _UNDERLINED = Style(bold=True), Style(italic=True), Style(underline=True)

LOOKS = {
    "text": Look("foreground"),
    "quote": Look("muted", style=_ITALIC),
    "term": Look("foreground", style=_BOLD),
    "alert.note": Look("primary"),
    "alert.tip": Look("success"),
    "alert.important": Look("accent"),
    "alert.warning": Look("warning"),
    "alert.caution": Look("error"),
    "mark": Look("muted"),
    "rule": Look("rule"),
    "code": Look("secondary", "surface"),
    "target": Look("muted"),
    "html": Look("muted"),
    "link": Look("primary", style=_UNDERLINED),
    "you": Look("primary", "surface"),
    "prompt": Look("foreground", "surface"),
    "folded": Look("muted", "surface"),
    "meta": Look("muted"),
    "name": Look("muted", style=_BOLD),
    "live": Look("primary"),
    "offer": Look("foreground"),
    "problem": Look("error"),
    "stopped": Look("warning"),
    "badge": Look("muted", "panel"),
    "badge.new": Look("background", "accent", style=_BOLD),
    "cursor": Look("accent", "background"),
    "version": Look("accent", "surface"),
    "selected": Look("foreground", "input-selection-background"),
    "found": Look("foreground", "input-selection-background", style=_UNDERLINED),
    "found.here": Look("warning", "background", style=_BOLD + Style(reverse=True)),
    "track": Look("rule", "background"),
    "thumb": Look("rule", "background"),
    "language": Look("muted", "surface"),
    "heading.1": Look("primary"),
    "heading.2": Look("primary"),
    "heading.3": Look("foreground"),
    "heading.4": Look("muted"),
    "heading.5": Look("muted", style=_ITALIC),
    "heading.6": Look("muted", style=_ITALIC),
    "fence": Look("syntax-plain", "surface"),
    "fence.keyword": Look("syntax-keyword", "surface"),
    "fence.name": Look("syntax-name", "surface"),
    "fence.function": Look("syntax-function", "surface"),
    "fence.class": Look("syntax-class", "surface"),
    "fence.builtin": Look("syntax-builtin", "surface"),
    "fence.decorator": Look("syntax-class", "surface"),
    "fence.string": Look("syntax-string", "surface"),
    "fence.number": Look("syntax-number", "surface"),
    "fence.comment": Look("syntax-comment", "surface", style=_ITALIC),
    "fence.operator": Look("syntax-operator", "surface"),
    "fence.punctuation": Look("syntax-plain", "surface"),
    "fence.inserted": Look("success", "surface"),
    "fence.deleted": Look("error", "surface"),
    "fence.heading": Look("primary", "surface"),
    "fence.error": Look("error", "surface"),
}
"""The looks of the roles of text.

They are no component classes: Textual computes those of a widget anew, one by one, with every change of any class around it.
"""


class Styled(Protocol):
    """Styles that a widget knows."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters that reduce colours."""

    @property
    def background_colors(self) -> tuple[Color, Color]:
        """The colours of the parent's background and of the widget's own."""


class TranscriptStyles:
    """The styles of the current theme. After `is_current` was set to False, call `renew` before the next paint."""

    def __init__(self, styled: Styled, variables: Callable[[], Mapping[str, str]]) -> None:
        """Create styles. `variables` returns those of the current theme, with their colours."""
        self._styled = styled
        self._variables = variables
        self.is_current = False
        """True if `renderer` has the colours of the current theme."""
        self.renderer = LineRenderer(self._role_style, self._fit)
        self.bar: tuple[Strip, ...] = ()
        """The strips of the scroll bar, by the states in `scroll_thumb`."""
        self._blank = Strip([])

    def renew(self) -> None:
        """Use the colours of the current theme."""
        self.is_current = True
        self.renderer = LineRenderer(self._role_style, self._fit)
        self.bar = scroll_thumb.strips(self.look)
        self._blank = Strip([])

    def look(self, role: str) -> Style:
        """Return the style of a role."""
        return self.renderer.style(TextStyle(role))

    def blank(self, width: int) -> Strip:
        """Return a blank row; for the same width, the same object again."""
        if self._blank.cell_length != width:
            self._blank = Strip.blank(width, self.renderer.style(TEXT))
        return self._blank

    def _role_style(self, role: str) -> Style:
        look = LOOKS[role]
        own = self._styled.background_colors[1]
        ground = own + self._colour(look.ground, own)
        colour = ground + self._colour(look.colour, ground)
        return Style.from_color(colour.rich_color, ground.rich_color) + look.style

    def _colour(self, variable: str, default: Color) -> Color:
        """Return the colour of a theme's variable; `default` if none is named, or before there is a theme."""
        value, _, share = self._variables().get(variable, "").partition(" ")
        if not value:
            return default
        colour = Color.parse(value)
        return colour.multiply_alpha(float(share.removesuffix("%")) / 100) if share else colour

    def _fit(self, style: Style) -> Style:
        """Reduce a style to the colours of the terminal. Textual does this for every row; here, once per style is enough."""
        segments = [Segment(" ", style)]
        for line_filter in self._styled.get_line_filters():
            segments = line_filter.apply(segments, self._styled.background_colors[1])
        return segments[0].style or style
