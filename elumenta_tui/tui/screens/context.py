"""The context inspector: what the next request carries, message by message, and what of it is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from elumenta_tui.chat.context import Entry, estimated_tokens, image_tokens, oldest_of, trimmed_to
from elumenta_tui.chat.message import Message
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.i18n import number, say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.screens.message import MessageScreen
from elumenta_tui.tui.widgets.key_hints import BETWEEN, SHORT, KeyHints
from elumenta_tui.tui.widgets.list_dialog import FAR_KEYS, ListDialog
from elumenta_tui.tui.widgets.picker import Header
from elumenta_tui.tui.widgets.row_list import RowList

SUMMARY = "summary"
"""Result of the screen: a summary is wanted. None: nothing is."""

ROOM_FOR_CHARACTERS, ROOMY = 64, 76
"""Cells of a row from which on it states its characters; columns of a screen from which on the footnote has whole sentences."""

ROLE, COUNT = 10, 10
"""Cells of the columns for the role and for a number."""

NARROW, LEAST_ROLE, LEAST_COUNT = 48, 8, 7
"""Cells of a row below which those columns are narrower, and theirs then."""

MOST_DIGITS = 7


class Row(NamedTuple):
    """A message in the list."""

    entry: Entry
    tokens: int
    """LLM tokens, estimated."""
    is_draft: bool = False
    """True if it is what is typed and not sent yet."""


class Changes(NamedTuple):
    """Changes that the screen can make."""

    leave_out: Callable[[Sequence[Turn | Answer], bool], object]
    pin: Callable[[Turn | Answer, bool], object]
    leave_out_middle: Callable[[], int]
    """Returns how many messages it has left out."""
    undo: Callable[[], int]
    """Returns how many messages have changed."""
    rewrite: Callable[[Answer, str], object]
    """Replaces the text of a summary."""


class ContextScreen(ListDialog[str, Row]):
    """Dismissed with `SUMMARY` or None.

    Args:
        read: returns the messages of the path, again after each change.
        draft: what is typed, quoted and attached: the last message of the next request; None if there is nothing.
        place: the source of the message to begin at; None for the last one.
        price: states what the next request costs, and the balance after it.
        target: LLM tokens that are typed already for the trimming; empty for none.
    """

    BINDINGS = [
        Binding("enter", "show_message", show=False, priority=True),
        Binding("escape,q,й,ctrl+c", "leave", show=False, priority=True),
        *FAR_KEYS,
        Binding("space,x,ч", "leave_out", show=False, priority=True),
        Binding("p,з", "pin", show=False, priority=True),
        Binding("t,е", "trim", show=False, priority=True),
        Binding("m,ь", "middle", show=False, priority=True),
        Binding("s,ы", "summary", show=False, priority=True),
        Binding("u,г", "undo", show=False, priority=True),
        Binding("f1", "all_keys", show=False, priority=True),
        # Bound, so that they act in the order in which they are typed.
        *(Binding(digit, f"type('{digit}')", show=False, priority=True) for digit in "0123456789"),
        Binding("backspace", "type('')", show=False, priority=True),
    ]

    def __init__(
        self,
        read: Callable[[], Sequence[Entry]],
        changes: Changes,
        draft: Message | None,
        place: Turn | Answer | None,
        price: Callable[[], Content],
        target: str = "",
    ) -> None:
        super().__init__(classes="finder")
        self._read = read
        self._changes = changes
        self._draft = draft
        self._begin_at = place
        self._price = price
        self._target = target[:MOST_DIGITS]
        self._tokens: dict[str, int] = {}
        """Estimates of the texts, which are many and long."""
        self.rows = RowList(self._row, id="rows")
        self.rows.empty = Content.styled(say("context.empty"), "$muted")
        self._totals = Static(id="totals", markup=False)
        self._footnote = KeyHints()
        self._shows_all_keys = False
        self._warning = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("context.title"))
            yield Header(_heads)
            yield self.rows
            yield self._totals
            yield self._footnote

    def on_mount(self) -> None:
        rows = self._read_rows()
        sources = [row.entry.source for row in rows]
        place = sources.index(self._begin_at) if self._begin_at in sources and self._begin_at else len(rows)
        self._show(rows, place)

    def on_resize(self) -> None:
        self.call_after_refresh(self._write)

    # ------------------------------------------------------------------------------------------------------------ rows

    def _read_rows(self) -> list[Row]:
        rows = [Row(entry, self._estimate(entry.message)) for entry in self._read()]
        if self._draft is not None:
            entry = Entry(self._draft, None)
            rows.append(Row(entry, self._estimate(self._draft), is_draft=True))
        return rows

    def _estimate(self, message: Message) -> int:
        text = message.text
        if text not in self._tokens:
            self._tokens[text] = estimated_tokens(text)
        return self._tokens[text] + sum(image_tokens(image.width, image.height) for image in message.images)

    def _fill(self, place: int | None = None) -> None:
        self._show(self._read_rows(), self.rows.highlighted if place is None else place)

    def _show(self, rows: Sequence[Row], place: int) -> None:
        self.rows.show(rows, place)
        self._write()

    def _row(self, row: Row, width: int) -> Content:
        entry = row.entry
        style = "" if entry.is_sent else "$muted"
        mark = ("◆" if entry.is_pinned else "●") if entry.is_sent else ("◇" if entry.is_pinned else "○")
        tokens = f"≈ {number(row.tokens)}".rjust(_token_cells(width))
        cells = [Content.styled(tokens, style or "$foreground")]
        if width >= ROOM_FOR_CHARACTERS:
            cells.insert(0, Content.styled(number(entry.length).rjust(COUNT), "$muted"))
        room = max(8, width - sum(cell.cell_length for cell in cells))
        role = Content.styled(f"{_role(row)} ".ljust(ROLE if width >= NARROW else LEAST_ROLE), "$muted")
        images = f"▣ {count} " if (count := len(entry.message.images)) else ""
        words = Content.styled(images + clean_line(entry.message.text, 300), style)
        name = Content.assemble((f"{mark} ", "bold $success" if entry.is_sent else "$muted"), role, words)
        return Content.assemble(name.truncate(room, ellipsis=True, pad=True), *cells)

    def _write(self) -> None:
        """Write the totals and the footnote."""
        sent = [row for row in self.rows.items if row.entry.is_sent]
        total = say(
            "context.total",
            n=len(self.rows.items),
            sent=number(len(sent)),
            characters=say("context.characters", n=sum(row.entry.length for row in sent)),
            tokens=number(sum(row.tokens for row in sent)),
        )
        self._totals.update(Content.assemble((total, "bold"), "\n", self._price()))
        note: str | Content
        if self._warning:
            note = Content.styled(self._warning, "bold $warning")
        elif self._target:
            note = Content.styled(say("context.target", n=number(int(self._target))), "bold $accent")
        else:
            is_roomy = self.app.size.width >= ROOMY and self.app.size.height >= SHORT
            if is_roomy or self._shows_all_keys:
                note = say("context.keys")
            else:
                note = f"{say('context.keys_short')}{BETWEEN}{say('finder.all_keys')}"
        self._footnote.update(note)

    def action_all_keys(self) -> None:
        """Show the keys in whole sentences on a small screen, or in short again."""
        self._shows_all_keys = not self._shows_all_keys
        self._write()

    def _warn(self, text: str) -> None:
        self._warning = text
        self._write()

    # ------------------------------------------------------------------------------------------------------------ keys

    def action_type(self, digit: str) -> None:
        """Type a digit of a number of LLM tokens, which the trimming then keeps to; no digit: delete the last one."""
        self._warning = ""
        typed = self._target + digit if digit else self._target[:-1]
        self._target = typed.lstrip("0")[:MOST_DIGITS]
        self._write()

    @on(RowList.Moved)
    def forget_warning(self) -> None:
        if self._warning:
            self._warn("")

    def action_leave(self) -> None:
        if self._target:
            self._target = ""
            self._write()
        else:
            super().action_leave()

    def _source(self) -> Turn | Answer | None:
        """Return the source of the highlighted message; None, and say why, if it can't be changed."""
        row = self.rows.item
        if row is None:
            return None
        if row.entry.source is None:
            self._warn(say("context.stays_draft" if row.is_draft else "context.stays_system"))
        return row.entry.source

    def action_leave_out(self) -> None:
        if (source := self._source()) is not None:
            self._changes.leave_out([source], not source.left_out)
            self._fill(self.rows.highlighted + 1)

    def action_pin(self) -> None:
        if (source := self._source()) is not None:
            self._changes.pin(source, not source.pinned)
            self._fill()

    def action_trim(self) -> None:
        """Leave out the oldest turn that is not pinned; with a number, until at most so many LLM tokens are sent."""
        target, self._target = self._target, ""
        entries = [row.entry for row in self.rows.items if not row.is_draft]
        out = (
            trimmed_to(entries, int(target), 0 if self._draft is None else self._estimate(self._draft))
            if target
            else oldest_of(entries)
        )
        sources = [entry.source for entry in out if entry.source is not None]
        if not sources:
            sent = sum(row.tokens for row in self.rows.items if row.entry.is_sent)
            fits = target and sent <= int(target)
            self._warn(say("context.fits" if fits else "context.nothing_more"))
            return
        self._changes.leave_out(sources, True)
        self._fill()

    def action_middle(self) -> None:
        if not self._changes.leave_out_middle():
            self._warn(say("context.nothing_more"))
            return
        self._fill()

    def action_undo(self) -> None:
        if not self._changes.undo():
            self._warn(say("context.nothing_to_undo"))
            return
        self._fill()

    def action_summary(self) -> None:
        self.dismiss(SUMMARY)

    def action_show_message(self) -> None:
        self.show_message()

    @on(RowList.Chosen)
    def show_message(self) -> None:
        """Show the highlighted message whole; a summary can be edited there."""
        row = self.rows.item
        if row is None:
            return
        source = row.entry.source
        summary = source if isinstance(source, Answer) and source.turn.is_summary and source.over else None
        title = f"{_role(row)} · {say('context.characters', n=row.entry.length)}"
        screen = MessageScreen(title, row.entry.message.text, is_editable=summary is not None)

        def rewrite(text: str | None) -> None:
            if summary is not None and text is not None:
                self._changes.rewrite(summary, text)
                self._fill()

        self.app.push_screen(screen, rewrite)


def _heads(width: int) -> Content:
    """Draw the heads of the columns of numbers, over rows of that width."""
    heads = say("context.head_tokens").rjust(_token_cells(width))
    if width >= ROOM_FOR_CHARACTERS:
        heads = say("context.head_characters").rjust(COUNT) + heads
    return Content.styled(heads.rjust(width), "$muted")


def _token_cells(width: int) -> int:
    """Return the cells of the column of LLM tokens. Beside the one of characters its head has a room of its own."""
    if width < ROOM_FOR_CHARACTERS:
        return COUNT if width >= NARROW else LEAST_COUNT
    return max(COUNT, cell_len(say("context.head_tokens")) + 3)


def _role(row: Row) -> str:
    if row.is_draft:
        return say("context.role.draft")
    turn = row.entry.turn
    if turn is not None and turn.is_summary:
        return say("context.role.summary")
    return say(f"context.role.{row.entry.message.role}")
