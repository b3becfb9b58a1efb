"""The styles of the transcript: from the roles of text to what the terminal can show, in the colours of one theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from elumenta_tui.markdown.style import TEXT, TextStyle
from elumenta_tui.tui.widgets import scroll_thumb
from elumenta_tui.tui.widgets.line_renderer import LineRenderer

LOOKS = {
    "text": "foreground",
    "quote": "italic muted",
    "term": "bold foreground",
    "alert.note": "primary",
    "alert.tip": "success",
    "alert.important": "accent",
    "alert.warning": "warning",
    "alert.caution": "error",
    "mark": "muted",
    "rule": "rule",
    "code": "secondary on surface",
    "target": "muted",
    "html": "muted",
    "link": "underline primary",
    "you": "primary on surface",
    "prompt": "foreground on surface",
    "folded": "muted on surface",
    "meta": "muted",
    "name": "bold muted",
    "live": "primary",
    "offer": "foreground",
    "problem": "error",
    "stopped": "warning",
    "badge": "muted on panel",
    "badge.new": "bold background on accent",
    "cursor": "accent on background",
    "version": "accent on surface",
    "selected": "foreground on input-selection-background",
    "found": "underline foreground on input-selection-background",
    "found.here": "bold reverse warning on background",
    "track": "rule on background",
    "thumb": "rule on background",
    "language": "muted on surface",
    "heading.1": "primary",
    "heading.2": "primary",
    "heading.3": "foreground",
    "heading.4": "muted",
    "heading.5": "italic muted",
    "heading.6": "italic muted",
    "fence": "syntax-plain on surface",
    "fence.keyword": "syntax-keyword on surface",
    "fence.name": "syntax-name on surface",
    "fence.function": "syntax-function on surface",
    "fence.class": "syntax-class on surface",
    "fence.builtin": "syntax-builtin on surface",
    "fence.decorator": "syntax-class on surface",
    "fence.string": "syntax-string on surface",
    "fence.number": "syntax-number on surface",
    "fence.comment": "italic syntax-comment on surface",
    "fence.operator": "syntax-operator on surface",
    "fence.punctuation": "syntax-plain on surface",
    "fence.inserted": "success on surface",
    "fence.deleted": "error on surface",
    "fence.heading": "primary on surface",
    "fence.error": "error on surface",
}
"""The look of each role: its attributes, the theme's variable of its colour and, behind "on", that of its background.

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
        *attributes, colour = LOOKS[role].split(" on ")[0].split()
        own = self._styled.background_colors[1]
        ground = own + self._colour(LOOKS[role].partition(" on ")[2], own)
        style = Style.from_color((ground + self._colour(colour, ground)).rich_color, ground.rich_color)
        return style + Style.parse(" ".join(attributes)) if attributes else style

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
