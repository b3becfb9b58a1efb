"""Temporary conversations: nothing of them is stored, until they are kept or the session ends.

They stay in memory when another conversation is shown. What the disk gets of one is what its requests have cost, without a word
of it and without its id. The service keeps its own history of them, from which it can be deleted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Failure
from elumenta_tui.session.backend import Backend
from elumenta_tui.store.ids import new_id

if TYPE_CHECKING:
    from elumenta_tui.session.library import Library
    from elumenta_tui.session.spending import Spending

_GONE = 404
"""Status of the service for an entry that is not in its history any more."""


class Forgotten(NamedTuple):
    """What came of deleting a conversation from the service's history."""

    deleted: int
    """Number of answers that are not in the history any more."""
    left: int = 0
    """Number of answers that still are."""
    failure: Failure | None = None
    """Why they are."""


class Keeper(Protocol):
    """The session, as its temporary conversations use it."""

    backend: Backend
    conversation: Conversation
    asked_in: Conversation | None

    @property
    def spending(self) -> Spending: ...

    def open_library(self) -> Library: ...

    def new_conversation(self, conversation: Conversation | None = None) -> None: ...


class TemporaryChats:
    """The temporary conversations of a session. Call every method on the session's loop."""

    def __init__(self, session: Keeper) -> None:
        self._session = session
        self.chats: dict[str, Conversation] = {}
        """By id, the oldest first."""
        self._demo: dict[str, bool] = {}
        """By id: whether it was begun with the demo account."""
        self._forgotten: set[str] = set()
        """The service's ids of answers that were deleted from its history."""

    def begin(self) -> None:
        """Make a new temporary conversation current."""
        self._session.new_conversation(Conversation(is_temporary=True))

    def admit(self, conversation: Conversation) -> None:
        """See to it that nothing of a temporary conversation is stored, from the first change on."""
        conversation.id = new_id()
        self.chats[conversation.id] = conversation
        self._demo[conversation.id] = self._session.backend.is_demo
        self._session.open_library().autosave.store.temporary.add(conversation.id)

    def keep(self) -> bool:
        """Store the current conversation after all. False if it is not temporary."""
        conversation = self._session.conversation
        if not conversation.is_temporary:
            return False
        conversation.is_temporary = False
        del self.chats[conversation.id], self._demo[conversation.id]
        self._session.open_library().autosave.save_whole(conversation)
        self._session.spending.conversation_kept(conversation)
        if conversation.turns:
            self._session.asked_in = conversation
        return True

    @property
    def at_stake(self) -> Sequence[Conversation]:
        """The conversations with any turn, which the end of the session would lose, oldest first."""
        return [each for each in self.chats.values() if each.turns]

    @property
    def left(self) -> Conversation | None:
        """The newest conversation with any turn that is not current and belongs to the account's kind; None if there is none."""
        return next(
            (
                each
                for each in reversed(self.at_stake)
                if each is not self._session.conversation
                and self._demo[each.id] == self._session.backend.is_demo
            ),
            None,
        )

    def known_to_service(self) -> Sequence[str]:
        """Return the service's ids of the answers of the current conversation, and of those beside it, that it may still have."""
        conversation = self._session.conversation
        answers = {each.id: each for each in conversation.all_answers()}
        answers |= {each.id: each for each in self._session.spending.answers_of(conversation)}
        found = dict.fromkeys(each.generation_id for each in answers.values() if each.generation_id)
        return [id for id in found if id not in self._forgotten]

    async def forget_at_service(self) -> Forgotten:
        """Delete the answers of the current conversation from the service's history, for all devices."""
        from elumenta_tui.api.errors import ApiError

        ids = self.known_to_service()
        for number, id in enumerate(ids):
            try:
                client = await self._session.backend.client()
                await client.delete_generation(id)
            except ApiError as error:
                if error.status != _GONE:
                    return Forgotten(number, len(ids) - number, error.failure())
            self._forgotten.add(id)
        return Forgotten(len(ids))
