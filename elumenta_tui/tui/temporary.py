"""Temporary chats: nothing of them is written here, until they are kept."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.chat.draft import Draft
from elumenta_tui.i18n import say
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.session import Session, Tasks
from elumenta_tui.session.temporary import Forgotten
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.drafting import Drafting
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.sent_prompts import SentPrompts


class Temporary:
    """Begins, keeps and forgets temporary chats. What is typed in one stays with it.

    Args:
        drafting: takes the unsent prompt away, and brings it back.
        open: opens a conversation by its id.
        changed: shows all texts around the prompt anew.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        tasks: Tasks,
        prompt: Prompt,
        notify_user: NotifyUser,
        *,
        drafting: Callable[[], Drafting],
        open: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self._session = session
        self._screens = screens
        self._tasks = tasks
        self._prompt = prompt
        self._notify_user = notify_user
        self._drafting = drafting
        self._open = open
        self._changed = changed
        self._drafts: dict[str, Draft] = {}
        """What is typed in the temporary chats that were left, by their ids."""
        self._sent: SentPrompts | None = None
        """The prompts that were sent in stored conversations, while a temporary one is on the screen."""

        self._was_left = False
        """True until the conversation is shown that a temporary chat was left for."""

    def begin(self) -> None:
        """Begin a temporary chat, or go back to the one that was left. What is typed goes along to a new one."""
        chats, conversation = self._session.temporary, self._session.conversation
        if conversation.is_temporary and not conversation.turns:
            self._notify_user(say("temporary.already"))
        elif not conversation.is_temporary and (left := chats.left) is not None:
            self._open(left.id)
        else:
            chats.begin()
            self._follow()

    def keep(self) -> None:
        """Store the chat on the screen after all."""
        conversation = self._session.conversation
        if not self._session.temporary.keep():
            self._notify_user(say("temporary.not_temporary"), "warning")
            return
        if self._sent is not None:
            for turn in conversation.turns:
                self._sent.add(turn.prompt)
        self._follow()
        self._changed()
        self._notify_user(say("temporary.kept", key=hint("conversations")))

    # --------------------------------------------------------------------------------------------- leaving, coming back

    def leave(self) -> None:
        """Take what is typed out of the prompt, because a temporary chat is left."""
        conversation = self._session.conversation
        self._drafts[conversation.id] = self._drafting().take()
        self._restore_history()
        self._was_left = bool(conversation.turns)

    def apply_shown(self) -> None:
        """Bring back what was typed in the chat on the screen, if it is a temporary one that was left."""
        self._follow()
        draft = self._drafts.pop(self._session.conversation.id, None)
        if draft is not None and not draft.is_empty:
            self._drafting().put_back(draft)
        if self._was_left and not self._session.conversation.is_temporary:
            self._notify_user(say("temporary.left"))
        self._was_left = False

    def _follow(self) -> None:
        """Have a temporary chat remember sent prompts apart: the up key must not bring them into a stored conversation."""
        if not self._session.conversation.is_temporary:
            self._restore_history()
        elif self._sent is None:
            self._sent, self._prompt.sent = self._prompt.sent, self._prompt.sent.copy()

    def _restore_history(self) -> None:
        if self._sent is not None:
            self._prompt.sent, self._sent = self._sent, None

    # ------------------------------------------------------------------------------------------------------ the service

    def forget(self) -> None:
        """Delete the answers of the chat from the service's history, once that is confirmed."""
        conversation = self._session.conversation
        ids = self._session.temporary.known_to_service()
        if not conversation.is_temporary:
            self._notify_user(say("temporary.not_temporary"), "warning")
        elif conversation.is_answering:
            self._notify_user(say("temporary.still_answering", key=hint("ask_to_stop")), "warning")
        elif not ids:
            self._notify_user(say("temporary.nothing_there"))
        else:
            from elumenta_tui.tui.screens.confirm import ConfirmScreen

            text = say("temporary.question", n=len(ids))
            screen = ConfirmScreen(say("temporary.title"), text, say("temporary.keys"))
            self._screens.push_screen(screen, lambda result: self._start() if result else None)

    def _start(self) -> None:
        self._tasks.start(self._forget, "forget", exclusive=True)

    async def _forget(self) -> None:
        forgotten = await self._session.temporary.forget_at_service()
        self._report(forgotten)

    def _report(self, forgotten: Forgotten) -> None:
        words = [say("temporary.forgotten", n=forgotten.deleted)] if forgotten.deleted else []
        if forgotten.failure is not None:
            words.append(say("temporary.not_forgotten", n=forgotten.left))
            words.append(failure_words(forgotten.failure))
        self._notify_user(" ".join(words), "warning" if forgotten.failure is not None else "information")
