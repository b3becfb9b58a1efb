"""The transcript: the whole conversation in one widget on Textual's Line API.

An answer already contains a delta when `mark_changed` reports it. Deltas are painted in frames (`pacing`). A frame repaints only the
rows that differ from the screen (`painted_rows`). `viewport` knows where the view is, `block_cursor` where the cursor is.

(Over 400 lines: the widget joins its parts, and everything that changes the view ends in its `paint`.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, time

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.markdown.style import TEXT
from elumenta_tui.terminal.textual_internals import forget_dirty_regions
from elumenta_tui.tui.widgets.anchored_scroll_view import AnchoredScrollView
from elumenta_tui.tui.widgets.block_cursor import BlockCursor
from elumenta_tui.tui.widgets.folding import Folding
from elumenta_tui.tui.widgets.hit_marks import HitMarks
from elumenta_tui.tui.widgets.line_renderer import DrawFoot, DrawnPictures, ViewContext
from elumenta_tui.tui.widgets.overlays import Overlays
from elumenta_tui.tui.widgets.pacing import FPS, FramePacer
from elumenta_tui.tui.widgets.painted_rows import Badge, PaintedRows
from elumenta_tui.tui.widgets.row_layout import Anchor
from elumenta_tui.tui.widgets.selecting import (
    BlockSelection,
    highlighted,
    selection_at,
    text_of,
    text_of_blocks,
)
from elumenta_tui.tui.widgets.transcript_blocks import ReadingPlace, TranscriptBlocks
from elumenta_tui.tui.widgets.transcript_links import TranscriptLinks
from elumenta_tui.tui.widgets.transcript_search import TranscriptSearch
from elumenta_tui.tui.widgets.transcript_styles import TranscriptStyles

TICK_AFTER = 0.1
"""Seconds without a frame after which a tick paints one for the spinner. Frames with new text show the spinner anyway."""


class Transcript(AnchoredScrollView, can_focus=False):
    """Shows answers. `cursor`, `overlays`, `search` and `links` are its parts that other modules call.

    (Over 30 methods: half of them are Textual's hooks for painting, the mouse and selections.)
    """

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
        is_too_slow: bool = False
        """True if the search was given up, because it takes too long."""

    class Ticked(Message):
        """A tick has passed while an answer waits for its retry, so its countdown may show another number."""

    class CursorMoved(Message):
        """The block cursor has moved, has appeared, or was removed."""

    ALLOW_SELECT = True
    DEFAULT_CSS = Path(__file__).with_name("transcript.tcss").read_text(encoding="utf-8")

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
        is_aside: bool = False,
        conversation: Callable[[], Conversation] = Conversation,
        foot: DrawFoot | None = None,
        fps: int = FPS,
        run_of: Callable[[Turn | Answer], int] = lambda _: 0,
        pictures: Callable[[], DrawnPictures | None] = lambda: None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        viewport = self.viewport
        self.styling = TranscriptStyles(self, lambda: self.app.theme_variables)
        self._view_context = ViewContext(
            self.styling.renderer,
            clock,
            calendar,
            offers,
            viewport.is_last,
            is_settling,
            join_lines,
            measure,
            is_aside,
            conversation,
            foot,
            run_of,
            pictures,
        )
        self.painted = PaintedRows(self.styling, lambda regions: self.refresh(*regions))
        self._folding = Folding(viewport, self._unfolded, self._view_context.pinned)
        self._pacer = FramePacer(self._grow, self.paint, self.after, fps)
        self._marks = HitMarks(viewport, self.styling)
        self.cursor = BlockCursor(viewport, self._folding.fold, self.paint)
        self.overlays = Overlays(viewport, self._view_context, lambda: self.app.size.height)
        self.search = TranscriptSearch(
            viewport,
            self._marks,
            fold_all=self._folding.fold_all,
            paint=self.paint,
            tell=lambda *told: self.post_message(self.Searched(*told)),
            after=self.after,
        )
        self._view_context.found_in = self.search.found_in
        self.links = TranscriptLinks(
            viewport, self.cursor, self.set_timer, lambda href: self.post_message(self.LinkClicked(href))
        )
        self.blocks = TranscriptBlocks(viewport, self.cursor)
        self.selected_blocks: BlockSelection | None = None
        """The blocks that are selected by key."""
        self._has_news = False
        """True if text has arrived since the reader left the end."""
        self._ticker: Timer | None = None

    def _unfolded(self, section: int) -> str:
        """Return what to show in full in an answer: everything during a search, else what is under the cursor."""
        return "all" if self.search.is_on else self.cursor.kind_in(section)

    def after(self, seconds: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        """Call back once, after that many seconds, as a message."""
        # Each of Textual's own timers needs an asyncio task.
        return asyncio.get_running_loop().call_later(seconds, self.call_next, call)

    # ------------------------------------------------------------------------------------------------------ content

    def show(self, answers: list[Answer], *, plain: bool = False) -> None:
        """Replace all answers with these and show their end. `plain`: show their text without rendering Markdown."""
        self.search.end()
        self.viewport.clear()
        self._pacer.forget()
        self.cursor.forget()
        self.selected_blocks = None
        self._append(answers, plain=plain)
        self._folding.keep()
        self.viewport.following = True
        self.paint()

    def add(self, answer: Answer, *, follows: bool = True) -> None:
        """Add an answer at the end, unless it is there. `follows`: remove the cursor, and follow the end from now on."""
        if self.viewport.index_of(answer) is not None:
            return
        self._append([answer])
        if follows:
            self.cursor.leave()
            self.viewport.following, self.viewport.is_held = True, False
        self.paint()

    def _append(self, answers: list[Answer], *, plain: bool = False) -> None:
        # Imported late, because this loads the whole Markdown engine. The first frame shows no answers.
        from elumenta_tui.tui.widgets.answer_view import AnswerView, guesses
        from elumenta_tui.tui.widgets.foot import SPINS_PER_SECOND

        viewport = self.viewport
        above = len(viewport)
        view_context = self._view_context

        def make(index: int) -> AnswerView:
            view = AnswerView(answers[index], view_context, plain)
            view.is_first = index == 0
            return view

        if above:
            viewport.extend([AnswerView(answer, view_context, plain) for answer in answers])
        else:
            viewport.begin(answers, make, partial(guesses, answers))
        if above:
            # The foot of the previous answer says less now that the answer is not the last one.
            viewport.view(above - 1).tick()
            viewport.layout.changed(above - 1)
        if self._ticker is None:
            self._ticker = self.set_interval(1 / SPINS_PER_SECOND, self._tick, pause=True)
        if answers and not answers[-1].over:
            self._ticker.resume()
        if self.search.is_on:
            added = range(above, len(viewport))
            for index in added:
                self._folding.fold(index)
            self.search.added(added)

    def mark_changed(self, answer: Answer) -> None:
        """Paint a changed answer with the next frame, or at once if its first text or its end has arrived."""
        viewport = self.viewport
        index = viewport.index_of(answer)
        if index is None:
            return
        view = viewport.view(index)
        if view.is_void:
            viewport.renew(index)
            self.cursor.renewed(index)
            self.search.renewed(index)
        if not viewport.following and view.is_behind:
            self._has_news = True
        self._pacer.changed(answer)

    def _grow(self, answer: Answer) -> bool:
        """Render the next piece of a changed answer, and return whether there is more to do."""
        index = self.viewport.index_of(answer)
        if index is None:
            return False
        view = self.viewport.view(index)
        is_read = not self.viewport.following and self.viewport.top.section == index
        before = view.pieces() if is_read else ()
        folds = view.faces.folds
        has_more = view.grow()
        self.viewport.layout.changed(index)
        if is_read and view.faces.folds != folds:
            self._folding.keep_place(index, before)
        if view.shows_thoughts:
            self._folding.fold(index)
        self.search.grown(index)
        return has_more

    def set_given_back(self, answer: Answer, *, is_given_back: bool) -> None:
        """Note whether the prompt of an empty answer was put back into the prompt box."""
        if is_given_back:
            self._view_context.given_back.add(answer)
        else:
            self._view_context.given_back.discard(answer)
        self.mark_changed(answer)

    def _tick(self) -> None:
        """Update the seconds and the spinner of the running answer. Pause the ticker if no answer is running."""
        viewport = self.viewport
        index = len(viewport) - 1
        if index < 0 or viewport.view(index).answer.over:
            if self._ticker is not None:
                self._ticker.pause()
            return
        if self._pacer.idle_for > TICK_AFTER:
            viewport.view(index).tick()
            viewport.layout.changed(index)
            self.paint()
        if viewport.view(index).answer.retry_wait is not None:
            self.post_message(self.Ticked())

    def give_way(self) -> None:
        """Delay the next frame for a key that was just pressed, so that the key is handled and painted first."""
        self._pacer.give_way()

    def show_answer(self, answer: Answer) -> None:
        """Scroll an answer into view, at the beginning of its prompt."""
        if (index := self.viewport.index_of(answer)) is not None:
            self.viewport.show_row(Anchor(index, 0, 0))
            self.paint()

    def jump(self, step: int) -> None:
        """Move the next (1) or previous (-1) prompt to the top of the view. A cursor moves to that prompt."""
        if len(self.viewport):
            section = self.viewport.jump(step)
            if section is not None and self.cursor.under is not None:
                self.cursor.set_on(section, "prompt")
            self.paint()

    _folded_at: tuple[Answer, ReadingPlace, ReadingPlace] | None = None
    """The answer that was folded last, and what the reader saw before and after."""

    def fold(self) -> bool:
        """Fold what is under the cursor or, without one, the last answer; or unfold it. False if nothing can be folded."""
        if not len(self.viewport):
            return False
        section, kind, key = len(self.viewport) - 1, "answer", ""
        if (under := self.cursor.under) is not None:
            section, kind, key = under[0], under[1].kind, under[1].key
        view, was = self.viewport.view(section), self._reading_place
        was_folded = view.is_folded
        is_done = self._folding.toggle(section, kind, key)
        if under is not None:
            self.cursor.renewed(section)
        if view.is_folded and not was_folded:
            # The prompt that is pinned to the top would cover the line that stands for the answer.
            line = Anchor(section, view.answer_at, 0)
            if self.viewport.top >= line:
                self.viewport.top = self.viewport.layout.move(line, -1)
            self.paint()
            self._folded_at = view.answer, was, self._reading_place
            return is_done
        if was_folded and not view.is_folded and self._folded_at is not None:
            answer, before, after = self._folded_at
            if (view.answer, was) == (answer, after):
                before.restore(self.viewport, self.cursor)
        self.paint()
        return is_done

    @property
    def _reading_place(self) -> ReadingPlace:
        return ReadingPlace.of(self.viewport, self.cursor)

    @property
    def cursor_row(self) -> int:
        """The row of the view where the stop under the cursor begins; negative above the view."""
        under = self.cursor.under
        return 0 if under is None else self.viewport.row_of(Anchor(under[0], under[1].first, 0))

    def set_cursor(self, answer: Answer, kind: str, row: int) -> None:
        """Set the cursor on a stop of an answer, which begins at that row of the view as far as it can."""
        if (section := self.viewport.index_of(answer)) is None:
            return
        self.cursor.set_on(section, kind)
        if (stop := self.cursor.stop) is not None:
            viewport = self.viewport
            viewport.top = viewport.layout.move(Anchor(section, stop.first, 0), -row)
            viewport.following = viewport.top >= viewport.bottom
        self.paint()

    # ----------------------------------------------------------------------------------------------------- painting

    def paint(self) -> None:
        if self.cursor.has_moved():
            self.post_message(self.CursorMoved())
        viewport, size = self.viewport, self.size
        if not size.height or not self.is_attached:
            return
        if not self.styling.is_current:
            self._restyle()
        viewport.layout.resize(viewport.text_width)
        viewport.settle()
        badge = self._badge_in_view
        # The badge has the last row to itself. The text that it would cover appears after the next step down.
        viewport.fill(size.height - (badge is not None and size.height > 1))
        bar = self.place()
        if viewport.following:
            self._has_news = False
        rows = [row.strip for row in viewport.rows]
        for y, marked in self.search.marked().items():
            rows[y] = marked
        cursor_rows = self.cursor.rows()
        if self.overlays.cover(rows, size.height, cursor_rows):
            badge = None
        self.painted.show(
            rows,
            bar,
            size.width,
            blank=self.styling.blank(viewport.text_width),
            cursor=cursor_rows,
            numbers={y: number for y, number in self.cursor.numbers().items() if y not in self.overlays.rows},
            badge=badge,
            badge_role="badge.new" if self._has_news else "badge",
        )
        if behind := self._view_context.behind:
            self._pacer.catch_up(behind)
            behind.clear()

    def repaint_all(self) -> None:
        self.painted.forget()
        self.paint()

    def watch_badge(self) -> None:
        self.repaint_all()

    @property
    def _badge_in_view(self) -> Badge | None:
        if not self.viewport.is_below or not self.badge:
            return None
        return Badge.at_the_end(self.badge, self.viewport.text_width)

    def notify_style_update(self) -> None:
        # Textual calls this for the theme's change before the background is the new one: paint once it is.
        super().notify_style_update()
        self.styling.is_current = False
        if self.is_attached and self.is_mounted:
            self.call_later(self.paint)

    def _restyle(self) -> None:
        """Use the colours of the current theme, and forget all painted rows."""
        self.styling.renew()
        self._view_context.renderer = self.styling.renderer
        self.viewport.layout.repaint()
        self._marks.forget()
        self.overlays.forget()
        self.painted.forget()

    def retell(self) -> None:
        """Repaint the program's own text in all answers after the language has changed."""
        for index, view in enumerate(self.viewport.views):
            view.restyle()
            self.viewport.layout.changed(index)
        self.viewport.layout.repaint()
        self.paint()

    def lay_out(self, measure: int, *, join_lines: bool) -> None:
        """Lay all answers out anew, with prose of that many columns at most. `join_lines`: join the lines of a paragraph."""
        context = self._view_context
        context.measure, context.join_lines = measure, join_lines
        for view in self.viewport.views:
            view.forget()
        self.repaint_marks()
        for index in range(len(self.viewport.views)):
            self.viewport.layout.changed(index)
        self.viewport.layout.repaint()
        self.paint()

    def repaint_pictures(self) -> None:
        """Paint the rows in view again, because pictures were decoded. All rows stay in place."""
        self.viewport.layout.repaint()
        self.paint()

    def repaint_marks(self) -> None:
        """Repaint all answers near the view, because other messages are left out or pinned now."""
        layout = self.viewport.layout
        for index in layout.opened:
            self.viewport.view(index).renew()
            self.cursor.renewed(index)
            layout.changed(index)
            self.search.renewed(index)
        self.paint()

    def on_resize(self, event: events.Resize) -> None:
        self.repaint_all()
        self.search.reflowed()

    def recolour(self) -> None:
        """Give code its colours that was shown without them, after its lexers were loaded. All rows stay in place."""
        viewport = self.viewport
        for index in viewport.layout.opened:
            if viewport.view(index).recolour():
                viewport.layout.changed(index)
        self.paint()

    def render_lines(self, crop: Region) -> list[Strip]:
        forget_dirty_regions(self)
        width = self.size.width
        marked = self.text_selection is not None
        strips = [self.render_line(y) if marked else self._strip(y) for y in crop.line_range]
        left, right = crop.column_span
        return strips if left == 0 and right >= width else [strip.crop(left, right) for strip in strips]

    def _strip(self, y: int) -> Strip:
        strips = self.painted.strips
        if 0 <= y < len(strips):
            return strips[y]
        return Strip.blank(self.size.width, self.styling.renderer.style(TEXT))

    # ------------------------------------------------------------------------------------------ the mouse, selection

    def on_mouse_down(self, event: events.MouseDown) -> None:
        # Textual calls the handler of the base class, too.
        self.links.press(event.x, event.y)

    async def _on_click(self, event: events.Click) -> None:
        # By default, Textual selects the whole widget on a double click: here, the whole conversation.
        event.prevent_default()
        self.links.stop()
        badge, rows = self._badge_in_view, self.viewport.rows
        if badge is not None and event.y == self.size.height - 1 and event.x >= badge.start:
            self.go_to_end()
        elif event.y == 0 and self.viewport.covered:
            self.viewport.show_on_top(self.viewport.top.section)
            self.paint()
        elif event.chain in (2, 3):
            if 0 <= event.y < len(rows):
                selection = selection_at(rows, event.x, event.y, self.scroll_offset.y, word=event.chain == 2)
                self.screen.selections = {self: selection}
        else:
            self.links.click(event.x, event.y)

    def render_line(self, y: int) -> Strip:
        """Return a row of the view with its offset in the transcript, which selecting with the mouse needs."""
        strip = self._strip(y)
        text, bar = strip.divide([strip.cell_length - 1, strip.cell_length])
        row = self.scroll_offset.y + y
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(row)) is not None:
            text = highlighted(text, *span, self.styling.look("selected"))
        return Strip.join([text.apply_offsets(0, row), bar])

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text and a newline, as `selecting.text_of` has it."""
        if not len(self.viewport):
            return None
        blocks = self.selected_blocks
        if blocks is not None and blocks.selection == selection:
            return text_of_blocks(blocks, self.viewport.layout), "\n"
        return text_of(selection, self.viewport.layout), "\n"
