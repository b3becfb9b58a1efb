"""A scroll view that moves by the anchors of a viewport, and not by row numbers, which are partly estimated.

It draws its own scroll bar in the last column.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from textual import events
from textual.geometry import Size
from textual.widget import Widget

from elumenta_tui.terminal.textual_internals import HookedScrollView
from elumenta_tui.tui.widgets import scroll_thumb
from elumenta_tui.tui.widgets.viewport import Viewport

WHEEL = 3
"""Rows per notch of the mouse wheel."""


class AnchoredScrollView(HookedScrollView, can_focus=False):
    """Follows the end while the reader is there, and otherwise keeps the row being read in place."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.viewport = Viewport(lambda: self.size, self.repaint_all)
        self._bar: list[int] = []
        """States of the scroll bar's cells, as in `scroll_thumb`."""
        self._dragging: float | None = None
        """Rows from the mouse to the top of the view, while the thumb is dragged."""
        self._placing = False

    @abstractmethod
    def paint(self) -> None:
        """Determine the rows of the view, and refresh those that differ from the screen."""

    @abstractmethod
    def repaint_all(self) -> None:
        """Paint all rows of the view, also those that do not differ."""

    @property
    def following(self) -> bool:
        """True if the view follows the end."""
        return self.viewport.following

    def scroll_lines(self, count: int) -> None:
        """Scroll `count` rows down, or up if negative."""
        if len(self.viewport):
            self.viewport.scroll(count)
            self.paint()

    def page(self, pages: int) -> None:
        """Scroll `pages` pages down, or up if negative. A page is the height of the view minus two rows, which stay visible."""
        self.scroll_lines(pages * max(1, self.size.height - 2))

    def go_to_start(self) -> None:
        """Scroll to the first row."""
        self.viewport.go_to_start()
        self.paint()

    def go_to_end(self) -> None:
        """Scroll to the end and follow it."""
        self.viewport.following = True
        self.paint()

    def _go_to(self, position: int) -> None:
        if len(self.viewport):
            self.viewport.go_to(position)
            self.paint()

    def place(self) -> list[int]:
        """Tell Textual the scroll position without the layout that a change of these attributes would cause.

        Returns the states of the scroll bar's cells.
        """
        position, total = self.viewport.position, self.viewport.layout.total
        self._placing = True
        self.set_reactive(Widget.virtual_size, Size(self.viewport.text_width, total))
        self.set_reactive(Widget.scroll_y, float(position))
        self.set_reactive(Widget.scroll_target_y, float(position))
        self._placing = False
        self._bar = scroll_thumb.cells(position, self.size.height, total)
        return self._bar

    # ----------------------------------------------------------------------------------------------- Textual's own ways

    @property
    def allow_vertical_scroll(self) -> bool:
        """True, so that a selection with the mouse scrolls the view at its edges."""
        return True

    def during_scroll_update(self, update: Callable[[], None]) -> None:
        # After a resize, Textual clamps the scroll position to a height that is partly estimated. That must not move the view:
        # `paint` places it by its anchor.
        self._placing = True
        update()
        self._placing = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        # Only a selection beyond an edge scrolls by row number. Everything else in this class moves by anchors.
        if not self._placing and round(new_value) != self.viewport.position:
            self._go_to(round(new_value))

    # ------------------------------------------------------------------------------------------------------- the mouse

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.scroll_lines(WHEEL)
        event.stop()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.scroll_lines(-WHEEL)
        event.stop()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        height, total = self.size.height, self.viewport.layout.total
        if event.x == self.size.width - 1 and total > height:
            on_thumb = 0 <= event.y < len(self._bar) and self._bar[event.y] != scroll_thumb.TRACK
            if not on_thumb:
                self._go_to(round(event.y / height * total - height / 2))
            self._dragging = self.viewport.position - event.y / height * total
            self.capture_mouse()
            event.stop()
        else:
            self.viewport.is_held = True

    def let_go(self) -> None:
        """Let the text move again after the mouse button was released, here or elsewhere."""
        if self.viewport.is_held:
            self.viewport.is_held = False
            self.paint()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if not event.button:
            # The button was released outside the terminal.
            self.let_go()
        if self._dragging is not None:
            total = self.viewport.layout.total
            self._go_to(max(0, round(self._dragging + event.y / self.size.height * total)))
            event.stop()

    def on_mouse_up(self) -> None:
        if self._dragging is not None:
            self._dragging = None
            self.release_mouse()
