"""The dialog of the first start: takes a key, or starts the demo."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from elumenta_tui.config.keychain import key_phrase
from elumenta_tui.i18n import say, spoken
from elumenta_tui.text.key import key_problem, tidy_key
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.widgets.dialog import Dialog, Field

DEMO = "demo"
"""The result of the screen if the user chose the demo."""

COLUMNS_FOR_ALL = 44
"""Screen columns from which on every address of the full explanation is in one row."""
ROWS_FOR_ALL, ROWS_FOR_ALL_NARROW, WIDE = 20, 28, 70
"""Screen rows from which on the full explanation fits: in so many columns, and in fewer."""

Verify = Callable[[str], Awaitable[str | None]]
"""Tries a key. Returns None if it works, else the explanation for the user."""


class KeyField(Field):
    """Extracts a key from a paste with text around it. A plain Input keeps only the paste's first line."""

    def _on_paste(self, event: events.Paste) -> None:
        if self._is_for_others(event):
            return
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(tidy_key(clean(event.text)))


class WelcomeScreen(Dialog[str | None]):
    """Dismissed with a key that works, with `DEMO`, or with None."""

    AUTO_FOCUS = "#key"
    BINDINGS = [
        Binding("enter", "submit", show=False, priority=True),
        Binding("f2", "demo", show=False, priority=True),
        Binding("f12", "language", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(
        self,
        verify: Verify,
        *,
        reason: str = "",
        has_account: bool,
        in_demo: bool = False,
        switch_language: Callable[[], None],
    ) -> None:
        """`in_demo`: the demo is already running, so it is not offered."""
        super().__init__(classes="welcome")
        self._verify = verify
        self._reason = reason
        self._has_account = has_account
        self._in_demo = in_demo
        self._switch_language = switch_language

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("welcome.title"))
            yield Static(self._text(), id="text", markup=False)
            yield KeyField(
                placeholder=say("welcome.placeholder"), password=True, select_on_focus=False, id="key"
            )
            self._verdict = Static(id="verdict", markup=False)
            self._show_verdict(_problem(self._reason))
            yield self._verdict
            yield Static(self._keys(), id="keys", markup=False)

    def _text(self) -> Content:
        size = self.app.size
        rows = ROWS_FOR_ALL if size.width >= WIDE else ROWS_FOR_ALL_NARROW
        has_room = size.width >= COLUMNS_FOR_ALL and size.height >= rows
        return Content(say("welcome.text" if has_room else "welcome.short"))

    def on_resize(self) -> None:
        # There is none before the first frame, nor while the language changes.
        for text in self.query("#text").results(Static):
            text.update(self._text())

    def _show_verdict(self, verdict: Content) -> None:
        """Show what is wrong with a key. An empty verdict takes no row on a small screen."""
        self._verdict.update(verdict)
        self._verdict.set_class(not verdict.plain, "-empty")

    def _keys(self) -> Content:
        rows = [
            ("Enter", "welcome.enter"),
            *([] if self._in_demo else [("F2", "welcome.demo")]),
            ("Esc", "welcome.back" if self._has_account else "welcome.leave"),
            ("F12", "welcome.language"),
            ("Ctrl+Q", "welcome.quit"),
        ]
        return Content("\n").join(
            Content.assemble((key.ljust(8), "bold $accent"), say(words)) for key, words in rows
        )

    def action_submit(self) -> None:
        self.in_order(self._submit)

    def _submit(self) -> None:
        typed = self.query_one(Input).value
        if not typed.strip():
            self._show_verdict(
                _problem(say("welcome.nothing" if self._in_demo else "welcome.nothing_or_demo"))
            )
            return
        key = tidy_key(clean(typed))
        problem = key_problem(key)
        if problem is not None:
            self._show_verdict(_problem(spoken(key_phrase(problem))))
        else:
            self._try(key)

    @work(exclusive=True, group="verify")
    async def _try(self, key: str) -> None:
        self._show_verdict(Content.styled(say("welcome.checking"), "$muted"))
        verdict = await self._verify(key)
        if verdict is None:
            self.dismiss(key)
        else:
            self._show_verdict(_problem(verdict))

    @on(Input.Changed)
    def forget_verdict(self) -> None:
        self._show_verdict(Content(""))

    async def action_language(self) -> None:
        typed = self.query_one(Input).value
        self._switch_language()
        await self.recompose()
        field = self.query_one(Input)
        field.value, field.cursor_position = typed, len(typed)
        field.focus()

    def action_demo(self) -> None:
        if not self._in_demo:
            self.dismiss(DEMO)


def _problem(text: str) -> Content:
    """Format what is wrong with a key. The mark shows it without colours, too."""
    return Content.styled(f"✗ {text}" if text else "", "$error")
