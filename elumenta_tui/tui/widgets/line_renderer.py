"""Renders lines of the Markdown engine as Strips of styled cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from elumenta_tui.chat.attachment import Attachment
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.markdown.style import FENCE, MARK, TEXT, Line, Run, TextStyle
from elumenta_tui.tui.widgets.cropping import covered

MARGIN = 2
"""Cells left of the text in the transcript, where the marks are."""


class LineRenderer:
    """Renders lines in the colours of one theme.

    `resolve` returns the style of a role such as `heading.1` or `fence.keyword`; `fit` reduces a style to
    what the terminal can show.
    """

    def __init__(self, resolve: Callable[[str], Style], fit: Callable[[Style], Style]) -> None:
        self._resolve = resolve
        self._fit = fit
        self._styles: dict[TextStyle, Style] = {}

    def style(self, text_style: TextStyle) -> Style:
        """Return the Rich style of a text style, as the terminal can show it."""
        if text_style.href:
            # Every link has its own target, but all look the same: cache one style.
            text_style = text_style._replace(href="link")
        if text_style.source:
            text_style = text_style._replace(source="", number=0)
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
        """Render a row of exactly `width` cells: the margin, the line, and its fill up to `right` cells before the end.

        The line's edge is in the fill, `edge_right` cells before the end of the fill.
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
        if line.fill == FENCE and margin and not self._shades_code:
            # In a list or a quote, use a cell that is not copied: there the margin contains Markdown.
            strip = self._with_bar(strip, MARGIN + line.skip - (1 if line.margin else 2))
        return strip if used <= width else strip.crop(0, width)

    @cached_property
    def _shades_code(self) -> bool:
        """True if code has another background than text; with 16 colours it has not."""
        return self.style(FENCE).bgcolor != self.style(TEXT).bgcolor

    def _with_bar(self, strip: Strip, place: int) -> Strip:
        """Mark a row of code at a cell that is blank."""
        if strip.crop(place, place + 1).text != " ":
            return strip
        return covered(strip, Strip([Segment("│", self.style(MARK))], 1), place)


class FoundLine(NamedTuple):
    """A line of an attached text in which a search has found something."""

    number: int
    """Counts from 1."""
    text: str
    """One clean line: from a little before the hit on."""


class DrawnPictures(Protocol):
    """The pictures that are drawn below their prompts; see `Pictures`."""

    def height(self, attachment: Attachment, room: int) -> int: ...

    def cells(self, attachment: Attachment, room: int, background: Style) -> Sequence[Strip]: ...


DrawFoot = Callable[[Answer, "ViewContext", int], "list[Line]"]
"""Draws the footer of an answer in rows of at most so many cells."""


class ViewContext:
    """The settings and callbacks that all answers of a transcript are painted with."""

    __slots__ = (
        "behind",
        "calendar",
        "clock",
        "conversation",
        "foot",
        "found_in",
        "given_back",
        "is_aside",
        "is_last",
        "is_settling",
        "join_lines",
        "measure",
        "offers",
        "pictures",
        "pinned",
        "renderer",
        "run_of",
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
        is_aside: bool = False,
        conversation: Callable[[], Conversation] = Conversation,
        foot: DrawFoot | None = None,
        run_of: Callable[[Turn | Answer], int] = lambda _: 0,
        pictures: Callable[[], DrawnPictures | None] = lambda: None,
    ) -> None:
        self.renderer = renderer
        self.clock = clock
        """Returns seconds, as in `Answer.asked_at`."""
        self.calendar = calendar
        """Returns Unix seconds."""
        self.offers = offers
        """Returns sentences about what can still be done for an incomplete answer."""
        self.is_last = is_last
        """Returns whether the answer is the last one of the transcript."""
        self.is_settling = is_settling
        """Returns whether the balance is being read to find out what the answer cost."""
        self.given_back: set[Answer] = set()
        """Answers whose prompts were put back into the prompt box."""
        self.measure = measure
        """Cells that a line of prose may be wide, at most; 0 for the full width."""
        self.is_aside = is_aside
        """True if the answers are beside the conversation, and not a part of it."""
        self.run_of = run_of
        """Returns how many messages in a row are left out from a prompt or an answer on; 0 if it is not the first of them."""
        self.pictures = pictures
        """Returns what draws attached pictures; None if they are named only."""
        self.found_in: Callable[[Attachment], Sequence[FoundLine]] = lambda _: ()
        """Returns the lines of an attached text that are shown because a search has found something in them."""
        self.join_lines = join_lines
        """True if the lines of a paragraph are joined into one."""
        self.conversation = conversation
        """Returns the conversation that is shown, whose tree says how many versions there are."""
        self.pinned: dict[tuple[Answer, str], bool] = {}
        """True if a part of an answer ("prompt", "thoughts" or "answer") stays in full, False if folded, as the reader has decided."""
        self.foot = foot
        """Draws the footer of an answer, which is shown without its prompt; None for the usual footer and the prompt."""
        self.behind: set[Answer] = set()
        """Answers that are in view and not laid out completely yet."""
