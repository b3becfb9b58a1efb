"""Branches of the conversation in the user interface: the outline, and new conversations made of a part of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from elumenta_tui.chat.ledger import total
from elumenta_tui.chat.outline import outline
from elumenta_tui.i18n import say
from elumenta_tui.i18n.answers import title_of_copy
from elumenta_tui.session import Refusal, Session
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser, Screens

if TYPE_CHECKING:
    from elumenta_tui.chat.turn import Answer
    from elumenta_tui.tui.screens.tree import Held


class Branching:
    """Shows the outline, and copies lines of answers into new conversations.

    Args:
        cursor_answer: returns the answer under the block cursor; None without a cursor.
        give_back: puts the prompt of an empty answer back into the prompt box.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        notify_user: NotifyUser,
        *,
        cursor_answer: Callable[[], Answer | None],
        give_back: Callable[[Answer], None],
    ) -> None:
        self._session = session
        self._screens = screens
        self._notify_user = notify_user
        self._cursor_answer = cursor_answer
        self._give_back = give_back

    def show_tree(self) -> None:
        """Show the outline of the whole conversation."""
        from elumenta_tui.tui.screens.tree import TreeScreen

        conversation = self._session.conversation
        if not conversation.turns:
            self._notify_user(say("notice.no_turns"), "warning")
            return
        screen = TreeScreen(
            lambda: outline(conversation),
            lambda: conversation.shown,
            held=self._held,
            delete=self._delete,
            copy=self._copy_beside,
        )
        self._screens.push_screen(screen, self._go)

    def _go(self, answer: Answer | None) -> None:
        if answer is not None and answer not in self._session.conversation.shown:
            self._session.branches.choose(answer)
        elif answer is not None:
            self._session.branches.show(answer)

    def _held(self, answer: Answer) -> Held:
        from elumenta_tui.tui.screens.tree import Held

        turns = self._session.conversation.below(answer)
        answers = [answer, *(each for turn in turns for each in turn.answers)]
        spent = total(each.charge for each in answers)
        words = say("export.spent_at_least" if spent.unknown else "bar.tokens", n=spent.amount)
        is_only = len(answer.turn.answers) == 1
        return Held(len(turns) + is_only, len(answers), words)

    def _delete(self, answer: Answer) -> str:
        match self._session.branches.delete(answer):
            case Refusal.BUSY:
                return say("tree.still_answering")
            case Refusal.NOTHING:
                return say("tree.whole", key=hint("conversations"))
        return ""

    def _copy_beside(self, answer: Answer, is_tail: bool) -> None:
        """Copy the answers up to one, or from one on to the end of the path through it."""
        conversation = self._session.conversation
        answers = conversation.path_to(answer)
        if is_tail:
            answers = answers[-1:] + conversation.rest(answer)
        self._session.branches.copy(answers, title_of_copy=title_of_copy)

    def copy(self, argument: str) -> None:
        """Make a new conversation of the path up to the block cursor, or of all of it; or of its last turns, by their number."""
        conversation = self._session.conversation
        if not conversation.turns:
            self._notify_user(say("notice.no_turns"), "warning")
            return
        if argument and not argument.isdecimal():
            self._notify_user(say("notice.fork_number"), "warning")
            return
        answers = conversation.shown
        at = self._cursor_answer()
        if at is not None and at in answers:
            answers = answers[: answers.index(at) + 1]
        most = max(1, int(argument[:6])) if argument else None
        refused = self._session.branches.copy_path(answers, most, title_of_copy=title_of_copy)
        refused = refused or self._session.last
        if refused is not None and not refused.has_text:
            self._give_back(refused)
