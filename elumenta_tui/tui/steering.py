"""The block cursor as a mode: letters act on what it is on. And the versions and branches that they lead to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.i18n import say
from elumenta_tui.markdown.style import Run
from elumenta_tui.session import Session
from elumenta_tui.tui.acts import ANSWER, MORE, PROMPT, Act, act_of, acts_on, hint_pages
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets.block_cursor import Steps
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from textual.events import Key

_STEPS = {"up": -1, "down": 1}
_COMMAND = "/."
"""What a command begins with; the full stop is the slash of the Russian layout."""


class Steering:
    """Takes the keys of the cursor, and leads the path through versions and branches.

    Args:
        perform: runs the action of that name with a text.
        is_possible: returns whether the action of that name would do anything now.
    """

    def __init__(
        self,
        session: Session,
        prompt: Prompt,
        transcript: Transcript,
        notify_user: NotifyUser,
        *,
        perform: Callable[[str, str], None],
        is_possible: Callable[[str], bool],
    ) -> None:
        self._session = session
        self._prompt = prompt
        self._transcript = transcript
        self._notify_user = notify_user
        self._perform = perform
        self._is_possible = is_possible
        self._draft: str | None = None
        """The text of the prompt when the cursor was moved last. Letters act only until it changes."""
        self._page = 0
        self._pages = 1
        """The page of the hint, and their number: where it is short of room, a key shows the next one."""
        self._return_to: tuple[str, int] | None = None
        """The kind of the stop to set the cursor on when the path has changed, and its row of the view."""
        transcript.overlays.hint = self._hint

    # ---------------------------------------------------------------------------------------------------- the cursor

    @property
    def is_acting(self) -> bool:
        """True if letters act on what the cursor is on."""
        return self._transcript.cursor.stop is not None and self._prompt.text == self._draft

    def move(self, step: int, by: Steps = "messages") -> None:
        """Move the cursor to the next (1) or previous (-1) prompt or answer, or also to their parts."""
        self._draft, self._page = self._prompt.text, 0
        self._transcript.cursor.move(step, by)

    def leave(self) -> bool:
        """Remove the cursor; False if letters did not act on it."""
        was_acting = self.is_acting
        self._transcript.cursor.clear()
        return was_acting

    def typed(self) -> None:
        """Remove the cursor after something was pasted."""
        if self._draft is not None and self._prompt.text != self._draft:
            self._draft = None
            self._transcript.cursor.clear()

    def takes(self, key: Key) -> bool:
        """Act on a key if it is one of the cursor's; False if it belongs to the prompt."""
        if not self.is_acting:
            return False
        if (step := _STEPS.get(key.key)) is not None:
            self.move(step, "parts")
            return True
        if key.key in ("left", "right", "enter"):
            self._run(act_of(key.key, self._acts))
            return True
        if key.character is None or not key.is_printable or "+" in key.key:
            return False
        if key.character == MORE and self._pages > 1:
            self._page += 1
            self._transcript.paint()
            return True
        if (act := act_of(key.character, self._acts)) is not None:
            self._run(act)
            return True
        # At once: the letters behind it may be handled before the prompt has got this one.
        self._draft = None
        if key.character not in _COMMAND or self._prompt.text:
            self._transcript.cursor.clear()
        else:
            self._transcript.paint()
        return False

    @property
    def _acts(self) -> list[Act]:
        stop = self._transcript.cursor.stop
        return [] if stop is None else acts_on(stop.kind, self._is_possible)

    def _run(self, act: Act | None) -> None:
        if act is None:
            return
        self._perform(act.action, act.argument)
        if not act.keeps_cursor:
            self._transcript.cursor.clear()

    def _hint(self, room: int) -> tuple[Run, ...]:
        if not self.is_acting:
            return ()
        pages = hint_pages(self._acts, room, has_parts=self._transcript.cursor.has_parts)
        self._pages = len(pages)
        return pages[self._page % len(pages)]

    # ------------------------------------------------------------------------------------------- what an act is about

    @property
    def answer(self) -> Answer | None:
        """The answer at the cursor, or else the last one."""
        return self._transcript.cursor.answer or self._session.last

    @property
    def turn(self) -> Turn | None:
        """The turn at the cursor, or else the last one."""
        return None if self.answer is None else self.answer.turn

    @property
    def _is_on_prompt(self) -> bool:
        stop = self._transcript.cursor.stop
        return stop is not None and stop.kind == PROMPT

    # ------------------------------------------------------------------------------------------------------- versions

    @property
    def _ways(self) -> list[tuple[Answer, Callable[[], None]]]:
        """The versions of what the cursor is on, as answers to show and calls that lead there; the shown one included."""
        answer, branches = self.answer, self._session.branches
        if answer is None:
            return []
        turns = self._session.conversation.versions(answer.turn)
        prompts: list[tuple[Answer, Callable[[], None]]]
        prompts = [(turn.shown, partial(branches.select, turn)) for turn in turns]
        answers: list[tuple[Answer, Callable[[], None]]]
        answers = [(each, partial(branches.choose, each)) for each in answer.turn.answers]
        if self._is_on_prompt or (self._transcript.cursor.stop is None and len(answers) < 2):
            return prompts
        return answers

    @property
    def can_switch(self) -> bool:
        """Whether there are other versions of what the cursor is on, or of the last answer or prompt."""
        return len(self._ways) > 1

    def switch(self, which: str = "") -> None:
        """Show another version: the next one, the previous one for `-`, or the one of that number."""
        ways, answer = self._ways, self.answer
        if answer is None or len(ways) < 2:
            self._notify_user(say("notice.one_version"), "warning")
            return
        at = next((place for place, (each, _) in enumerate(ways) if each is answer), 0)
        if which.isdecimal():
            place = int(which[:9]) - 1
        elif which in ("", "+", "-"):
            place = (at + (-1 if which == "-" else 1)) % len(ways)
        else:
            place = -1
        if not 0 <= place < len(ways):
            self._notify_user(say("notice.no_version", n=len(ways)), "warning")
        elif place != at:
            if (stop := self._transcript.cursor.stop) is not None:
                self._return_to = stop.kind, self._transcript.cursor_row
            ways[place][1]()

    def show_changed(self, answer: Answer) -> None:
        """Set the cursor again where it was, after another version is shown in place of the one that it was on."""
        if self._return_to is not None:
            (kind, row), self._return_to = self._return_to, None
            self._draft = self._prompt.text
            self._transcript.set_cursor(answer, kind, row)

    # ------------------------------------------------------------------------------------------------------- branches

    @property
    def can_branch(self) -> bool:
        """Whether the path can end at the answer, or can lead on from it again."""
        answer = self.answer
        return (
            answer is not None
            and bool(answer.prompt)
            and answer.turn.chosen is answer
            and bool(self._session.conversation.continuations(answer))
        )

    def branch(self) -> None:
        """End the path at the answer, so that the next prompt follows it. If it ends there already, lead it back."""
        answer = self.answer
        if answer is None or not self.can_branch:
            self._notify_user(say("notice.branch_is_here"), "warning")
            return
        conversation, branches = self._session.conversation, self._session.branches
        goes_on = self._session.current is not None
        if answer.turn is conversation.head:
            if self._transcript.cursor.stop is not None:
                self._return_to = ANSWER, self._transcript.cursor_row
            branches.choose(answer)
            self._notify_user(say("notice.branch_left"), of_conversation=True)
        else:
            branches.end_at(answer)
            key = "notice.branch_beside" if goes_on else "notice.branch"
            self._notify_user(say(key), of_conversation=True)

    # ------------------------------------------------------------------------------------------------------- folding

    def fold(self) -> None:
        """Fold what the cursor is on, or the last answer; or show it in full again."""
        if not self._transcript.fold():
            self._notify_user(say("notice.nothing_to_fold"), "warning")
