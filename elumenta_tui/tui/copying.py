"""Copies texts from the transcript, and opens its links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.session import Session, Tasks
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.markdown.table import Table
    from elumenta_tui.terminal.browser import Target
    from elumenta_tui.tui.widgets.stop import Stop

OFFERED = 15.0
"""Seconds for which the copy key copies the text that a notice offered."""


class Copying:
    """Puts text on the clipboard by every available route, and reports the route."""

    def __init__(
        self,
        session: Session,
        transcript: Transcript,
        tasks: Tasks,
        notify_user: NotifyUser,
        write_to_terminal: Callable[[str], None],
    ) -> None:
        self._session = session
        self._transcript = transcript
        self._tasks = tasks
        self._notify_user = notify_user
        self._write_to_terminal = write_to_terminal
        self._offered, self._offered_until = "", 0.0
        self.copied = ""
        """The text that was copied last."""
        self._table: tuple[Answer | None, int] | None = None
        """The answer and the piece of the table that was copied last; None if the cursor has moved since, or another text was copied."""
        self._was_text = False
        """True if that was as text with tabs."""

    def offer(self, text: str) -> None:
        """Make the copy key copy this text for `OFFERED` seconds, or until a prompt is sent."""
        self._offered, self._offered_until = text, self._session.clock() + OFFERED

    def forget_table(self) -> None:
        """Copy a table as Markdown the next time: the cursor has moved, or something else was copied."""
        self._table = None

    def withdraw_offer(self) -> None:
        """Make the copy key copy what it usually does."""
        self._offered = ""

    @property
    def text(self) -> str:
        """The text of the block under the cursor, else the offered text, else the newest answer; may be empty."""
        answer = self._session.conversation.last_answer
        offered = self._offered if self._session.clock() < self._offered_until else ""
        return self._transcript.cursor.text or offered or (answer.text if answer is not None else "")

    def _copy_table(self, table: Stop) -> None:
        """Copy a table as Markdown, and the next time as text with tabs."""
        answer = self._transcript.cursor.answer
        is_same = self._table is not None and self._table[0] is answer and self._table[1] == table.first
        is_text = is_same and not self._was_text
        self._table, self._was_text = (answer, table.first), is_text
        text = self._transcript.blocks.cells_under_cursor() if is_text else table.text
        self._copy_as(text, is_text=is_text)

    def copy_table_as(self, pieces: Sequence[Table], *, is_text: bool) -> None:
        """Copy a table, which is these pieces, as Markdown or as text with tabs."""
        from elumenta_tui.markdown.table import cells_text

        self.forget_table()
        self._copy_as(cells_text(pieces) if is_text else pieces[0].source, is_text=is_text)

    def _copy_as(self, text: str, *, is_text: bool) -> None:
        what = say("notice.table_text" if is_text else "notice.table_markdown", key=hint("copy"))
        self._tasks.start(partial(self._copy, text, what), "copy")

    def copy_answer(self, number: str = "") -> None:
        """Copy `text` as Markdown source.

        With a number: copy that code block, of the answer at the cursor or else of the newest one.
        """
        if number:
            answer = self._transcript.cursor.answer or self._session.conversation.last_answer
            self._copy_code(answer, number)
        elif (blocks := self._transcript.selected_blocks) is not None:
            selected = self._transcript.get_selection(blocks.selection)
            self.copy(selected[0] if selected is not None else self.text)
        elif (stop := self._transcript.cursor.stop) is not None and stop.kind == "table":
            self._copy_table(stop)
        elif text := self.text:
            self.copy(text)
        else:
            self._notify_user(say("notice.nothing_to_copy"), "warning")

    def _copy_code(self, answer: Answer | None, number: str) -> None:
        code = None
        if answer is not None and number.isdecimal():
            code = self._transcript.blocks.code(answer, int(number[:9]))
        if code is None:
            self._notify_user(self._why_no_code(answer, clean_line(number, 20)), "warning")
        else:
            self.copy(code.text)

    def _why_no_code(self, answer: Answer | None, number: str) -> str:
        if not number.isdecimal():
            return say("notice.no_number", what=number)
        if answer is None or self._transcript.blocks.code(answer, 1) is None:
            return say("notice.no_code")
        return say("notice.no_code_block", number=number)

    def copy(self, text: str) -> None:
        """Copy a text in the background."""
        self.forget_table()
        self._tasks.start(partial(self._copy, text), "copy")

    async def _copy(self, text: str, what: str = "") -> None:
        from elumenta_tui.terminal import clipboard

        self.copied = text
        from elumenta_tui.tui.notices import copied_words

        result = await clipboard.copy(text, write_osc52=self._write_to_terminal)
        self._notify_user(" ".join(filter(None, (copied_words(result, text), what))))

    def open_link(self, target: Target) -> None:
        """Open a target in the browser; if no browser opens it, copy its address."""
        self._tasks.start(partial(self._open_link, target), "open")

    async def _open_link(self, target: Target) -> None:
        from elumenta_tui.terminal.browser import open_in_browser

        if await open_in_browser(target):
            self._notify_user(say("notice.opened", host=target.host))
        else:
            self._notify_user(say("notice.not_opened"), "warning")
            await self._copy(target.address)
