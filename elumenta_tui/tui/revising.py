"""A sent prompt in the prompt box, to be edited and sent as another version of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from textual.content import Content

from elumenta_tui.chat.conversation import together
from elumenta_tui.chat.turn import Turn
from elumenta_tui.i18n import say
from elumenta_tui.session import Refusal, Session
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser
from elumenta_tui.tui.widgets import frame
from elumenta_tui.tui.widgets.prompt import Prompt, fits


class _Edited(NamedTuple):
    turn: Turn
    draft: str
    """What was typed in the prompt box before."""


class Revising:
    """Lends the prompt box to a sent prompt, and keeps what was typed there.

    Args:
        refuse: tells the user why nothing was sent.
        sent: is called after an edited prompt was sent.
        changed: is called when editing has begun or ended.
        width: returns the columns of the screen.
    """

    def __init__(
        self,
        session: Session,
        prompt: Prompt,
        notify_user: NotifyUser,
        *,
        refuse: Callable[[Refusal], None],
        sent: Callable[[], None],
        changed: Callable[[], None],
        width: Callable[[], int],
    ) -> None:
        self._session = session
        self._prompt = prompt
        self._notify_user = notify_user
        self._refuse = refuse
        self._sent = sent
        self._changed = changed
        self._width = width
        self._edited: _Edited | None = None

    @property
    def is_on(self) -> bool:
        """True while a sent prompt is being edited."""
        return self._edited is not None

    @property
    def draft(self) -> str:
        """What would be lost if the program ended now: what was typed before, and the prompt as edited so far."""
        edited, text = self._edited, self._prompt.text
        if edited is None:
            return text
        return together(edited.draft, text if text != edited.turn.prompt else "")

    # ------------------------------------------------------------------------------------------- beginning and leaving

    def begin(self, turn: Turn | None) -> None:
        """Put the prompt of a turn into the prompt box."""
        if turn is None or not turn.prompt:
            self._notify_user(say("notice.nothing_to_edit"), "warning")
        elif not fits(turn.prompt):
            self._notify_user(say("notice.too_long_to_edit"), "warning")
        else:
            self.leave()
            self._edited = _Edited(turn, self._prompt.text)
            self._show(turn.prompt)
            if self._width() < _WIDE:
                # The frame has room for the price only.
                self._notify_user(say("frame.editing_other", key=hint("ask_to_stop")), of_conversation=True)

    def leave(self) -> bool:
        """Put what was typed before back into the prompt box; False if no prompt is being edited.

        What was edited stays reachable with the up key.
        """
        edited, self._edited = self._edited, None
        if edited is None:
            return False
        if self._prompt.text != edited.turn.prompt:
            self._prompt.sent.add(self._prompt.text)
        self._show(edited.draft)
        return True

    def _show(self, text: str) -> None:
        self._prompt.fill(text)
        self._prompt.set_class(self.is_on, "revising")
        self._session.draft_changed()
        self._changed()

    def conversation_shown(self, *, keeps_draft: bool) -> None:
        """Go on with the same prompt if the conversation was read again; else end editing.

        `keeps_draft`: what is in the prompt box goes along to the conversation that is shown now. If not, it was saved with the
        one before, together with what was typed before.
        """
        if (edited := self._edited) is None:
            return
        same = [turn for turn in self._session.conversation.turns if turn.id and turn.id == edited.turn.id]
        if same:
            self._edited = edited._replace(turn=same[0])
        elif keeps_draft:
            text = self.draft
            self._edited = None
            self._show(text)
        else:
            self._edited = None
            self._show(self._prompt.text)

    # ---------------------------------------------------------------------------------------------------------- sending

    def may_submit(self, text: str) -> bool:
        """Return whether the edited prompt can be sent now; tells the user why not."""
        refusal = self._session.refusal_beside(text.strip("\n"))
        if refusal is not None:
            self._refuse(refusal)
        return refusal is None

    def submit(self, text: str) -> None:
        """Send the edited prompt in place of the one in the conversation, and put back what was typed before."""
        edited = self._edited
        assert edited is not None
        goes_on = self._session.current is not None
        answer = self._session.branches.edit(edited.turn, text.strip("\n"))
        if isinstance(answer, Refusal):
            self._prompt.put_back(text)
            self._refuse(answer)
            return
        self._edited = None
        self._show(edited.draft)
        self._sent()
        self._notify_user(say("notice.edited_beside" if goes_on else "notice.edited"), of_conversation=True)

    # ------------------------------------------------------------------------------------------------------------ frame

    def note(self) -> Content | None:
        """State what is edited, and what Enter costs; None if nothing is."""
        if (edited := self._edited) is None:
            return None
        path = list(self._session.conversation.path())
        number = path.index(edited.turn) + 1 if edited.turn in path else 0
        key, is_wide = hint("ask_to_stop"), self._width() >= _WIDE
        if number and is_wide:
            what = say("frame.editing", number=number, of=len(path), key=key)
        elif number:
            what = say("frame.editing_short", number=number, of=len(path))
        else:
            what = say("frame.editing_other", key=key)
        if is_wide and self._session.current is not None:
            what += f" · {say('frame.goes_on')}"
        cost = frame.cost_note(self._session.model, self._session.ledger, hint("send"), is_short=not is_wide)
        return Content.assemble((what, "$accent"), (" · ", "$muted"), cost)


_WIDE = 60
"""Columns from which on the frame has room for sentences."""
