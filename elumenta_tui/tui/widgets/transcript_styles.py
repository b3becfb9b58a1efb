"""The styles of the transcript: from the roles of text to what the terminal can show, in the colours of one theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip

from elumenta_tui.markdown.style import TEXT, TextStyle
from elumenta_tui.tui.widgets import scroll_thumb
from elumenta_tui.tui.widgets.line_renderer import LineRenderer

_ROLES = (
    "text quote term alert.note alert.tip alert.important alert.warning alert.caution mark rule code target html link you prompt folded meta name live offer problem stopped badge badge.new "
    "cursor version selected found found.here track thumb language "
    "heading.1 heading.2 heading.3 heading.4 heading.5 heading.6 "
    "fence fence.keyword fence.name fence.function fence.class fence.builtin fence.decorator fence.string "
    "fence.number fence.comment fence.operator fence.punctuation fence.inserted fence.deleted fence.heading "
    "fence.error"
).split()


def _component(role: str) -> str:
    return "transcript--" + role.replace(".", "-")


COMPONENTS = frozenset(_component(role) for role in _ROLES)
"""Component classes of the widget, one for each role. `transcript.tcss` gives them their colours."""


class Styled(Protocol):
    """Styles that a widget knows."""

    def get_component_rich_style(self, name: str, /) -> Style:
        """Return the style of a component class; raise KeyError if styles are not computed yet."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters that reduce colours."""

    @property
    def background_colors(self) -> tuple[Color, Color]:
        """The colours of the parent's background and of the widget's own."""


class TranscriptStyles:
    """The styles of the current theme. After `is_current` was set to False, call `renew` before the next paint."""

    def __init__(self, styled: Styled) -> None:
        self._styled = styled
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
        try:
            return self._styled.get_component_rich_style(_component(role))
        except KeyError:
            # The styles are not computed yet. `notify_style_update` repaints everything once they are.
            return Style.null()

    def _fit(self, style: Style) -> Style:
        """Reduce a style to the colours of the terminal. Textual does this for every row; here, once per style is enough."""
        segments = [Segment(" ", style)]
        for line_filter in self._styled.get_line_filters():
            segments = line_filter.apply(segments, self._styled.background_colors[1])
        return segments[0].style or style
