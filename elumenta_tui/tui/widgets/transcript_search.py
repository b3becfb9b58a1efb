"""The search in the transcript: it works in slices, moves the view to the current hit, and tells how far it is.

`hits` finds the hits, `hit_marks` marks them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from textual.strip import Strip

from elumenta_tui.tui.widgets.hit_marks import HitMarks
from elumenta_tui.tui.widgets.pacing import After
from elumenta_tui.tui.widgets.row_layout import Anchor
from elumenta_tui.tui.widgets.viewport import Viewport

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.tui.widgets.hits import Search, Sought
    from elumenta_tui.tui.widgets.line_renderer import FoundLine

SEARCH_SLICE = 0.004
"""Seconds that a search works without a pause."""
SEARCH_PAUSE = 0.008
"""Seconds between two slices of a search, for everything else."""
TELL_EVERY = 0.1
"""Seconds between two counts that are shown while a search goes on: each costs more than a slice."""


class TranscriptSearch:
    """The search that is going on, if any.

    `fold_all` is called when a search begins and ends, because all text is shown in full meanwhile. `paint` paints the view. `tell` is
    called with the number of the current hit, the number of hits, and whether the search has finished or was given up, whenever one
    has changed.
    """

    def __init__(
        self,
        viewport: Viewport,
        marks: HitMarks,
        *,
        fold_all: Callable[[], None],
        paint: Callable[[], None],
        tell: Callable[[int, int, bool, bool], object],
        after: After,
    ) -> None:
        self._viewport = viewport
        self._marks = marks
        self._fold_all = fold_all
        self._paint = paint
        self._tell = tell
        self._after = after
        self._search: Search | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._found: Anchor | None = None
        """Row of the hit that was shown last."""
        self._told = (-1, -1, False, False)
        self._told_at = float("-inf")

    @property
    def is_on(self) -> bool:
        """True from the beginning of a search until `end`."""
        return self._search is not None

    @property
    def is_done(self) -> bool:
        """True if a search is on and nothing is left to do for it."""
        return self._search is not None and self._search.is_done

    @property
    def hit(self) -> Anchor | None:
        """Row of the hit that was shown last; None without one."""
        return self._found

    def is_at_edge(self, step: int) -> bool:
        """Return whether there is no hit beyond the current one in that direction, as far as that is known."""
        search = self._search
        if search is None or not search.is_done:
            return False
        return not search.total or search.number == (search.total if step > 0 else 1)

    def begin(self, wanted: Sought, at: int | None = None, step: int = 0) -> None:
        """Mark these words in all answers, and show the first hit in the newest matching answer at or above the view's end.

        If there is none, show the first hit below. Empty `wanted` ends the search. With `at`, the index of an answer, show the first
        hit from there on (`step` 1), or the last one up to there (-1).
        """
        from elumenta_tui.tui.widgets.hits import Search

        if self._search is not None and self._search.wanted == wanted:
            return
        if not wanted or not len(self._viewport):
            self.end()
            return
        was_on = self.is_on
        self._forget()
        begin = self._viewport.last.section if at is None else at
        self._search = Search(wanted, self._viewport.views, begin, step)
        if not was_on:
            self._fold_all()
        self.go_on()

    def end(self) -> None:
        """End the search and remove its marks. The view stays where it is."""
        if self._search is None:
            return
        self._forget()
        self._fold_all()
        self._paint()

    def found_in(self, attachment: Attachment) -> Sequence[FoundLine]:
        """Return the lines of an attached text that are shown because of the search."""
        return self._search.attached.lines(attachment) if self._search is not None else ()

    def _forget(self) -> None:
        lines = self._search.with_lines if self._search is not None else ()
        self._search, self._found, self._told = None, None, (-1, -1, False, False)
        self._told_at = float("-inf")
        self._marks.forget()
        self._stop_waiting()
        for section in lines:
            self._viewport.view(section).renew_attachments()
            self._viewport.layout.changed(section)

    def move(self, step: int) -> None:
        """Show the next hit (1) or the previous one (-1)."""
        if self._search is not None:
            self._search.move(step)
            self._found = None
            self.go_on()

    def marked(self) -> dict[int, Strip]:
        """Return the rows of the view that have hits, with the hits marked, by row of the view."""
        return self._marks.rows(self._search) if self._search is not None else {}

    # -------------------------------------------------------------------------------------------------- changed text

    def added(self, sections: range) -> None:
        """Search new answers, too."""
        if self._search is not None:
            for section in sections:
                self._search.changed(section)
            self.go_on()

    def grown(self, section: int) -> None:
        """Search an answer that has grown again, soon."""
        if self._search is not None:
            self._search.changed(section)
            self._go_on_soon()

    def renewed(self, section: int) -> None:
        """Forget the hits in an answer whose text was replaced."""
        if self._search is not None:
            self._search.renewed(section)

    def reflowed(self) -> None:
        """Find the row of the current hit again, because the width has changed."""
        if self._search is not None:
            self._search.reflowed()
            self._go_on_soon()

    # ---------------------------------------------------------------------------------------------------------- work

    def _go_on_soon(self) -> None:
        if self._timer is None:
            self._timer = self._after(SEARCH_PAUSE, self.go_on)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def go_on(self) -> None:
        """Do a slice of the search, and show its result."""
        self._stop_waiting()
        search = self._search
        if search is None:
            return
        shown = set(search.with_lines)
        search.go_on(self._viewport.text_width, monotonic() + SEARCH_SLICE)
        for section in search.with_lines - shown:
            self._viewport.layout.changed(section)
        anchor = search.anchor
        if anchor is not None and anchor != self._found and not self._viewport.is_held:
            self._viewport.show_row(anchor)
        now = monotonic()
        if search.is_done or anchor != self._found or now >= self._told_at + TELL_EVERY:
            self._told_at = now
            self._show(search)
        if not search.is_done:
            self._go_on_soon()

    def _show(self, search: Search) -> None:
        """Paint the view and tell the counts, as far as something has changed."""
        anchor, told = search.anchor, self._state(search)
        if told != self._told or anchor != self._found:
            self._paint()
            told = self._state(search)
        self._found = anchor
        if told != self._told:
            self._told = told
            self._tell(*told)

    def _state(self, search: Search) -> tuple[int, int, bool, bool]:
        return search.number, search.total, search.is_done, search.wanted.is_too_slow
