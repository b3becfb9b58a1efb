"""The links of the transcript: which ones are offered, and which one was clicked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from textual.timer import Timer

from elumenta_tui.markdown.style import Link
from elumenta_tui.tui.widgets.block_cursor import BlockCursor
from elumenta_tui.tui.widgets.viewport import Viewport

SECOND_CLICK = 0.25
"""Seconds to wait after a click on a link for a second click, which selects the word instead."""


class TranscriptLinks:
    """Finds links. `wait` calls a function after that many seconds; `clicked` is called with the target of a clicked link."""

    def __init__(
        self,
        viewport: Viewport,
        cursor: BlockCursor,
        wait: Callable[[float, Callable[[], object]], Timer],
        clicked: Callable[[str], object],
    ) -> None:
        self._viewport = viewport
        self._cursor = cursor
        self._wait = wait
        self._clicked = clicked
        self._pressed_at = (-1, -1)
        self._timer: Timer | None = None

    def offered(self) -> Sequence[Link]:
        """Return the links of the stop under the cursor.

        Without a cursor, return the links in view, or those of the last answer if none are in view.
        """
        viewport = self._viewport
        if not len(viewport):
            return []
        under = self._cursor.under
        if under is not None:
            section, stop = under
            return viewport.view(section).links(stop.first, stop.last)
        last = viewport.view(-1)
        return self._in_view() or last.links(0, len(last.pieces()))

    def _in_view(self) -> list[Link]:
        viewport = self._viewport
        first, last = viewport.top, viewport.last
        found: dict[str, Link] = {}
        for section in range(first.section, last.section + 1):
            start = first.piece if section == first.section else 0
            end = last.piece if section == last.section else len(viewport.view(section).pieces())
            for link in viewport.view(section).links(start, end):
                found.setdefault(link.href, link)
        return list(found.values())

    def href_at(self, x: int, y: int) -> str:
        """Return the target of the link in a cell of the view; empty if there is no link."""
        viewport = self._viewport
        if not 0 <= y < len(viewport.rows):
            return ""
        at = viewport.row_at(y)
        return viewport.view(at.section).href_at(at.piece, at.row, x, viewport.text_width)

    def press(self, x: int, y: int) -> None:
        """Note where the mouse button was pressed. A click that ends elsewhere is none on a link."""
        self._pressed_at = (x, y)

    def click(self, x: int, y: int) -> None:
        """Report a click on a link, unless `stop` is called before a second click is too late."""
        if (x, y) == self._pressed_at and (href := self.href_at(x, y)):
            self._timer = self._wait(SECOND_CLICK, partial(self._clicked, href))

    def stop(self) -> None:
        """Forget a click that was not reported yet."""
        if self._timer is not None:
            self._timer.stop()
