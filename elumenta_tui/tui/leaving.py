"""The end of the program: what it would lose, and how it ends."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.armed import Armed
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.notice import PASSING


class Leaving:
    """Ends the program, unless something would be lost and the user has not been warned yet.

    Args:
        hurry: begins to count the time that the end may take, as `TerminalApp.hurry` does.
        let_go: is called while the terminal is still ours.
        exit: ends the app with that exit code.
    """

    def __init__(
        self,
        session: Session,
        armed: Armed,
        notify_user: NotifyUser,
        *,
        hurry: Callable[[int], object],
        let_go: Callable[[], object],
        exit: Callable[[int], object],
    ) -> None:
        self._session = session
        self._armed = armed
        self._notify_user = notify_user
        self._hurry = hurry
        self._let_go = let_go
        self._exit = exit
        self.cut_answers = 0
        """How many answers were still coming when the program ended."""

    def leave(self, code: int, *, by: str, twice: bool) -> None:
        """End the program and stop running answers. See `Program`."""
        if code == 0 and "quit" not in self._armed:
            if self._warn_of_losses(by):
                # For as long as the notice offers it.
                self._armed.arm("quit", by, PASSING)
                return
            if twice:
                self._armed.arm("quit", by)
                return
        self._hurry(code)
        # What is temporary is gone. The others are told of.
        self.cut_answers = sum(not each.conversation.is_temporary for each in self._session.running)
        self._session.stop_all()
        self._session.leave_side_question()
        self._let_go()
        self._exit(code)

    def _warn_of_losses(self, by: str) -> bool:
        """Warn about what would be lost or cut if the program ended now; False if nothing would.

        `by` names the action whose key quits anyway.
        """
        if unsaved := self._session.unsaved:
            self._notify_user(say("notice.unsaved_end", n=unsaved, key=hint(by)), "error")
            return True
        left, queued = self._session.running_elsewhere, self._session.queued
        warnings: list[str] = []
        at_stake = self._session.temporary.at_stake if self._session.has_temporary else ()
        if at_stake:
            warnings.append(say("temporary.end", n=len(at_stake), key=hint(by)))
        if left and self._session.current is None:
            warnings.append(say("notice.running_end", n=len(left), key=hint(by), stay=hint("ask_to_stop")))
        elif left:
            running = len(self._session.running)
            warnings.append(say("notice.all_running_end", n=running, key=hint(by), stay=hint("ask_to_stop")))
        if queued:
            warnings.append(say("notice.queue_end", n=queued))
        if warnings:
            self._notify_user(" ".join(warnings), "warning")
        return bool(warnings)

    @property
    def resumable_title(self) -> str:
        """The title of the conversation on the screen, if `--continue` opens it at the next start; else empty."""
        conversation = self._session.conversation
        is_last = bool(conversation.turns) and self._session.asked_in is conversation
        return clean_line(conversation.title, 40) if is_last else ""
