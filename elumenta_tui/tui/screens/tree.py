"""The outline of a conversation: all its branches, where the path leads, and what each answer cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from elumenta_tui.chat.conversation import title_of
from elumenta_tui.chat.outline import Node
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.foot import failure_mark
from elumenta_tui.tui.widgets.key_hints import KeyHints
from elumenta_tui.tui.widgets.list_dialog import FAR_KEYS, ListDialog
from elumenta_tui.tui.widgets.row_list import RowList

MOST_GUIDES = 12
"""Levels of branches that are drawn; what is deeper stands at the last of them."""

ROOM_FOR_MODEL, MODEL = 60, 20
"""Cells of a row from which on it names the model, and the cells of that column."""

COST = 10
"""Cells of the column of costs."""


class Held(NamedTuple):
    """Contents of a branch, said before it is deleted."""

    prompts: int
    answers: int
    spent: str
    """Their cost, in words."""


class TreeScreen(ListDialog[Answer | None, Node]):
    """Dismissed with the answer to go to, or with None.

    Args:
        read: returns the nodes, again after each deletion.
        shown: returns the answers that the path leads through.
        held: returns what would be deleted together with an answer.
        delete: deletes an answer and all that follows it; returns why not, in words, or an empty text.
        copy: makes a new conversation current of the answers up to one, or from one on.
    """

    BINDINGS = [
        Binding("enter", "go", show=False, priority=True),
        Binding("escape,q,й,ctrl+c", "leave", show=False, priority=True),
        Binding("left,h,р", "branch(-1)", show=False, priority=True),
        Binding("right,l,д", "branch(1)", show=False, priority=True),
        *FAR_KEYS,
        Binding("d,в,delete", "delete", show=False, priority=True),
        Binding("n,т", "copy_up_to", show=False, priority=True),
        Binding("t,е", "copy_from", show=False, priority=True),
    ]

    def __init__(
        self,
        read: Callable[[], Sequence[Node]],
        shown: Callable[[], Sequence[Answer]],
        *,
        held: Callable[[Answer], Held],
        delete: Callable[[Answer], str],
        copy: Callable[[Answer, bool], object],
    ) -> None:
        super().__init__(classes="finder")
        self._read = read
        self._get_shown = shown
        self._held = held
        self._delete_branch = delete
        self._copy = copy
        self._shown: set[Answer] = set()
        self._end: Answer | None = None
        self._to_delete: Answer | None = None
        self.rows = RowList(self._row, id="rows")
        self._footnote = KeyHints()

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(say("tree.title"))
            yield self.rows
            yield self._footnote

    def on_mount(self) -> None:
        self._fill()

    def _fill(self, place: int | None = None) -> None:
        """List the nodes, with the one at `place` highlighted, or the end of the path."""
        path = self._get_shown()
        self._shown, self._end = set(path), path[-1] if path else None
        outline = self._read()
        if place is None:
            place = next((n for n, node in enumerate(outline) if node.answer is self._end), 0)
        self.rows.show(outline, place)
        self._write_note()

    # ------------------------------------------------------------------------------------------------------------ rows

    def _row(self, node: Node, width: int) -> Content:
        answer = node.answer
        is_shown = answer in self._shown
        cells = [_cost(answer)]
        if width >= ROOM_FOR_MODEL:
            model = clean_line(answer.model.name)
            cells.insert(0, Content.styled(f"  {model}", "$muted").truncate(MODEL, ellipsis=True, pad=True))
        room = max(8, width - sum(cell.cell_length for cell in cells))
        guides = Content.styled(_guides(node), "$muted")
        mark, style = (
            ("▸ " if answer is self._end else "● ", "bold $success") if is_shown else ("○ ", "$muted")
        )
        text = Content.styled(_words(answer), "" if is_shown else "$muted")
        name = Content.assemble(guides, (mark, style), _state(answer), text)
        return Content.assemble(name.truncate(room, ellipsis=True, pad=True), *cells)

    # ------------------------------------------------------------------------------------------------------------ keys

    def _write_note(self) -> None:
        answer = self._to_delete
        if answer is None:
            self._footnote.update(say("tree.footnote"))
            return
        held = self._held(answer)
        answers = say("tree.answers", n=held.answers)
        if held.prompts:
            prompts = say("tree.prompts", n=held.prompts)
            text = say("tree.delete_again", prompts=prompts, answers=answers, spent=held.spent)
        else:
            text = say("tree.delete_version_again", answers=answers, spent=held.spent)
        self._warn(text)

    def _warn(self, text: str) -> None:
        self._footnote.update(Content.styled(text, "bold $warning"))

    @on(RowList.Moved)
    def disarm(self) -> None:
        """Disarm the deletion, because its key would meet another branch."""
        node = self.rows.item
        if self._to_delete is not None and (node is None or node.answer is not self._to_delete):
            self._to_delete = None
            self._write_note()

    def action_highlight(self, rows: int) -> None:
        self._write_note()
        super().action_highlight(rows)

    def action_branch(self, step: int) -> None:
        """Go to the next beginning of a branch, up or down."""
        outline = self.rows.items
        place = self.rows.highlighted + step
        while 0 <= place < len(outline) and not outline[place].is_branch:
            place += step
        if 0 <= place < len(outline):
            self.rows.move(place - self.rows.highlighted)

    def action_go(self) -> None:
        self.in_order(self.choose)

    @on(RowList.Chosen)
    def choose(self) -> None:
        node = self.rows.item
        if node is not None:
            self.dismiss(node.answer)

    def action_leave(self) -> None:
        if self._to_delete is not None:
            self._to_delete = None
            self._write_note()
        else:
            self.in_order(super().action_leave)

    def action_delete(self) -> None:
        node = self.rows.item
        if node is None:
            return
        if self._to_delete is not node.answer:
            self._to_delete = node.answer
            self._write_note()
            return
        self._to_delete = None
        refusal = self._delete_branch(node.answer)
        if refusal:
            self._warn(refusal)
            return
        self._fill(self.rows.highlighted)

    def action_copy_up_to(self) -> None:
        self.in_order(partial(self._copy_and_leave, False))

    def action_copy_from(self) -> None:
        self.in_order(partial(self._copy_and_leave, True))

    def _copy_and_leave(self, is_tail: bool) -> None:
        node = self.rows.item
        if node is not None:
            self._copy(node.answer, is_tail)
            self.dismiss(None)


def _guides(node: Node) -> str:
    """Draw the lines of the branches that the node is inside of, two cells each."""
    lines = ["│ " if goes_on else "  " for goes_on in node.guides]
    if node.is_branch:
        lines.append("└ " if node.is_last else "├ ")
    return "".join(lines if len(lines) <= MOST_GUIDES else [f"…{' ' * (2 * MOST_GUIDES - 3)}", *lines[-1:]])


def _words(answer: Answer) -> str:
    """Return what the row says: the prompt, or, for another version of an answer, what was asked of it or its beginning."""
    turn = answer.turn
    if answer is turn.answers[0]:
        return f"{say('tree.aside')} {title_of(turn.prompt)}" if turn.is_aside else title_of(turn.prompt)
    place = turn.answers.index(answer) + 1
    return f"↻ {place}/{len(turn.answers)} {clean_line(answer.remark or title_of(answer.text_since(0, 200)))}"


def _state(answer: Answer) -> Content:
    if not answer.over:
        return Content.styled("… ", "bold $accent")
    if answer.failure is None:
        return Content("")
    sign, style = failure_mark(answer)
    return Content.styled(f"{sign} ", style)


def _cost(answer: Answer) -> Content:
    amount = answer.charge.amount
    if answer.is_copy:
        return Content.styled(say("turn.copy").rjust(COST), "$muted")
    text = "" if not answer.over else "?" if amount is None else say("bar.tokens", n=amount)
    return Content.styled(text.rjust(COST), "$muted")
