"""The transcript: the whole conversation in one widget on Textual's Line API.

An answer already contains a delta when `mark_changed` reports it. Deltas are painted in frames, at most `FPS` a second; only the first
text of an answer and its end are painted at once. A frame repaints only the rows that differ from the screen.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, thread_time, time
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from elumenta_tui.chat.turn import Answer
from elumenta_tui.markdown.style import TEXT, Link, TextStyle
from elumenta_tui.terminal.textual_internals import HookedScrollView, forget_dirty_regions
from elumenta_tui.tui.widgets import scroll_thumb
from elumenta_tui.tui.widgets.line_renderer import MARGIN, LineRenderer, ViewContext
from elumenta_tui.tui.widgets.place import Place
from elumenta_tui.tui.widgets.row_layout import START, Anchor, RowLayout

if TYPE_CHECKING:
    from elumenta_tui.text.matching import Wanted
    from elumenta_tui.tui.widgets.answer_view import AnswerView, Row, Stop
    from elumenta_tui.tui.widgets.hits import Search

FPS = 50
"""Largest number of frames a second. A socket hands text over less often (see `api.body`), so such frames rarely wait."""
REST = 8
"""Least pause after a frame, as a multiple of the processor time that it took. Expensive frames are painted less often."""
FLOOD_REST = 1
"""The same multiple while text is left that did not fit into the frame."""
TICK_AFTER = 0.1
"""Seconds without a frame after which a tick paints one for the spinner. Frames with new text show the spinner anyway."""
KEY_FIRST = 0.03
"""Seconds that a key press delays the next frame, so that its letter is painted first."""
LONGEST_WAIT = 0.15
"""Seconds after a frame from which key presses no longer delay the next one. Fast typing must not hold frames back forever."""
SECOND_CLICK = 0.25
"""Seconds to wait after a click on a link for a second click, which selects the word instead."""
WHEEL = 3
"""Rows per notch of the mouse wheel."""
CURSOR = "┃"
"""Bar before each row of the stop under the block cursor. On a prompt, it replaces the prompt's own bar."""
SEARCH_SLICE = 0.004
"""Seconds that a search works without a pause."""
SEARCH_PAUSE = 0.008
"""Seconds between two slices of a search, for everything else."""

_ROLES = (
    "text quote mark rule code target html link you prompt folded meta name live offer problem stopped badge badge.new "
    "cursor selected found found.here track thumb language "
    "heading.1 heading.2 heading.3 heading.4 heading.5 heading.6 "
    "fence fence.keyword fence.name fence.function fence.class fence.builtin fence.decorator fence.string "
    "fence.number fence.comment fence.operator fence.punctuation fence.inserted fence.deleted fence.heading "
    "fence.error"
).split()

Mark = tuple[int, int, bool]
"""A hit on a row: its first cell, the cell behind its last, and whether it is the current hit."""


def _component(role: str) -> str:
    return "transcript--" + role.replace(".", "-")


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """The parts of a row of the view. Two are equal if `row` is the same object and all other parts are equal."""

    row: Strip
    cursor: bool
    badge: str
    """Role of the badge that covers the end of the row; empty without a badge."""
    number: int
    """Number to show for the code block that begins in this row; 0 for none."""
    bar: int
    """State of the scroll bar's cell, as in `scroll_thumb`."""

    def __hash__(self) -> int:
        return id(self.row) ^ self.bar

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Shown)
            and self.row is other.row
            and (self.cursor, self.badge, self.number, self.bar)
            == (other.cursor, other.badge, other.number, other.bar)
        )

    def same_text(self, other: _Shown) -> bool:
        """Return whether the rows look the same except for the scroll bar's cell."""
        return (self.row is other.row or self.row == other.row) and (
            self.cursor,
            self.badge,
            self.number,
        ) == (other.cursor, other.badge, other.number)


