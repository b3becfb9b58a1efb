"""Turn the lines of the Markdown engine into Strips of styled cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from elumenta_tui.chat.turn import Answer
from elumenta_tui.markdown.blocks import MARK
from elumenta_tui.markdown.code import FENCE
from elumenta_tui.markdown.style import TEXT, Line, Run, TextStyle

MARGIN = 2
"""Cells left of everything in the transcript, where the marks stand."""


class LineRenderer:
    """Render lines in the colours of one theme.

    `resolve` gives the style of a role, like `heading.1` or `fence.keyword`; `fit` fits one to what the terminal can show.
    """

    def __init__(self, resolve: Callable[[str], Style], fit: Callable[[Style], Style]) -> None:
        self._resolve = resolve
        self._fit = fit
        self._styles: dict[TextStyle, Style] = {}

    def style(self, text_style: TextStyle) -> Style:
        """Return the Rich style of a text style, as the terminal can show it."""
        if text_style.href:
            # There may be as many targets as there are links, but they all look the same.
            text_style = text_style._replace(href="link")
        style = self._styles.get(text_style)
        if style is None:
            style = self._resolve(
                "link" if text_style.href and text_style.role == "text" else text_style.role
            )
            style += Style(
                bold=text_style.bold or None,
                italic=text_style.italic or None,
                strike=text_style.strike or None,
                underline=text_style.underline or None,
            )
            style = self._styles[text_style] = self._fit(style)
        return style

    def strip(
        self, line: Line, width: int, *, margin: Iterable[Run] = (), right: int = 0, edge_right: int = 0
    ) -> Strip:
        """A row of exactly `width` cells: the margin's runs, the line, and its fill up to `right` cells from the end.

        The line's edge stands in the fill, `edge_right` cells from where that ends.
        """
        segments: list[Segment] = []
        used = 0
        for text, text_style in (*margin, *line.runs):
            if text:
                segments.append(Segment(text, self.style(text_style)))
                used += len(text) if text.isascii() else cell_len(text)
        edge = sum(cell_len(text) for text, _ in line.edge) if line.edge else 0
        fill = width - right - used - edge - edge_right
        if fill > 0:
            segments.append(Segment(" " * fill, self.style(line.fill or TEXT)))
            used += fill
        for text, text_style in line.edge:
            segments.append(Segment(text, self.style(text_style)))
            used += cell_len(text)
        if edge_right:
            segments.append(Segment(" " * edge_right, self.style(line.fill or TEXT)))
            used += edge_right
        if used < width:
            segments.append(Segment(" " * (width - used), self.style(TEXT)))
        strip = Strip(segments, max(used, width))
        if line.fill == FENCE and margin and not self._has_grounds:
            # In a list or a quote, a cell that is not copied: the margin there stands for Markdown.
            strip = self._with_bar(strip, MARGIN + line.skip - (1 if line.margin else 2))
        return strip if used <= width else strip.crop(0, width)

    @cached_property
    def _has_grounds(self) -> bool:
        """Whether code has another ground than text: with 16 colours there is none to spare."""
        return self.style(FENCE).bgcolor != self.style(TEXT).bgcolor

    def _with_bar(self, strip: Strip, place: int) -> Strip:
        """Mark a row of code at a cell that is blank."""
        if strip.crop(place, place + 1).text != " ":
            return strip
        bar = Strip([Segment("│", self.style(MARK))], 1)
        return Strip.join([strip.crop(0, place), bar, strip.crop(place + 1)])


class Looks:
    """What all answers of a transcript are painted with."""

    __slots__ = (
        "behind",
        "calendar",
        "clock",
        "given_back",
        "is_last",
        "is_settling",
        "join_lines",
        "measure",
        "offers",
        "renderer",
    )

    def __init__(
        self,
        renderer: LineRenderer,
        clock: Callable[[], float],
        calendar: Callable[[], float],
        offers: Callable[[Answer], Sequence[str]],
        is_last: Callable[[Answer], bool] = lambda _: True,
        is_settling: Callable[[Answer], bool] = lambda _: False,
        join_lines: bool = False,
        measure: int = 0,
    ) -> None:
        self.renderer = renderer
        self.clock = clock
        """Seconds, as in `Answer.asked_at`."""
        self.calendar = calendar
        """Unix seconds."""
        self.offers = offers
        """What can still be done for an answer that is not whole, in sentences."""
        self.is_last = is_last
        """Whether no other answer is below."""
        self.is_settling = is_settling
        """Whether the balance is being read to learn what it cost."""
        self.given_back: set[Answer] = set()
        """Answers whose prompts went back into the prompt."""
        self.measure = measure
        """Cells that a line of prose may be wide; 0 for all that there are."""
        self.join_lines = join_lines
        """Whether the lines of a paragraph are run into one."""
        self.behind: set[Answer] = set()
        """Answers that have come into view and are not all laid out yet."""
