"""The stored conversations: opened, listed, searched, renamed, archived, deleted, and found again after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.session.autosave import Autosave
from elumenta_tui.session.events import (
    CannotSave,
    CopiesLeft,
    DatabaseReplaced,
    DatabaseSetAside,
    LedElsewhere,
    NothingToContinue,
    Notify,
    OpenFailed,
    PromptsRead,
    Renamed,
    SavedAgain,
    StuckFound,
)
from elumenta_tui.session.tasks import Tasks
from elumenta_tui.store import damaged_copies
from elumenta_tui.store.changes import Archive, Change, Delete, Rename
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
from elumenta_tui.store.records import ConversationRecord, CutAnswer, Stored, Summary

if TYPE_CHECKING:
    from elumenta_tui.store.reading import Excerpt

HISTORY = 500
"""How many prompts of earlier sessions the prompt's history begins with."""

FOUND_PROMPTS = 300
"""How many prompts a search shows at most."""

CLOSING_PATIENCE = 1.2
"""Seconds that the end of the program waits for the disk."""

REST_AFTER = 1.0
"""Seconds in which a conversation that is shown would have stopped the program, if it does."""

_GROUP = "library"

Result = TypeVar("Result")


class Holder(Protocol):
    """What the library needs of the session."""

    @property
    def conversation(self) -> Conversation:
        """The one that the session leads."""

    def live(self, id: str) -> Conversation | None:
        """The conversation of that id in which an answer is coming; None if there is none."""

    def show(
        self, stored: Stored, *, is_stuck: bool = False, sought: str = "", keeps_model: bool = False
    ) -> None:
        """Lead this one from now on."""

    def begin_anew(self) -> None:
        """Lead an empty one from now on."""

    def crash_found(self, cut: Sequence[CutAnswer]) -> None:
        """An earlier program did not end properly, and its conversation is shown if it could be read."""