class Transcript(HookedScrollView, can_focus=False):
    """Shows answers. It follows the end while the reader is there, and otherwise keeps the row being read in place."""

    @dataclass
    class LinkClicked(Message):
        """The user has clicked a link. The transcript does not open it."""

        href: str

    @dataclass
    class Searched(Message):
        """The progress or the result of the search has changed."""

        number: int
        """Number of the current hit, from 1; 0 if there is none."""
        total: int
        """Number of hits found so far."""
        is_done: bool
        """True if the search has finished. Until then, `number` and `total` may still change."""

    class Ticked(Message):
        """A tick has passed while an answer waits for its retry, so its countdown may show another number."""

    class CursorMoved(Message):
        """The block cursor has moved, has appeared, or was removed."""

    ALLOW_SELECT = True
    DEFAULT_CSS = Path(__file__).with_name("transcript.tcss").read_text(encoding="utf-8")
    COMPONENT_CLASSES = {_component(role) for role in _ROLES}

    following = reactive(True, init=False)
    """True if the view follows the end."""

    badge: reactive[str] = reactive("", init=False)
    """Text to show in the lower right corner while there is text below the view; empty for none."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = monotonic,
        calendar: Callable[[], float] = time,
        offers: Callable[[Answer], Sequence[str]] = lambda _: (),
        is_settling: Callable[[Answer], bool] = lambda _: False,
        join_lines: bool = False,
        measure: int = 0,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        renderer = LineRenderer(self._role_style, self._fit)
        self._view_context = ViewContext(
            renderer, clock, calendar, offers, self._is_last, is_settling, join_lines, measure
        )
        self._row_layout: RowLayout[Row] = RowLayout()
        self._places: dict[Answer, int] = {}
        """Index of each answer's section."""
        self._top: Anchor = START
        self._reading = Place()
        self._is_below = False
        """True if there is text below the view."""
        self._rows: list[Row] = []
        self._shown: list[_Shown] = []
        self._screen: list[Strip] = []
        self._composed: dict[_Shown, Strip] = {}
        self._bar: list[int] = []
        self._bar_strips: tuple[Strip, ...] = ()
        self._blank = Strip([])
        self._dragging: float | None = None
        self._frame_timer: asyncio.TimerHandle | None = None
        self._frame_due = 0.0
        self._frame_began = 0.0
        self._changed: set[Answer] = set()
        self._greeted: set[Answer] = set()
        self._placing = False
        self._is_restyled = False
        """True if the renderer has the colours of the current theme."""
        self._cursor: tuple[int, int] | None = None
        self._told_cursor: tuple[int, int] | None = None
        self._cursor_rows = range(0)
        self._numbers: dict[int, int] = {}
        """Numbers to show for code blocks, by the row of the view where the block begins."""
        self._has_news = False
        """True if text has arrived since the reader left the end."""
        self._ticker: Timer | None = None
        self._pressed_at = (-1, -1)
        self._is_held = False
        """True while a mouse button is down. The text under the mouse must not move then."""
        self._search: Search | None = None
        self._search_timer: asyncio.TimerHandle | None = None
        self._found: Anchor | None = None
        """Row of the hit that was shown last."""
        self._told = (-1, -1, False)
        self._marked: dict[tuple[int, tuple[Mark, ...]], tuple[Strip, Strip]] = {}
        """Rows of the view with marked hits, by the id() of the unmarked row and by its marks.

        Each value holds the marked row and the unmarked one, which is kept so that its id can't be reused.
        """
        self._click_timer: Timer | None = None

    # ------------------------------------------------------------------------------------------------------ content

    def show(self, answers: list[Answer], *, plain: bool = False) -> None:
        """Replace all answers with these and show their end. `plain`: show their text without rendering Markdown."""
        self.end_search()
        self._row_layout.clear()
        self._places.clear()
        self._changed.clear()
        self._greeted.clear()
        self._top, self._cursor = START, None
        self._append(answers, plain=plain)
        self.following = True
        self._paint()

    def add(self, answer: Answer) -> None:
        """Add an answer at the end, remove the cursor, and follow the end."""
        self._append([answer])
        self._set_cursor(None)
        self.following, self._is_held = True, False
        self._paint()

    def _append(self, answers: list[Answer], *, plain: bool = False) -> None:
        # Imported late, because this loads the whole Markdown engine. The first frame shows no answers.
        from elumenta_tui.tui.widgets.answer_view import AnswerView
        from elumenta_tui.tui.widgets.foot import SPINS_PER_SECOND

        above = len(self._row_layout.sections)
        view_context = self._view_context
        views = [AnswerView(answer, view_context, plain) for answer in answers]
        if views and not above:
            views[0].is_first = True
        self._row_layout.extend(views)
        self._places.update((answer, place) for place, answer in enumerate(answers, above))
        if above:
            # The foot of the previous answer says less now that the answer is not the last one.
            self._view(above - 1).tick()
            self._row_layout.changed(above - 1)
        if self._ticker is None:
            self._ticker = self.set_interval(1 / SPINS_PER_SECOND, self._tick, pause=True)
        if answers and not answers[-1].over:
            self._ticker.resume()
        if self._search is not None:
            for index in range(above, len(self._row_layout.sections)):
                self._fold(index)
                self._search.changed(index)
            self._go_on_searching()

    def mark_changed(self, answer: Answer) -> None:
        """Paint a changed answer with the next frame, or at once if its first text or its end has arrived."""
        index = self._places.get(answer)
        if index is None:
            return
        if self._view(index).is_void:
            self._renew(index)
        self._changed.add(answer)
        if not self.following and self._view(index).is_behind:
            self._has_news = True
        urgent = answer.over or (answer.has_text and answer not in self._greeted)
        if urgent:
            self._greeted.add(answer)
            self._frame()
        elif self._frame_timer is None:
            wait = self._frame_due - monotonic()
            if wait <= 0:
                self._frame()
            else:
                self._frame_in(wait)

    def set_given_back(self, answer: Answer, *, is_given_back: bool) -> None:
        """Note whether the prompt of an empty answer was put back into the prompt box."""
        if is_given_back:
            self._view_context.given_back.add(answer)
        else:
            self._view_context.given_back.discard(answer)
        self.mark_changed(answer)

    def _renew(self, index: int) -> None:
        """Rebuild the view of an answer whose text was replaced."""
        if self._top.section == index:
            self._top = Anchor(index, 0, 0)
        self._view(index).renew()
        if self._cursor is not None and self._cursor[0] == index:
            # The cursor keeps its place among the stops. If there are fewer stops now, it moves to the last one.
            self._cursor = index, min(self._cursor[1], len(self._stops(index)) - 1)
        if self._search is not None:
            self._search.renewed(index)

    def _is_last(self, answer: Answer) -> bool:
        return bool(self._row_layout.sections) and self._view(-1).answer is answer

    def _view(self, index: int) -> AnswerView:
        return cast("AnswerView", self._row_layout.sections[index])

    def _tick(self) -> None:
        """Update the seconds and the spinner of the running answer. Pause the ticker if no answer is running."""
        index = len(self._row_layout.sections) - 1
        if index < 0 or self._view(index).answer.over:
            if self._ticker is not None:
                self._ticker.pause()
            return
        if monotonic() - self._frame_began > TICK_AFTER:
            self._view(index).tick()
            self._row_layout.changed(index)
            self._paint()
        if self._view(index).answer.retry_wait is not None:
            self.post_message(self.Ticked())

    # ------------------------------------------------------------------------------------------------------- frames

    def give_way(self) -> None:
        """Delay the next frame for a key that was just pressed, so that the key is handled and painted first."""
        now = monotonic()
        if now - self._frame_began < LONGEST_WAIT:
            self._frame_due = max(self._frame_due, now + KEY_FIRST)
            if self._frame_timer is not None:
                self._frame_timer.cancel()
                self._frame_in(KEY_FIRST)

    def _frame_in(self, seconds: float) -> None:
        # Each of Textual's own timers needs an asyncio task.
        self._frame_timer = asyncio.get_running_loop().call_later(seconds, self.call_next, self._frame)

    def _frame(self) -> None:
        started, used = monotonic(), thread_time()
        self._frame_began = started
        if self._frame_timer is not None:
            self._frame_timer.cancel()
            self._frame_timer = None
        unfinished: set[Answer] = set()
        for answer in self._changed:
            index = self._places.get(answer)
            if index is not None:
                if self._view(index).grow():
                    unfinished.add(answer)
                self._row_layout.changed(index)
                if self._view(index).shows_thoughts:
                    self._fold(index)
                if self._search is not None:
                    self._search.changed(index)
                    self._search_soon()
        self._changed = unfinished
        self._paint()
        # Processor time, because on a busy machine a frame takes longer without costing more.
        spent = thread_time() - used
        self._frame_due = started + max(1 / FPS, spent * (1 + REST))
        if unfinished:
            self._frame_in(spent * FLOOD_REST)

    def _paint(self) -> None:
        """Determine the rows of the view, and refresh those that differ from the screen."""
        if self._cursor != self._told_cursor:
            self._told_cursor = self._cursor
            self.post_message(self.CursorMoved())
        size = self.size
        if not size.height or not self.is_attached:
            return
        if not self._is_restyled:
            self._restyle()
        self._row_layout.resize(self._text_width)
        if self._blank.cell_length != self._text_width:
            self._blank = Strip.blank(self._text_width, self._view_context.renderer.style(TEXT))
        follows = self.following and not self._is_held
        bottom = self._row_layout.bottom(size.height)
        if follows:
            self._top = bottom
            self._reading.is_at_the_end(bottom)
        else:
            self._top = self._row_layout.clamp(self._reading.at(self._top, self._row_layout), size.height)
            self._reading.is_shown_at(self._top)
        self._is_below = not follows and self._top < bottom and self._has_text_below(size.height)
        # The badge has the last row to itself. The text that it would cover appears after the next step down.
        has_badge = self._badge_start() is not None and size.height > 1
        self._rows = self._row_layout.window(self._top, size.height - has_badge)
        self._row_layout.close_far()
        position, total = self._row_layout.position(self._top), self._row_layout.total
        self._place(position, total)
        self._cursor_rows = self._rows_of_cursor()
        self._numbers = self._numbers_in_view()
        if self.following:
            self._has_news = False
        self._show(size, scroll_thumb.cells(position, size.height, total))
        if self._view_context.behind:
            self._catch_up()

    def _has_text_below(self, height: int) -> bool:
        """Return whether there is text below the view. The blank row at the end does not count."""
        rows = self._row_layout.window(self._row_layout.move(self._top, height), 3)
        return any(not row.strip.text.isspace() for row in rows)

    def _catch_up(self) -> None:
        """Have the next frames lay out the rest of the answers that have come into view."""
        self._changed |= self._view_context.behind
        self._view_context.behind.clear()
        if self._frame_timer is None:
            self._frame_in(1 / FPS)

    def _show(self, size: Size, bar: list[int]) -> None:
        """Compose the strips of the view, and refresh the rows and scroll bar cells that have changed."""
        marked = self._mark_hits() if self._search is not None else {}
        badge = size.height - 1 if self._badge_start() is not None else -1
        role = "badge.new" if self._has_news else "badge"
        old, shown = self._shown, []
        text_changed: list[int] = []
        bar_changed: list[int] = []
        for y, state in enumerate(bar):
            row = self._rows[y].strip if y < len(self._rows) else self._blank
            if y in marked:
                row = marked[y]
            number = self._numbers.get(y, 0) if y < len(self._rows) else 0
            view = _Shown(row, y in self._cursor_rows, role if y == badge else "", number, state)
            before = old[y] if y < len(old) else None
            if before is None or not view.same_text(before):
                text_changed.append(y)
            elif before.bar != state:
                bar_changed.append(y)
            shown.append(view)
        self._shown, self._bar = shown, bar
        # Rows that have only moved keep their strips, and so everything that Textual caches in a strip.
        known = self._composed
        self._composed = {view: known.get(view) or self._compose_row(view) for view in shown}
        self._screen = [self._composed[view] for view in shown]
        regions = [Region(0, first, size.width, count) for first, count in _spans(text_changed)]
        regions += [Region(size.width - 1, first, 1, count) for first, count in _spans(bar_changed)]
        if regions:
            self.refresh(*regions)

    def _compose_row(self, view: _Shown) -> Strip:
        """Compose a row: its text below the code number, the cursor and the badge, then its cell of the scroll bar."""
        row, width = view.row, view.row.cell_length
        if 0 < view.number < 100:
            label = Strip([Segment(f"{view.number:>{MARGIN}}", self._look("cursor"))], MARGIN)
            row = Strip.join([label, row.crop(MARGIN, width)])
        if view.cursor:
            mark = Strip([Segment(CURSOR, self._look("cursor"))], 1)
            row = Strip.join([mark, row.crop(1, width)])
        start = self._badge_start() if view.badge else None
        if start is not None:
            label = Strip([Segment(self.badge, self._look(view.badge))])
            row = Strip.join([row.crop(0, start), label, row.crop(start + label.cell_length, width)])
        return Strip.join([row, self._bar_strips[view.bar]])

    def _place(self, position: int, total: int) -> None:
        """Tell Textual the scroll position without the layout that a change of these attributes would cause."""
        self._placing = True
        self.set_reactive(Widget.virtual_size, Size(self._text_width, total))
        self.set_reactive(Widget.scroll_y, float(position))
        self.set_reactive(Widget.scroll_target_y, float(position))
        self._placing = False

    @property
    def _text_width(self) -> int:
        """Columns for text: the width without the scroll bar, at least 10."""
        return max(10, self.size.width - 1)

    # ------------------------------------------------------------------------------------------------------ scrolling

    def scroll_lines(self, count: int) -> None:
        """Scroll `count` rows down, or up if negative."""
        if not self._row_layout.sections:
            return
        height = self.size.height
        bottom = self._row_layout.bottom(height)
        self._top = min(self._row_layout.move(self._top, count), bottom)
        self.following = self._top >= bottom
        self._paint()

    def page(self, pages: int) -> None:
        """Scroll `pages` pages down, or up if negative. A page is the height of the view minus two rows, which stay visible."""
        self.scroll_lines(pages * max(1, self.size.height - 2))

    def go_to_start(self) -> None:
        """Scroll to the first row."""
        self._top = START
        self.following = self._row_layout.bottom(self.size.height) <= START
        self._paint()

    def go_to_end(self) -> None:
        """Scroll to the end and follow it."""
        self.following = True
        self._paint()

    def watch_following(self) -> None:
        self._refresh_badge()

    def watch_badge(self) -> None:
        self._refresh_badge()

    def _refresh_badge(self) -> None:
        self._forget_screen()
        self._paint()

    def _badge_start(self) -> int | None:
        """Return the column where the badge begins; None if no badge is shown."""
        if not self._is_below or not self.badge:
            return None
        return max(0, self._text_width - cell_len(self.badge) - 1)

    async def _on_click(self, event: events.Click) -> None:
        # By default, Textual selects the whole widget on a double click: here, the whole conversation.
        event.prevent_default()
        if self._click_timer is not None:
            self._click_timer.stop()
        start = self._badge_start()
        if start is not None and event.y == self.size.height - 1 and event.x >= start:
            self.go_to_end()
        elif event.chain in (2, 3):
            self._select_at(event.x, event.y, word=event.chain == 2)
        elif (event.x, event.y) == self._pressed_at and (href := self._href_at(event.x, event.y)):
            self._click_timer = self.set_timer(
                SECOND_CLICK, lambda: self.post_message(self.LinkClicked(href))
            )

    def _select_at(self, x: int, y: int, *, word: bool) -> None:
        """Select the word at a cell of the view, or the whole line with all rows that it is wrapped into."""
        if not 0 <= y < len(self._rows):
            return
        first = last = y
        if word:
            start, end = _word_at(self._rows[y].strip.text, x)
        else:
            while first > 0 and self._rows[first - 1].joint != "\n":
                first -= 1
            while last + 1 < len(self._rows) and self._rows[last].joint != "\n":
                last += 1
            start, end = self._rows[first].skip, cell_len(self._rows[last].strip.text.rstrip())
        top = self.scroll_offset.y
        self.screen.selections = {self: Selection(Offset(start, top + first), Offset(end, top + last))}

    @property
    def allow_vertical_scroll(self) -> bool:
        """True, so that a selection with the mouse scrolls the view at its edges."""
        return True

    def during_scroll_update(self, update: Callable[[], None]) -> None:
        # After a resize, Textual clamps the scroll position to a height that is partly estimated. That must not move the view:
        # `_paint` places it by its anchor.
        self._placing = True
        update()
        self._placing = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        # Only a selection beyond an edge scrolls by row number. Everything else in this class moves by anchors.
        if not self._placing and round(new_value) != self._row_layout.position(self._top):
            self._go_to(round(new_value))

    def _go_to(self, position: int) -> None:
        if not self._row_layout.sections:
            return
        self._top = self._row_layout.anchor_at(position)
        self.following = self._top >= self._row_layout.bottom(self.size.height)
        self._paint()

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.scroll_lines(WHEEL)
        event.stop()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.scroll_lines(-WHEEL)
        event.stop()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._pressed_at = (event.x, event.y)
        if event.x == self.size.width - 1 and self._row_layout.total > self.size.height:
            on_thumb = 0 <= event.y < len(self._bar) and self._bar[event.y] != scroll_thumb.TRACK
            height, total = self.size.height, self._row_layout.total
            if not on_thumb:
                self._go_to(round(event.y / height * total - height / 2))
            self._dragging = self._row_layout.position(self._top) - event.y / height * total
            self.capture_mouse()
            event.stop()
        else:
            self._is_held = True

    def let_go(self) -> None:
        """Let the text move again after the mouse button was released, here or elsewhere."""
        if self._is_held:
            self._is_held = False
            self._paint()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if not event.button:
            # The button was released outside the terminal.
            self.let_go()
        if self._dragging is not None:
            self._go_to(max(0, round(self._dragging + event.y / self.size.height * self._row_layout.total)))
            event.stop()

    def on_mouse_up(self) -> None:
        if self._dragging is not None:
            self._dragging = None
            self.release_mouse()

    def on_resize(self, event: events.Resize) -> None:
        self._forget_screen()
        self._paint()
        if self._search is not None:
            self._search.reflowed()
            self._search_soon()

    def _forget_screen(self) -> None:
        """Forget all composed rows, so that the next paint refreshes the whole view."""
        self._shown, self._screen, self._composed = [], [], {}

    # ------------------------------------------------------------------------------------------------------- cursor

    def move_cursor(self, step: int) -> None:
        """Move the block cursor to the next (1) or previous (-1) stop: a prompt, an answer, its thoughts or a code block.

        Without a cursor, begin at the end. Behind the last stop, remove the cursor and follow the end.
        """
        if not self._row_layout.sections:
            return
        section, place = self._cursor or (len(self._row_layout.sections), 0)
        stops = self._stops(section)
        place += step
        if not 0 <= place < len(stops):
            section += step
            if section >= len(self._row_layout.sections):
                self.clear_cursor()
                self.go_to_end()
                return
            if section < 0:
                return
            stops = self._stops(section)
            place = 0 if step > 0 else len(stops) - 1
        self._set_cursor((section, place))
        self._show_cursor(self._stops(section)[place])

    def _set_cursor(self, cursor: tuple[int, int] | None) -> None:
        """Move the cursor. A long prompt or thoughts are shown in full under the cursor, and folded when it leaves."""
        before, self._cursor = self._cursor, cursor
        for place in {before, cursor} - {None}:
            assert place is not None
            self._fold(place[0])

    def _fold(self, section: int) -> None:
        """Fold a long prompt and the thoughts before an answer, or show them in full.

        Either is shown in full under the cursor, and both are during a search. Thoughts are also shown while they may be all
        that has arrived.
        """
        view, kind = self._view(section), ""
        if self._search is not None:
            kind = "all"
        elif self._cursor is not None and self._cursor[0] == section and (under := self._under_cursor):
            kind = under[1].kind
        is_unfolded = kind in ("prompt", "all") and view.has_long_prompt
        shows_thoughts = kind in ("thoughts", "all") or view.is_thinking
        if (view.is_unfolded, view.shows_thoughts) == (is_unfolded, shows_thoughts):
            return
        reads_here = self._top.section == section
        before = view.pieces() if reads_here else ()
        view.is_unfolded, view.shows_thoughts = is_unfolded, shows_thoughts
        self._row_layout.changed(section)
        if reads_here:
            # Keep the top row of the view in place. If its piece is gone, use the piece that stands there instead.
            places = {id(piece): place for place, piece in enumerate(view.pieces())}
            for above in range(min(self._top.piece, len(before) - 1), -1, -1):
                if (place := places.get(id(before[above]))) is not None:
                    is_there = above == self._top.piece
                    row = self._top.row if is_there else 0
                    self._top = Anchor(section, place if is_there else place + 1, row)
                    break
            else:
                self._top = Anchor(section, 0, 0)

    def _fold_all(self) -> None:
        for section in range(len(self._row_layout.sections)):
            self._fold(section)

    def _stops(self, section: int) -> list[Stop]:
        if section >= len(self._row_layout.sections):
            return []
        return self._view(section).stops()

    def _show_cursor(self, stop: Stop) -> None:
        """Scroll as little as possible to show the beginning of the stop, and the whole stop if it fits."""
        assert self._cursor is not None
        first = Anchor(self._cursor[0], stop.first, 0)
        after = self._row_layout.move(Anchor(self._cursor[0], stop.last, 0), 1)
        height = self.size.height
        if first < self._top:
            self._top, self.following = first, False
        elif after > self._row_layout.move(self._top, height - 1):
            self._top = min(first, self._row_layout.move(after, 2 - height))
            self.following = False
        self._paint()

    def clear_cursor(self) -> None:
        """Remove the cursor."""
        self._set_cursor(None)
        self._paint()

    @property
    def cursor_block(self) -> Stop | None:
        """The stop under the cursor; None without a cursor."""
        under = self._under_cursor
        return None if under is None else under[1]

    @property
    def cursor_text(self) -> str | None:
        """The source of the stop under the cursor; None without a cursor."""
        under = self._under_cursor
        return None if under is None else under[1].text

    @property
    def _under_cursor(self) -> tuple[int, Stop] | None:
        """The index of the cursor's section and the stop under the cursor; None without a cursor.

        The section may have fewer stops than when the cursor was set. Then the stop is the last one.
        """
        if self._cursor is None:
            return None
        section, place = self._cursor
        stops = self._stops(section)
        return section, stops[min(place, len(stops) - 1)]

    @property
    def cursor_answer(self) -> Answer | None:
        """The answer with the cursor; None without a cursor."""
        return None if self._cursor is None else self._view(self._cursor[0]).answer

    def code_of(self, answer: Answer, number: int) -> str | None:
        """Return the source of an answer's code block, counted from 1; None if there is no such block."""
        index = self._places.get(answer)
        blocks = [] if index is None else self._view(index).code()
        return blocks[number - 1].text if 0 < number <= len(blocks) else None

    def _numbers_in_view(self) -> dict[int, int]:
        """Return the numbers of the code blocks in the answer with the cursor, by the row of the view where they begin."""
        if self._cursor is None:
            return {}
        section, top = self._cursor[0], self._row_layout.position(self._top)
        starts = [
            self._row_layout.position(Anchor(section, stop.first, 0)) - top
            for stop in self._view(section).code()
        ]
        return {y: number for number, y in enumerate(starts, 1) if 0 <= y < self.size.height}

    def _rows_of_cursor(self) -> range:
        """Return the rows of the view that the stop under the cursor occupies."""
        under = self._under_cursor
        if under is None:
            return range(0)
        section, stop = under
        top = self._row_layout.position(self._top)
        first = self._row_layout.position(Anchor(section, stop.first, 0)) - top
        after = self._row_layout.position(Anchor(section, stop.last + 1, 0)) - top
        return range(max(0, first), min(after, self.size.height))

    # ------------------------------------------------------------------------------------------------------- search

    def search(self, wanted: Wanted) -> None:
        """Mark these words in all answers, and show the first hit in the newest matching answer at or above the view's end.

        If there is none, show the first hit below. Empty `wanted` ends the search.
        """
        from elumenta_tui.tui.widgets.hits import Search

        if self._search is not None and self._search.wanted == wanted:
            return
        self.end_search()
        if not wanted or not self._row_layout.sections:
            return
        begin = self._row_layout.move(self._top, max(0, self.size.height - 1)).section
        self._search = Search(wanted, cast("list[AnswerView]", self._row_layout.sections), begin)
        self._fold_all()
        self._go_on_searching()

    def show_answer(self, answer: Answer) -> None:
        """Scroll an answer into view, at the beginning of its prompt."""
        if (index := self._places.get(answer)) is not None:
            self._show_row(Anchor(index, 0, 0))
            self._paint()

    def end_search(self) -> None:
        """End the search and remove its marks. The view stays where it is."""
        if self._search is None:
            return
        self._search, self._found, self._told, self._marked = None, None, (-1, -1, False), {}
        if self._search_timer is not None:
            self._search_timer.cancel()
            self._search_timer = None
        self._fold_all()
        self._paint()

    def move_hit(self, step: int) -> None:
        """Show the next hit (1) or the previous one (-1)."""
        if self._search is not None:
            self._search.move(step)
            self._found = None
            self._go_on_searching()

    def _search_soon(self) -> None:
        if self._search_timer is None:
            loop = asyncio.get_running_loop()
            self._search_timer = loop.call_later(SEARCH_PAUSE, self.call_next, self._go_on_searching)

    def _go_on_searching(self) -> None:
        """Do a slice of the search, and show its result."""
        if self._search_timer is not None:
            self._search_timer.cancel()
            self._search_timer = None
        search = self._search
        if search is None:
            return
        search.go_on(self._text_width, monotonic() + SEARCH_SLICE)
        if search.is_done and not search.total and (looser := search.wanted.looser) is not None:
            # The phrase does not occur, so search for its words.
            self.search(looser)
            return
        anchor = search.anchor
        if anchor is not None and anchor != self._found and not self._is_held:
            self._show_row(anchor)
        told = search.number, search.total, search.is_done
        if told != self._told or anchor != self._found:
            self._paint()
        self._found = anchor
        if told != self._told:
            self._told = told
            self.post_message(self.Searched(*told))
        if not search.is_done:
            self._search_soon()

    def _show_row(self, row: Anchor) -> None:
        """Scroll a row into view, if it is not visible yet, with some rows above it."""
        height = self.size.height
        last = self._row_layout.move(self._top, max(0, height - 2))
        if self._top <= row <= last and not self.following:
            return
        if not self._top <= row <= last:
            self._top = self._row_layout.clamp(self._row_layout.move(row, -(height // 3)), height)
        # While an answer is running, following the end would move the row away.
        self.following = self._view(-1).answer.over and self._top >= self._row_layout.bottom(height)

    def _mark_hits(self) -> dict[int, Strip]:
        """Return the rows of the view that have hits, with the hits marked, by row of the view."""
        from elumenta_tui.tui.widgets.hits import hits_in, marked_rows

        search = self._search
        assert search is not None
        top, height = self._row_layout.position(self._top), len(self._rows)
        here = search.anchor
        here_row = self._row_layout.position(here) - top if here is not None else -1
        strips: dict[int, Strip] = {}
        known, self._marked = self._marked, {}
        for section in range(self._top.section, len(self._row_layout.sections)):
            start = max(0, self._row_layout.position(Anchor(section, 0, 0)) - top)
            end = height
            if section + 1 < len(self._row_layout.sections):
                end = self._row_layout.position(Anchor(section + 1, 0, 0)) - top
            if start >= height:
                break
            if not search.marks(section):
                continue
            hits, _ = hits_in(self._rows[start:end], search.wanted)
            first = next((n for n, hit in enumerate(hits) if hit[0].row + start == here_row), -1)
            shown = first + search.place_in_row if first >= 0 else -1
            for number, spans in marked_rows(hits).items():
                marks = tuple((left, right, hit == shown) for hit, left, right in spans)
                row = self._rows[start + number].strip
                strip, _ = self._marked[id(row), marks] = known.get((id(row), marks)) or (
                    self._with_marks(row, marks),
                    row,
                )
                strips[start + number] = strip
        return strips

    def _with_marks(self, row: Strip, marks: tuple[Mark, ...]) -> Strip:
        for left, right, is_here in marks:
            row = _highlighted(row, left, right, self._look("found.here" if is_here else "found"))
        return row

    # -------------------------------------------------------------------------------------------------------- links

    def links(self) -> list[Link]:
        """Return the links of the stop under the cursor.

        Without a cursor, return the links in view, or those of the last answer if none are in view.
        """
        if not self._row_layout.sections:
            return []
        under = self._under_cursor
        if under is not None:
            section, stop = under
            return self._view(section).links(stop.first, stop.last)
        return self._links_in_view() or self._view(-1).links(0, len(self._view(-1).pieces()))

    def _links_in_view(self) -> list[Link]:
        first, last = self._top, self._row_layout.move(self._top, max(0, self.size.height - 1))
        found: dict[str, Link] = {}
        for section in range(first.section, last.section + 1):
            start = first.piece if section == first.section else 0
            end = last.piece if section == last.section else len(self._view(section).pieces())
            for link in self._view(section).links(start, end):
                found.setdefault(link.href, link)
        return list(found.values())

    def _href_at(self, x: int, y: int) -> str:
        """Return the target of the link in a cell of the view; empty if there is no link."""
        if not 0 <= y < len(self._rows):
            return ""
        at = self._row_layout.move(self._top, y)
        return self._view(at.section).href_at(at.piece, at.row, x, self._text_width)

    # -------------------------------------------------------------------------------------------------------- looks

    def _role_style(self, role: str) -> Style:
        try:
            return self.get_component_rich_style(_component(role))
        except KeyError:
            # The styles are not computed yet. `notify_style_update` repaints everything once they are.
            return Style.null()

    def _fit(self, style: Style) -> Style:
        """Reduce a style to the colours of the terminal. Textual does this for every row; here, once per style is enough."""
        segments = [Segment(" ", style)]
        for line_filter in self.get_line_filters():
            segments = line_filter.apply(segments, self.background_colors[1])
        return segments[0].style or style

    def _look(self, role: str) -> Style:
        return self._view_context.renderer.style(TextStyle(role))

    def notify_style_update(self) -> None:
        # Textual computes the component styles after this call. Until then, they are those of the previous theme.
        super().notify_style_update()
        self._is_restyled = False
        if self.is_attached and self.is_mounted:
            self.call_later(self._paint)

    def _restyle(self) -> None:
        """Use the colours of the current theme, and forget all painted rows."""
        self._is_restyled = True
        self._view_context.renderer = LineRenderer(self._role_style, self._fit)
        self._bar_strips = scroll_thumb.strips(self._look)
        self._blank = Strip([])
        self._row_layout.repaint()
        self._marked = {}
        self._forget_screen()

    def retell(self) -> None:
        """Repaint the program's own text in all answers after the language has changed."""
        for index in range(len(self._row_layout.sections)):
            self._view(index).restyle()
            self._row_layout.changed(index)
        self._paint()

    def render_lines(self, crop: Region) -> list[Strip]:
        forget_dirty_regions(self)
        width = self.size.width
        marked = self.text_selection is not None
        strips = [self.render_line(y) if marked else self._strip(y) for y in crop.line_range]
        left, right = crop.column_span
        return strips if left == 0 and right >= width else [strip.crop(left, right) for strip in strips]

    def _strip(self, y: int) -> Strip:
        if 0 <= y < len(self._screen):
            return self._screen[y]
        return Strip.blank(self.size.width, self._view_context.renderer.style(TEXT))

    # ---------------------------------------------------------------------------------------------------- selection

    def render_line(self, y: int) -> Strip:
        """Return a row of the view with its offset in the transcript, which selecting with the mouse needs."""
        strip = self._strip(y)
        text, bar = strip.divide([strip.cell_length - 1, strip.cell_length])
        row = self.scroll_offset.y + y
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(row)) is not None:
            text = _highlighted(text, *span, self._look("selected"))
        return Strip.join([text.apply_offsets(0, row), bar])

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text and a newline. Wrapped rows are joined, and decoration is left out.

        Numbers, boxes, quote marks and indents are included if the selection begins to the left of them.
        """
        if not self._row_layout.sections:
            return None
        first, left = selection.start.transpose if selection.start else (0, 0)
        last, right = selection.end.transpose if selection.end else (self._row_layout.total - 1, -1)
        rows = self._row_layout.window(self._row_layout.anchor_at(first), last - first + 1)
        text: list[str] = []
        for number, row in enumerate(rows):
            end = row.strip.cell_length - row.edge
            if number == last - first and right >= 0:
                end = min(right, end)
            # The margin of a continuation row exists on the screen only, not in the source.
            goes_on = number > 0 and rows[number - 1].joint != "\n"
            margin_from = row.skip if goes_on else left
            piece = row.copied(margin_from, left if number == 0 else 0, end)
            joins = number < len(rows) - 1
            text.append(piece + (row.joint if joins else ""))
        return "".join(text), "\n"


def _spans(rows: list[int]) -> list[tuple[int, int]]:
    """Group ascending numbers into spans of consecutive ones, as (first, count)."""
    spans: list[tuple[int, int]] = []
    for row in rows:
        if spans and row == sum(spans[-1]):
            spans[-1] = (spans[-1][0], spans[-1][1] + 1)
        else:
            spans.append((row, 1))
    return spans


def _word_at(text: str, column: int) -> tuple[int, int]:
    """Return the first column of the word at a column and the column behind it; without a word, those of the one cell."""
    for found in _WORD.finditer(text):
        start, end = cell_len(text[: found.start()]), cell_len(text[: found.end()])
        if start <= column < end:
            return start, end
    return column, column + 1


_WORD = re.compile(r"[\w./:@~+-]+")
"""Also matches whole addresses, paths and options, because users want to copy them whole."""


def _highlighted(strip: Strip, start: int, end: int, style: Style) -> Strip:
    width = strip.cell_length
    if end < 0:
        end = len(strip.text.rstrip())
    start, end = min(start, width), min(end, width)
    if start >= end:
        return strip
    marked = Strip([segment._replace(style=style) for segment in strip.crop(start, end)], end - start)
    return Strip.join([strip.crop(0, start), marked, strip.crop(end, width)])
