"""The stored conversations: lists, searches, opens and changes them, and restores one after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.session import listing
from elumenta_tui.session.autosave import Autosave
from elumenta_tui.session.events import (
    CannotSave,
    DatabaseReplaced,
    DatabaseSetAside,
    NothingToContinue,
    Notify,
    OpenFailed,
    PromptsRead,
    Renamed,
    SavedAgain,
    StuckFound,
    WrittenElsewhere,
)
from elumenta_tui.session.listing import Listing, answer_of
from elumenta_tui.session.tasks import Tasks
from elumenta_tui.store.changes import Rename
from elumenta_tui.store.events import (
    NotSaving,
    Opened,
    OthersWrite,
    Replaced,
    SavingAgain,
    SetAside,
    StoreEvent,
    Trouble,
)
from elumenta_tui.store.records import CutAnswer
from elumenta_tui.store.tree import Stored

HISTORY = 500
"""Prompts of earlier sessions that the prompt history starts with, at most."""

CLOSING_PATIENCE = 1.2
"""Seconds that the end of the program waits for the disk."""

HARMLESS_AFTER = 1.0
"""Seconds after which a shown conversation counts as harmless: one that stops the program does so sooner."""

_GROUP = "library"


class Holder(listing.Holder, Protocol):
    """The session, as the library uses it."""

    def show(
        self, stored: Stored, *, is_stuck: bool = False, sought: str = "", keeps_model: bool = False
    ) -> None:
        """Switch to a stored conversation."""

    def held(self, id: str) -> Conversation | None:
        """Return the temporary conversation of that id; None if there is none."""

    def crash_found(self, cut: Sequence[CutAnswer]) -> None:
        """An earlier program crashed. Its conversation has been shown if it could be read."""


class Library:
    """The library of a session. It runs on the session's loop, and handles the store's events.

    (Over 30 methods: many are one line each, what a person may do with a conversation in the list.)
    """

    def __init__(
        self,
        holder: Holder,
        autosave: Autosave,
        tasks: Tasks,
        notify: Notify,
        *,
        resume: bool | str,
        keeps_model: bool,
        looks_back: bool = True,
    ) -> None:
        """Create the library of a session.

        Args:
            resume: start with the conversation that was used last, or with the one whose id begins so.
            keeps_model: keep the session's model instead of that conversation's.
            looks_back: after a crash, start with the conversation that was open; else with an unsent draft.
        """
        self.autosave = autosave
        self.listing = Listing(holder, autosave, notify, autosave.calendar)
        """The list of the stored conversations."""
        self._holder = holder
        self._store = autosave.store
        self._tasks = tasks
        self._notify = notify
        self._resume = resume
        self._keeps_model = keeps_model
        self._looks_back = looks_back
        self._has_begun = False
        self._opening = ""
        """Id of the conversation that was last asked for with `open`."""
        self.begun = asyncio.Event()
        """Set once the first conversation is shown, or is known to be unavailable."""
        self._written_elsewhere: set[str] = set()
        self._stuck: set[str] = set()
        """Ids of conversations that are shown as plain text, because a program ended while showing them."""

    # ------------------------------------------------------------------------------------------------------ the store

    def apply_store_event(self, event: StoreEvent) -> None:
        """Handle an event of the store. Call it on the session's loop."""
        match event:
            case Opened():
                self._opened(event)
            case NotSaving():
                self.autosave.trouble = event.trouble
                if event.trouble is Trouble.READ_ONLY or not self._looks_back:
                    # Nothing could be marked as cut, but conversations may be readable.
                    self._opened(Opened())
                else:
                    self.begun.set()
                self._notify(CannotSave(event.trouble, event.detail))
            case SavingAgain():
                self.autosave.trouble = None
                self._notify(SavedAgain())
            case SetAside():
                self.autosave.save_all()
                self._notify(DatabaseSetAside(event.path, event.rescued, event.foreign))
            case Replaced():
                self.autosave.save_all()
                self._notify(DatabaseReplaced())
            case OthersWrite():
                self._written_elsewhere.add(event.conversation)
                self._notify(WrittenElsewhere())

    # ---------------------------------------------------------------------------------------------------- the start

    def _opened(self, event: Opened) -> None:
        if not self._has_begun or event != Opened():
            self._tasks.start(partial(self._begin, event), _GROUP)

    async def _begin(self, event: Opened) -> None:
        """Read the prompt history, and show the first conversation: of a crash, of `resume`, or of an unsent draft."""
        if not self._looks_back:
            await self._begin_apart()
            return
        is_first, self._has_begun = not self._has_begun, True
        stored = await self._show_first(event)
        self.begun.set()
        if is_first:
            # After the conversation, which somebody waits for.
            await self.load_history()
        if stored is not None:
            await self._clear_mark_when_harmless()

    async def _show_first(self, event: Opened) -> Stored | None:
        """Show the first conversation, and return it; None if there is none to show."""
        demo = self.autosave.demo
        cut = [answer for answer in event.cut if answer.demo == demo]
        if await self._report_stuck(event.stuck, demo=demo):
            if cut:
                self._holder.crash_found(cut)
            return None
        id = cut[-1].conversation if cut else event.left_open
        stored = await self._load(id) if id else None
        crashed = stored is not None and stored.demo == demo
        if not crashed:
            last = await self._last_used() if self._resume else ""
            last = last or await answer_of(self._store.unsent(demo=demo)) or ""
            stored = await self._load(last) if last else None
            if self._resume and stored is None:
                self._notify(NothingToContinue())
        if stored is not None:
            await asyncio.to_thread(self._store.about_to_show, stored.conversation.id)
            if self._may_show_first:
                self._show(stored, keeps_model=self._keeps_model)
        if crashed:
            self._holder.crash_found(cut)
        return stored

    @property
    def _may_show_first(self) -> bool:
        """Whether the user has not begun with anything else while the library was opened."""
        conversation = self._holder.conversation
        return not conversation.turns and not conversation.is_temporary

    async def _begin_apart(self) -> None:
        """Show the conversation that was used last if `resume` is set. Ignores crashes and drafts."""
        if self._has_begun:
            return
        self._has_begun = True
        found = await self._to_resume() if self._resume else []
        stored = await self._load(found[0]) if len(found) == 1 else None
        if stored is None and self._resume:
            self._notify(NothingToContinue(len(found)))
        elif stored is not None and self._may_show_first:
            self._show(stored, keeps_model=self._keeps_model)
        self.begun.set()

    async def _to_resume(self) -> list[str]:
        """Return the ids of the conversations that `resume` may mean."""
        if isinstance(self._resume, str):
            return await answer_of(self._store.ids(self._resume, demo=self.autosave.demo)) or []
        return list(filter(None, [await self._last_used()]))

    async def _last_used(self) -> str:
        """Return the id of the conversation that was used last; empty if there is none or the store can't be read."""
        return await answer_of(self._store.last_used(demo=self.autosave.demo)) or ""

    async def _report_stuck(self, ids: Sequence[str], *, demo: bool) -> bool:
        """Mark the conversations that a program ended in, and report them.

        Returns False if there are none.
        """
        found = [stored for id in ids if (stored := await self._load(id)) is not None and stored.demo == demo]
        if not found:
            return False
        self._stuck.update(stored.conversation.id for stored in found)
        self._notify(StuckFound([stored.conversation.title for stored in found]))
        return True

    async def _clear_mark_when_harmless(self) -> None:
        """Clear the mark of the shown conversation once keys have been answered for a while."""
        await asyncio.sleep(HARMLESS_AFTER)
        await asyncio.to_thread(self._store.at_rest)

    async def load_history(self) -> None:
        """Read the prompts of earlier sessions and report them."""
        asked = self._store.prompts(demo=self.autosave.demo, limit=HISTORY, without=self.listing.deleted)
        sent = await answer_of(asked)
        self._notify(PromptsRead(list(reversed(sent or []))))

    async def generations(self) -> dict[str, str]:
        """Map the ids of all generations that belong to a stored answer to the ids of their conversations.

        Empty if the store can't be read.
        """
        return await answer_of(self._store.generations()) or {}

    async def _load(self, id: str) -> Stored | None:
        return await answer_of(self._store.conversation(id))

    # --------------------------------------------------------------------------------------------------- conversations

    def begin(self, conversation: Conversation) -> None:
        """Save a new conversation from now on. The typed text moves to it."""
        if self.is_opening:
            self._tasks.cancel(_GROUP)
        else:
            self.autosave.hand_over_draft()
        self.autosave.lead(conversation)
        self.autosave.draft_changed()

    def switch(self, conversation: Conversation, *, demo: bool) -> None:
        """Switch to a new conversation of the other kind, demo or real, and read that kind's prompt history."""
        self.begin(conversation)
        self.autosave.demo = demo
        self._tasks.start(self.load_history, _GROUP)

    def is_written_elsewhere(self, id: str) -> bool:
        """True if another program writes that conversation, too."""
        return id in self._written_elsewhere

    @property
    def is_opening(self) -> bool:
        """True if another conversation is being opened: text typed and submitted now belongs to it."""
        return self.autosave.is_left

    def open(self, id: str, sought: str = "") -> None:
        """Open a stored conversation.

        Reports ConversationShown or OpenFailed; `sought` is the search text, for the event.
        """
        if not self.autosave.is_left:
            self.autosave.leave()
        self._opening = id
        self._tasks.start(partial(self._open, id, sought), _GROUP, exclusive=True)

    def cancel_opening(self, id: str) -> None:
        """Stay where the session is, if a conversation is being opened that was deleted. Reports OpenFailed."""
        if self.is_opening and self._opening == id:
            self._tasks.cancel(_GROUP)
            self._notify(OpenFailed(self.autosave.stay()))
            self._tasks.start(self._clear_mark_when_harmless, _GROUP)

    async def _open(self, id: str, sought: str) -> None:
        if (held := self._holder.held(id)) is not None:
            self._show(Stored(held, "", 0.0, archived=False, demo=self.autosave.demo))
            return
        stored = await self._load(id)
        if stored is not None:
            await asyncio.to_thread(self._store.about_to_show, id)
        if stored is None:
            self._notify(OpenFailed(self.autosave.stay()))
        else:
            self._show(stored, sought=sought)
        await self._clear_mark_when_harmless()

    def _show(self, stored: Stored, *, sought: str = "", keeps_model: bool = False) -> None:
        if (live := self._holder.live(stored.conversation.id)) is not None:
            # The conversation in memory is newer than the one on the disk.
            stored = stored._replace(conversation=live)
        self.autosave.lead(stored.conversation, stored.draft, stored.chips)
        is_stuck = stored.conversation.id in self._stuck
        self._holder.show(stored, is_stuck=is_stuck, sought=sought, keeps_model=keeps_model)

    def rename(self, title: str) -> None:
        """Rename the session's conversation."""
        conversation = self._holder.conversation
        conversation.title = title
        self._store.put(Rename(self.autosave.record(conversation), title))
        self._notify(Renamed())

    def set_pinned(self, pinned: bool) -> None:
        """Pin the session's conversation, so that it stands first in the list, or unpin it."""
        self._holder.conversation.is_pinned = pinned
        self.autosave.facts_changed()

    def set_tags(self, tags: tuple[str, ...]) -> None:
        """Give the session's conversation these tags."""
        self._holder.conversation.tags = tags
        self.autosave.facts_changed()

    # --------------------------------------------------------------------------------------------------------- the end

    def at_rest(self) -> None:
        """Clear the mark of the shown conversation, because the program ends normally. Blocks on the disk."""
        self._store.at_rest()

    def close(self) -> int:
        """Save everything, delete what was deleted, and close the database.

        Returns the number of changes that were lost. What there is no time to delete, the next start deletes. Safe in any thread.
        """
        self._store.delete_at_end(self.listing.take_deletions())
        return self.autosave.close(CLOSING_PATIENCE)
