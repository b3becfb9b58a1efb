"""Esc, Ctrl+C and Ctrl+D: what they stop, clear, copy or end."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.config.settings import Settings
from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.tui.armed import Armed
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.copying import Copying
from elumenta_tui.tui.finding import Finding
from elumenta_tui.tui.ports import NotifyUser, Program, Screens
from elumenta_tui.tui.presses import Presses
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.transcript import Transcript


class Stopping:
    """Decides what the keys that stop something do now."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        screens: Screens,
        program: Program,
        prompt: Prompt,
        transcript: Transcript,
        finding: Finding,
        copying: Copying,
        presses: Presses,
        armed: Armed,
        notify_user: NotifyUser,
        *,
        leave_cursor: Callable[[], bool],
        leave_edit: Callable[[], bool],
        leave_comparing: Callable[[], bool],
        dismiss_notice: Callable[[], object],
    ) -> None:
        """
        Args:
            leave_cursor: removes the block cursor; False if no letters acted on it.
            leave_edit: ends the editing of a sent prompt; False if none was edited.
            leave_comparing: ends the comparing of models; False if none were to be compared.
            dismiss_notice: removes the notice.
        """
        self._session = session
        self._settings = settings
        self._screens = screens
        self._program = program
        self._prompt = prompt
        self._transcript = transcript
        self._finding = finding
        self._copying = copying
        self._presses = presses
        self._armed = armed
        self._notify_user = notify_user
        self._leave_cursor = leave_cursor
        self._leave_edit = leave_edit
        self._leave_comparing = leave_comparing
        self._dismiss_notice = dismiss_notice

    @property
    def keys(self) -> str:
        """The keys that stop an answer, for hints."""
        key = hint("ask_to_stop")
        return f"{key} {key}" if self._settings.stop_twice else key

    def ask_to_stop(self) -> None:
        """Esc: stop the answer; with `stop_twice` set, at the second press within `ARMED` seconds.

        What is open closes first, and nothing else happens: the suggestions, the cursor while letters act on it, and the
        editing of a sent prompt.
        """
        leaves = (
            self._prompt.close_suggestions,
            self._leave_cursor,
            self._leave_mode,
            self._leave_edit,
            self._leave_comparing,
        )
        if any(leave() for leave in leaves):
            return
        if "quit" in self._armed:
            # Esc takes back the key that would end the program, and nothing else.
            self._armed.disarm("quit")
            self._dismiss_notice()
            return
        current = self._session.current
        self._prompt.keep_given_back()
        self._finding.close()
        self._transcript.cursor.clear()
        if current is None:
            return
        if not self._settings.stop_twice or "stop" in self._armed or current.retry_wait is not None:
            self._presses.stop_if_meant(current)
        else:
            self._armed.arm("stop", "ask_to_stop")

    def _leave_mode(self) -> bool:
        """Go to the normal mode of Vim's keys; False if there is nothing to leave."""
        vim = self._prompt.vim
        if vim is None or not self._prompt.has_focus:
            return False
        if vim.mode == "insert":
            # The start of a cut sequence, such as an arrow's, is no Esc.
            def leave() -> None:
                vim.escape()

            self._presses.run_if_meant(leave)
            return True
        return vim.escape()

    def settle_escape(self, *, was_meant: bool) -> None:
        """Stop or go on, now that it is known whether the last Esc was a key press or the start of a cut sequence."""
        if not was_meant:
            self._armed.disarm("stop")
        self._presses.settle(was_meant=was_meant)

    def stop(self) -> None:
        """Stop the running answer immediately. The text received so far stays."""
        if self._session.stop() is None:
            self._notify_user(say("notice.nothing_to_stop"), "warning")

    def interrupt(self) -> None:
        """Ctrl+C: copy the selection; otherwise stop, clear the prompt, or (twice) quit."""
        screen = self._screens.screen
        marked = "" if self._prompt.is_given_back else self._prompt.selected_text
        selected = marked or screen.get_selected_text()
        if selected:
            self._copying.copy(selected)
            screen.clear_selection()
        elif self._session.current is not None:
            self.stop()
        elif self._leave_edit():
            return
        elif self._prompt.text:
            self._prompt.take()
        else:
            self._program.leave(by="interrupt", twice=True)

    def leave_if_empty(self) -> None:
        """Ctrl+D: quit if the prompt is empty, else delete to the right, as a shell does."""
        if self._prompt.text:
            self._prompt.action_delete_right()
        else:
            self._program.leave(by="leave")
