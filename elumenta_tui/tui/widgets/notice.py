"""Notices about what has just happened, in one place above the prompt's frame."""

from __future__ import annotations

from time import monotonic
from typing import Literal

from textual import events
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from elumenta_tui.lean import Mutable

Severity = Literal["information", "warning", "error"]

PASSING, LASTING = 5.0, 15.0
"""Seconds for which a notice is shown."""

CHECK_EVERY = 0.5
"""Seconds between two checks whether a dialog still covers the notice."""

MOST_ROWS = 3
"""Rows of a notice, at most. A longer notice continues in the same rows afterwards."""

_MARKS: dict[Severity, tuple[str, str]] = {
    "information": ("•", "$primary"),
    "warning": ("!", "$warning"),
    "error": ("✗", "$error"),
}


class Notice(Mutable):
    """A notice, and the seconds that it is still shown."""

    text: str
    severity: Severity
    lasting: bool
    left: float
    of_conversation: bool = False
    """True if it is about the conversation on the screen."""
    has_come_back: bool = False
    """True if it is shown for the second time, after another notice hid it."""


def _is_important(notice: Notice) -> bool:
    """Return whether the notice must be read.

    A lasting notice that is not a warning only offers something.
    """
    return notice.lasting and notice.severity != "information"


class NoticeLine(Widget):
    """Shows the newest notice in place of all before it.

    A lasting warning comes back once, after the notice that hid it is gone.
    """

    def __init__(self) -> None:
        super().__init__(id="notice")
        self._shown: Notice | None = None
        self._hidden: list[Notice] = []
        """Notices that come back, the last one first."""
        self._part = 0
        self._width = 0
        self._was_covered = False
        self._began = 0.0
        self._timer: Timer | None = None

    @property
    def text(self) -> str:
        """The whole text of the notice; empty if none is shown."""
        return "" if self._shown is None else self._shown.text

    def show(self, text: str, severity: Severity, *, lasting: bool, of_conversation: bool = False) -> None:
        """Show a notice in place of the one before; see `NotifyUser`. `text` is plain text, never markup."""
        shown = self._shown
        if shown is not None and _is_important(shown) and not shown.has_come_back and shown.text != text:
            left = max(1.0, shown.left - (monotonic() - self._began))
            self._hidden.append(shown.but(left=left, has_come_back=True))
        self._begin(Notice(text, severity, lasting, LASTING if lasting else PASSING, of_conversation))

    def clear(self) -> None:
        """Remove all but lasting warnings, and what would come back, because the chat has gone on."""
        self._hidden.clear()
        if self._shown is not None and not _is_important(self._shown):
            self._begin(None)

    def leave_conversation(self) -> None:
        """Remove what `clear` removes, and notices about the conversation that the user leaves."""
        self.clear()
        if self._shown is not None and self._shown.of_conversation:
            self._begin(None)

    def forget(self) -> None:
        """Remove all notices, because they are no longer true."""
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
            # A dialog may cover the notice. Its time starts again once the dialog is gone.
            self._was_covered = True
            self._timer = self.set_timer(CHECK_EVERY, self._time_is_up)
        elif self._was_covered:
            self._was_covered = False
            self._restart()
        elif len(self._rows()) > (self._part + 1) * MOST_ROWS:
            self._part += 1
            self._restart()
            self._fit()
        else:
            self._show_next()

    def _show_next(self) -> None:
        self._begin(self._hidden.pop() if self._hidden else None)

    def on_click(self) -> None:
        self._show_next()

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
        """Set the height to the rows that the notice needs."""
        count = len(self._rows()[self._part * MOST_ROWS :])
        self.styles.height = min(MOST_ROWS, count)
        self.refresh()

    def render(self) -> Content:
        rows = self._rows()[self._part * MOST_ROWS :]
        if len(rows) > MOST_ROWS:
            rows[MOST_ROWS - 1] = Content.assemble(rows[MOST_ROWS - 1].rstrip(), " …")
        return Content("\n").join(rows[:MOST_ROWS])
