"""A dialog that shows where a link really leads before it is opened."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.i18n import say
from elumenta_tui.terminal.browser import Target
from elumenta_tui.tui.widgets.dialog import Dialog

OPEN, COPY = "open", "copy"
"""Results of the screen; None if the user cancelled."""


class LinkScreen(Dialog[str | None]):
    """Shows the whole target of a link, and asks whether to open or copy it."""

    AUTO_FOCUS = "#address"
    BINDINGS = [
        Binding("enter", "first", show=False, priority=True),
        Binding("c,с,y,н,ctrl+y", "copy", show=False, priority=True),
        Binding("escape,q,й,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(self, target: Target, *, can_open: bool) -> None:
        super().__init__(classes="link")
        self._target = target
        self._opens = can_open and target.is_web

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("link.title" if self._opens else "link.title_copy"))
            with VerticalScroll(id="address"):
                yield Static(self._address(), markup=False)
            with VerticalScroll(id="remarks", can_focus=False):
                yield Static(Content("\n").join(self._remarks()), markup=False)
            if self._opens:
                yield Static(_row("Enter", "link.open"), id="open", markup=False)
            yield Static(_row("C" if self._opens else "Enter", "link.copy"), id="copy", markup=False)
            yield Static(_row("Esc", "link.leave"), id="leave", markup=False)

    def _address(self) -> Content:
        """Return the address with its host highlighted."""
        target = self._target
        if not target.is_web:
            return Content(target.address)
        start, end = target.host_at, target.host_at + len(target.host)
        dim = "$muted"
        return Content.assemble(
            (target.address[:start], dim),
            (target.address[start:end], "bold $accent"),
            (target.address[end:], dim),
        )

    def _remarks(self) -> list[Content]:
        target = self._target
        if not target.is_web:
            return [Content.styled(say("link.not_web"), "$warning")]
        remarks = [Content.assemble(say("link.host"), " ", (target.host, "bold $accent"))]
        if target.letters:
            remarks.append(Content.styled(say("link.letters", letters=target.letters), "$warning"))
        if target.user:
            remarks.append(Content.styled(say("link.user", user=target.user, host=target.host), "$error"))
        if not self._opens:
            remarks.append(Content.styled(say("link.no_browser"), "$muted"))
        return remarks

    def action_first(self) -> None:
        self.dismiss(OPEN if self._opens else COPY)

    def action_copy(self) -> None:
        self.dismiss(COPY)

    @on(events.Click, "#open")
    def open_clicked(self) -> None:
        self.dismiss(OPEN)

    @on(events.Click, "#copy")
    def copy_clicked(self) -> None:
        self.dismiss(COPY)

    @on(events.Click, "#leave")
    def leave_clicked(self) -> None:
        self.dismiss(None)


def _row(key: str, words: str) -> Content:
    return Content.assemble((key.ljust(8), "bold $accent"), say(words))
