"""Parked prompts: an unsent prompt steps aside for another one, and comes back after that is sent."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.chat.draft import Draft
from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.drafting import Drafting
from elumenta_tui.tui.ports import NotifyUser


class Parking:
    """Puts the unsent prompt aside, and brings back what was put aside in the conversation.

    Args:
        drafting: takes the unsent prompt away, and brings it back.
        is_revising: returns whether a sent prompt is being edited.
        changed: is called after every change.
    """

    def __init__(
        self,
        session: Session,
        drafting: Drafting,
        notify_user: NotifyUser,
        *,
        is_revising: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._session = session
        self._drafting = drafting
        self._notify_user = notify_user
        self._is_revising = is_revising
        self._changed = changed

    def park(self, text: str = "") -> None:
        """Put the unsent prompt aside, or this text; without either, bring back the one that was put aside last."""
        if self._is_revising():
            self._notify_user(say("park.not_while_editing"), "warning")
            return
        draft = self._drafting.now
        if text:
            draft = Draft(text, None, draft.quotes, draft.attachments)
        if not draft.is_empty:
            self._drafting.take()
            self._session.open_library().autosave.park(draft)
            self._changed()
            self._notify_user(say("park.parked", key=hint("park")))
        elif not self._bring_back():
            self._notify_user(say("park.none", key=hint("park")), "warning")

    def prompt_sent(self) -> None:
        """Bring back the prompt that was put aside last, unless something else is typed already."""
        if self._session.conversation.parked and not self._is_revising() and self._drafting.now.is_empty:
            self._bring_back()
            self._notify_user(say("park.back"))

    def _bring_back(self) -> bool:
        parked = self._session.conversation.parked
        if not parked:
            return False
        last = parked[-1]
        self._drafting.put_back(last.draft)
        self._session.open_library().autosave.unpark(last)
        self._changed()
        return True
