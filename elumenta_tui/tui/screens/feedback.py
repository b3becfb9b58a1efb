"""A report to fill in, into which the doctor's lines come while it is written."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.i18n import say
from elumenta_tui.tui.widgets.dialog import Dialog
from elumenta_tui.tui.widgets.key_hints import KeyHints
from elumenta_tui.tui.widgets.text_box import text_box

_FIRST_PLACE = (2, 0)
"""Row and column of the report under its first heading, where the user begins to write."""


class FeedbackScreen(Dialog[str]):
    """Dismissed with the text as it stands."""

    AUTO_FOCUS = "#message"
    BINDINGS = [
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
        Binding("ctrl+s,f2", "save", show=False, priority=True),
        Binding("ctrl+y", "copy", show=False, priority=True),
        Binding("ctrl+o,f4", "open_page", show=False, priority=True),
    ]

    def __init__(
        self,
        text: str,
        where_to: str,
        *,
        is_examining: bool,
        copy: Callable[[str], None],
        save: Callable[[str], None],
        open_page: Callable[[], None] | None,
    ) -> None:
        """`where_to`: says where the report goes. `open_page`: opens the page for issues; None if there is none."""
        super().__init__(classes="finder -feedback")
        self._where_to = where_to
        self._is_examining = is_examining
        self._copy = copy
        self._save = save
        self._open_page = open_page
        self._area = text_box(text, "message")
        self._is_laid_out = False
        self._status = Static(id="status", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("feedback.title"))
            yield self._area
            yield self._status
            keys = "feedback.keys" if self._open_page is None else "feedback.keys_with_page"
            yield KeyHints(say(keys))

    def on_mount(self) -> None:
        self._area.move_cursor(_FIRST_PLACE)
        self._area.call_after_refresh(self._show_start)
        self._show_status()

    def _show_start(self) -> None:
        # The cursor was moved before there was a height to see it in.
        self._is_laid_out = True
        self._area.scroll_home(animate=False)

    def _show_status(self) -> None:
        if self._is_examining:
            self._status.update(Content.styled(say("feedback.examining"), "$warning"))
        else:
            self._status.update(Content(self._where_to))

    def append(self, piece: str) -> None:
        """Put more lines at the end, wherever the cursor is."""
        area = self._area
        row = area.scroll_y if self._is_laid_out else 0
        area.insert(piece, area.document.end, maintain_selection_offset=True)
        # An edit brings its place into view, and the user reads elsewhere.
        area.call_after_refresh(area.scroll_to, y=row, animate=False)

    def end_examining(self) -> None:
        """Say where the report goes, because it is complete."""
        self._is_examining = False
        self._show_status()

    def action_leave(self) -> None:
        """Close the report, which keeps what was written into it."""
        self.in_order(lambda: self.dismiss(self._area.text))

    def action_save(self) -> None:
        """Write the report to a new file, after the letters that were typed before."""
        self.in_order(lambda: self._save(self._area.text))

    def action_copy(self) -> None:
        """Copy the report, after the letters that were typed before."""
        self.in_order(lambda: self._copy(self._area.text))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys of the page alone where there is none."""
        if action == "open_page":
            return self._open_page is not None
        return super().check_action(action, parameters)

    def action_open_page(self) -> None:
        """Open the page for issues in the browser."""
        if self._open_page is not None:
            self._open_page()
