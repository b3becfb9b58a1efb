"""Tells the user of an answer that has come while the terminal had no focus: the bell, a notice, and the window's title."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.config.settings import Settings
from elumenta_tui.i18n import say
from elumenta_tui.terminal.notifications import BELL, Way, notification

PROGRAM = "elumenta-tui"

LONG = 10.0
"""Seconds that an answer must have taken: nobody looks away for less."""


class Alerting:
    """Writes to the terminal when an answer is ready that nobody has seen.

    A notice holds the conversation's title and what became of the answer, never words of the answer: others may see it.

    Args:
        has_focus: returns whether the terminal has the focus; True on terminals that do not tell.
        write: writes a control sequence to the terminal.
        changed: is called when the window's title is to be written anew.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        clock: Callable[[], float],
        has_focus: Callable[[], bool],
        write: Callable[[str], None],
        changed: Callable[[], object],
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._clock = clock
        self._has_focus = has_focus
        self._write = write
        self._changed = changed
        self.is_unseen = False
        """True if an answer has come that nobody has seen yet."""

    def ended(self, answer: Answer, title: str) -> None:
        """Tell of an answer, unless the terminal has the focus or the answer came soon. `title` is its conversation's."""
        ended_at = answer.ended_at if answer.ended_at is not None else self._clock()
        if self._has_focus() or answer.was_stopped or ended_at - answer.asked_at < LONG:
            return
        self.is_unseen = True
        sequence = BELL if self._settings.bell else ""
        state = {AnswerState.COMPLETE: "ready", AnswerState.INTERRUPTED: "cut"}.get(answer.state, "failed")
        what = say(f"signal.{state}")
        text = f"{say('list.quoted', title=title)} · {what}" if title else what
        sequence += notification(PROGRAM, text, self._environ, Way(self._settings.notify))
        if sequence:
            # The terminal may have gone.
            with suppress(RuntimeError):
                self._write(sequence)
        self._changed()

    def seen(self) -> None:
        """Take the mark out of the window's title: the user is back."""
        if self.is_unseen:
            self.is_unseen = False
            self._changed()
