"""The queue above the prompt: what happens to it, and the first line of each prompt in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content
from textual.widget import Widget


class QueueView(Widget):
    """Shows lines, and takes no row of the screen without any. A click calls `clicked`."""

    def __init__(self, clicked: Callable[[], object]) -> None:
        super().__init__(id="queue")
        self._clicked = clicked
        self._lines: Sequence[Content] = ()

    def show(self, lines: Sequence[Content]) -> None:
        """Replace the lines; each has one row."""
        self._lines = lines
        self.display = bool(lines)
        self.styles.height = len(lines)
        self.refresh()

    def render(self) -> Content:
        return Content("\n").join(self._lines)

    def on_click(self) -> None:
        self._clicked()
