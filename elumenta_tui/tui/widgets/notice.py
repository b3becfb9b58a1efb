"""Notices: what has just happened, in one place, right above the prompt's frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

from textual import events
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

Severity = Literal["information", "warning", "error"]

PASSING, LASTING = 5.0, 15.0
"""Seconds for which a notice is shown."""

LOOK_AGAIN = 0.5
"""Seconds between two looks at whether a dialog that may cover a notice is still there."""

MOST_ROWS = 3
"""Rows at once. What is longer goes on in the same rows afterwards."""

_MARKS: dict[Severity, tuple[str, str]] = {
    "information": ("•", "$primary"),
    "warning": ("!", "$warning"),
    "error": ("✗", "$error"),
}


@dataclass
class Notice:
    """One notice and how long it is still to be shown."""

    text: str
    severity: Severity
    lasting: bool
    left: float
    of_conversation: bool = False
    """Whether it says something of the conversation on the screen."""
    has_come_back: bool = False
    """Whether it was hidden by another one before, and is shown for the second time."""


def _is_important(notice: Notice) -> bool:
    """Whether it has to be read whatever happens. What lasts and is no warning offers something for a while."""
    return notice.lasting and notice.severity != "information"


class NoticeLine(Widget):
    """Shows the newest notice in place of all before it.

    A warning that was to last comes back once, when the notice that has hidden it is gone.
    """

    def __init__(self) -> None:
        super().__init__(id="notice")
        self._shown: Notice | None = None
        self._hidden: list[Notice] = []
        """What comes back; the last one first."""
        self._part = 0
        self._width = 0
        self._was_covered = False
        self._began = 0.0
        self._timer: Timer | None = None

    @property
    def text(self) -> str:
        """What is shown, whole; empty if nothing is."""
        return "" if self._shown is None else self._shown.text

    def show(self, text: str, severity: Severity, *, lasting: bool, of_conversation: bool = False) -> None:
        """Show a notice in place of the one before. It is text, never markup. See `NotifyUser`."""
        shown = self._shown
        if shown is not None and _is_important(shown) and not shown.has_come_back and shown.text != text:
            left = max(1.0, shown.left - (monotonic() - self._began))
            self._hidden.append(replace(shown, left=left, has_come_back=True))
        self._begin(Notice(text, severity, lasting, LASTING if lasting else PASSING, of_conversation))

    def clear(self) -> None:
        """Take away what is only passing, what offers something, and what would come back: the chat has gone on."""
        self._hidden.clear()
        if self._shown is not None and not _is_important(self._shown):
            self._begin(None)

    def leave_conversation(self) -> None:
        """Take away what `clear` does, and what was said of the conversation that was on the screen."""
        self.clear()
        if self._shown is not None and self._shown.of_conversation:
            self._begin(None)

    def forget(self) -> None:
        """Take everything away: it is not true any more."""
        self._hidden.clear()
        self._begin(None)

    def _begin(self, notice: Notice | None) -> None:
        self._shown, self._part, self._was_covered = notice, 0, False
        self._restart()
        self._fit()

    def _restart(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._began = monotonic()
        if self._shown is not None:
            self._timer = self.set_timer(self._shown.left, self._time_is_up)

    def _time_is_up(self) -> None:
        if self.app.screen is not self.screen:
            # A dialog may cover it: its time begins anew when the dialog has gone.
            self._was_covered = True
            self._timer = self.set_timer(LOOK_AGAIN, self._time_is_up)
        elif self._was_covered:
            self._was_covered = False
            self._restart()
        elif len(self._rows()) > (self._part + 1) * MOST_ROWS:
            self._part += 1
            self._restart()
            self._fit()
        else:
            self._go_on()

    def _go_on(self) -> None:
        self._begin(self._hidden.pop() if self._hidden else None)

    def on_click(self) -> None:
        self._go_on()

    def on_resize(self, event: events.Resize) -> None:
        if event.size.width != self._width:
            self._width = event.size.width
            self._part = 0
            self._fit()

    def _rows(self) -> list[Content]:
        if self._shown is None:
            return []
        mark, style = _MARKS[self._shown.severity]
        width = max(10, (self.size.width or self.app.size.width) - 4)
        rows = Content.styled(self._shown.text, "" if self._shown.severity == "information" else style).wrap(
            width
        )
        return [
            Content.assemble((f" {mark} " if number == 0 else "   ", f"bold {style}"), row)
            for number, row in enumerate(rows)
        ]

    def _fit(self) -> None:
        """Take as many rows as the notice needs; without one only the air above the frame, if there is room for it."""
        count = len(self._rows()[self._part * MOST_ROWS :])
        self.styles.height = min(MOST_ROWS, count)
        self.refresh()

    def render(self) -> Content:
        rows = self._rows()[self._part * MOST_ROWS :]
        if len(rows) > MOST_ROWS:
            rows[MOST_ROWS - 1] = Content.assemble(rows[MOST_ROWS - 1].rstrip(), " …")
        return Content("\n").join(rows[:MOST_ROWS])