class Library:
    """Belongs to a session, and works on its loop. It speaks for the store."""

    def __init__(
        self,
        holder: Holder,
        autosave: Autosave,
        tasks: Tasks,
        notify: Notify,
        *,
        resume: bool,
        keeps_model: bool,
        looks_back: bool = True,
    ) -> None:
        """Make the library of a session.

        Args:
            resume: begin with the conversation that was used last.
            keeps_model: but with the session's model, not with that conversation's.
            looks_back: go on where a program crashed, and with what was typed and not sent.
        """
        self.autosave = autosave
        self._holder = holder
        self._store = autosave.store
        self._tasks = tasks
        self._notify = notify
        self._resume = resume
        self._keeps_model = keeps_model
        self._looks_back = looks_back
        self._has_begun = False
        self.begun = asyncio.Event()
        """Set once the session leads the conversation that it begins with, or can't have it."""
        self._led_by_others: set[str] = set()
        self._stuck: set[str] = set()
        """Conversations that are shown as plain text: a program came to no end with them."""

    # ------------------------------------------------------------------------------------------------------ the store

    def apply_store_event(self, event: StoreEvent) -> None:
        """Take what the store has told, on the session's loop."""
        match event:
            case Opened():
                self._opened(event)
            case NotSaving():
                self.autosave.trouble = event.trouble
                if event.trouble is Trouble.READ_ONLY or not self._looks_back:
                    # There is nothing to mark, but there may be something to read.
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
                self._led_by_others.add(event.conversation)
                self._notify(LedElsewhere())

    # ---------------------------------------------------------------------------------------------------- the start

    def _opened(self, event: Opened) -> None:
        if not self._has_begun or event != Opened():
            self._tasks.start(partial(self._begin, event), _GROUP)

    async def _begin(self, event: Opened) -> None:
        """Go on where an earlier program ended badly, or where the user wants to; and read the prompts of earlier sessions."""
        if not self._looks_back:
            await self._begin_apart()
            return
        if not self._has_begun:
            self._has_begun = True
            await self.load_history()
        demo = self.autosave.demo
        cut = [answer for answer in event.cut if answer.demo == demo]
        if await self._tell_of_stuck(event.stuck, demo=demo):
            if cut:
                self._holder.crash_found(cut)
            self.begun.set()
            return
        id = cut[-1].conversation if cut else event.left_open
        stored = await self._load(id) if id else None
        crashed = stored is not None and stored.demo == demo
        if not crashed:
            last = await self._last_used() if self._resume else ""
            last = last or await self._ask(self._store.unsent(demo=demo)) or ""
            stored = await self._load(last) if last else None
            if self._resume and stored is None:
                self._notify(NothingToContinue())
        if stored is not None:
            await asyncio.to_thread(self._store.about_to_show, stored.conversation.id)
            if not self._holder.conversation.turns:
                self._show(stored, keeps_model=self._keeps_model)
        if crashed:
            self._holder.crash_found(cut)
        self.begun.set()
        if stored is not None:
            await self._come_to_rest()

    async def _begin_apart(self) -> None:
        """Begin with the conversation that was used last, if that is wanted, and else with an empty one."""
        if self._has_begun:
            return
        self._has_begun = True
        last = await self._last_used() if self._resume else ""
        stored = await self._load(last) if last else None
        if stored is None and self._resume:
            self._notify(NothingToContinue())
        elif stored is not None and not self._holder.conversation.turns:
            self._show(stored, keeps_model=self._keeps_model)
        self.begun.set()

    async def _last_used(self) -> str:
        """Id of the conversation that was used last; empty if there is none, or the store can't say."""
        return await self._ask(self._store.last_used(demo=self.autosave.demo)) or ""

    async def _tell_of_stuck(self, ids: Sequence[str], *, demo: bool) -> bool:
        """Whether a program ended while it was showing one of these: it is not opened by itself again."""
        found = [stored for id in ids if (stored := await self._load(id)) is not None and stored.demo == demo]
        if not found:
            return False
        self._stuck.update(stored.conversation.id for stored in found)
        self._notify(StuckFound([stored.conversation.title for stored in found]))
        return True

    async def _come_to_rest(self) -> None:
        """Once keys have been answered for a while, what is shown has done no harm."""
        await asyncio.sleep(REST_AFTER)
        await asyncio.to_thread(self._store.at_rest)

    async def load_history(self) -> None:
        """Read the prompts of earlier sessions."""
        sent = await self._ask(self._store.prompts(demo=self.autosave.demo, limit=HISTORY))
        self._notify(PromptsRead(list(reversed(sent or []))))

    async def _ask(self, future: Future[Result]) -> Result | None:
        """The store's answer; None if it has none now."""
        import sqlite3

        try:
            return await asyncio.wrap_future(future)
        except sqlite3.Error:
            # Whatever has happened to the database: who writes it finds out, and tells it.
            return None

    async def generations(self) -> set[str]:
        """Ids of all generations that a stored answer is known to come from; empty if the store can't say."""
        return await self._ask(self._store.generations()) or set()

    async def _load(self, id: str) -> Stored | None:
        return await self._ask(self._store.conversation(id))

    # --------------------------------------------------------------------------------------------------- conversations

    def begin(self, conversation: Conversation) -> None:
        """A new conversation is led, and what is typed comes along."""
        if self.is_opening:
            self._tasks.cancel(_GROUP)
        else:
            self.autosave.hand_over_draft()
        self.autosave.lead(conversation)
        self.autosave.draft_changed()

    def switch(self, conversation: Conversation, *, demo: bool) -> None:
        """The other account's conversations from now on, the demo's or the real one's."""
        self.begin(conversation)
        self.autosave.demo = demo
        self._tasks.start(self.load_history, _GROUP)

    def is_led_by_others(self, id: str) -> bool:
        """Whether another program writes that conversation, too."""
        return id in self._led_by_others

    @property
    def is_opening(self) -> bool:
        """Whether another conversation is about to be led: what is typed and submitted now belongs to it."""
        return self.autosave.is_left

    def open(self, id: str, sought: str = "") -> None:
        """Lead a stored conversation; `sought` is what was looked for. An event tells how that went."""
        if not self.autosave.is_left:
            self.autosave.leave()
        self._tasks.start(partial(self._open, id, sought), _GROUP, exclusive=True)

    async def _open(self, id: str, sought: str) -> None:
        stored = await self._load(id)
        if stored is not None:
            await asyncio.to_thread(self._store.about_to_show, id)
        if stored is None:
            self._notify(OpenFailed(self.autosave.stay()))
        else:
            self._show(stored, sought=sought)
        await self._come_to_rest()

    def _show(self, stored: Stored, *, sought: str = "", keeps_model: bool = False) -> None:
        if (live := self._holder.live(stored.conversation.id)) is not None:
            # What is on the disk is older than what is coming.
            stored = replace(stored, conversation=live)
        self.autosave.lead(stored.conversation, stored.draft)
        is_stuck = stored.conversation.id in self._stuck
        self._holder.show(stored, is_stuck=is_stuck, sought=sought, keeps_model=keeps_model)

    def rename(self, title: str) -> None:
        """Give the conversation that is led another title."""
        conversation = self._holder.conversation
        conversation.title = title
        self._store.put(Rename(self.autosave.record(conversation), title))
        self._notify(Renamed())

    # ------------------------------------------------------------------------------------------------------ the list

    async def summaries(self, ways: Sequence[str]) -> list[Summary] | None:
        """The conversations, or those that have what was typed, the one used last first; None if the store can't say."""
        return await self._ask(self._store.summaries(ways, demo=self.autosave.demo))

    async def excerpts(self, summary: Summary, ways: Sequence[str]) -> list[Excerpt] | None:
        """What to show of a conversation: where the words are, or its end."""
        return await self._ask(self._store.excerpts(summary, ways))

    async def hits(self, summary: Summary, ways: Sequence[str]) -> int | None:
        """How often the words are in a conversation; None if nobody can say."""
        return await self._ask(self._store.hits(summary, ways))

    async def prompts(self, ways: Sequence[str]) -> list[str] | None:
        """What was sent before, the newest first."""
        return await self._ask(self._store.prompts(ways, demo=self.autosave.demo, limit=FOUND_PROMPTS))

    async def retitle(self, summary: Summary, title: str) -> None:
        """Give a listed conversation another title."""
        if summary.id == self._holder.conversation.id:
            self._holder.conversation.title = title
            self._notify(Renamed())
        await self._change(Rename(self._record(summary), title))

    async def archive(self, summary: Summary, *, archived: bool) -> None:
        """Put a listed conversation out of sight, or back into the list."""
        await self._change(Archive(self._record(summary), archived))

    async def delete(self, summary: Summary) -> bool:
        """Delete a listed conversation for good; False while an answer is coming in it."""
        if self._holder.live(summary.id) is not None:
            return False
        if summary.id == self._holder.conversation.id:
            self.autosave.forget()
            self._holder.begin_anew()
            self.autosave.lead(self._holder.conversation)
            self.autosave.draft_changed()
        await self._change(Delete(self._record(summary)))
        copies = await asyncio.to_thread(damaged_copies, self._store.path)
        if copies:
            self._notify(CopiesLeft(copies))
        return True

    async def _change(self, change: Change) -> None:
        """Have it done, or at least on its way."""
        await asyncio.wrap_future(self._store.put(change))

    def _record(self, summary: Summary) -> ConversationRecord:
        return ConversationRecord(summary.id, summary.title, self.autosave.demo, summary.used_on)

    # --------------------------------------------------------------------------------------------------------- the end

    def at_rest(self) -> None:
        """The program ends properly: nothing that was shown has stopped it. It waits for the disk."""
        self._store.at_rest()

    def close(self) -> int:
        """Have everything on the disk, and let go of it; how many changes could not be saved. Safe in any thread."""
        return self.autosave.close(CLOSING_PATIENCE)
