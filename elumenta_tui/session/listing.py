"""The stored conversations as a list: searched, renamed, archived, pinned, tagged, deleted and brought back.

A deletion hides its conversations at once. They are deleted from the disk when the program ends, so that until then they can be
brought back; if it is killed, they were never deleted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.session.autosave import Autosave
from elumenta_tui.session.events import CopiesLeft, Notify, Renamed
from elumenta_tui.store import damaged_copies
from elumenta_tui.store.changes import Change, Delete, Rename, SetFacts
from elumenta_tui.store.filters import NO_FILTERS, Filters
from elumenta_tui.store.records import DRAFT_SHOWN, ConversationRecord, Summary
from elumenta_tui.store.tree import Stored

if TYPE_CHECKING:
    from elumenta_tui.store.listing import Excerpt

FOUND_PROMPTS = 300
"""Prompts that a search returns, at most."""

Result = TypeVar("Result")


class Holder(Protocol):
    """The session, as the list uses it."""

    @property
    def conversation(self) -> Conversation:
        """The session's conversation."""

    def live(self, id: str) -> Conversation | None:
        """Return the conversation of that id if an answer is running in it, else None."""

    def start_empty(self) -> None:
        """Switch to a new, empty conversation."""

    def forget_deleted(self, id: str) -> None:
        """Send nothing more of what is queued in a conversation, and do not open it, because it is deleted."""


class Deletion(NamedTuple):
    """Conversations that were deleted together."""

    summaries: Sequence[Summary]
    changes: Sequence[Delete]


class Listing:
    """The list of a session's stored conversations. It runs on the session's loop."""

    def __init__(
        self, holder: Holder, autosave: Autosave, notify: Notify, calendar: Callable[[], float]
    ) -> None:
        self._holder = holder
        self._autosave = autosave
        self._store = autosave.store
        self._notify = notify
        self._calendar = calendar
        self._deletions: list[Deletion] = []
        """What was deleted and not brought back, oldest first."""

    # ------------------------------------------------------------------------------------------------------- reading

    async def summaries(
        self, ways: Sequence[str] = (), filters: Filters = NO_FILTERS
    ) -> list[Summary] | None:
        """List the conversations that match a search, or all; pinned ones first, then the one used last.

        None if the store can't be read.
        """
        asked = self._store.summaries(ways, demo=self._autosave.demo, filters=filters)
        found = await answer_of(asked)
        hidden = self.deleted
        return found if found is None or not hidden else [row for row in found if row.id not in hidden]

    async def turns(self, summaries: Sequence[Summary]) -> dict[str, int]:
        """Count the turns that the path of each listed conversation leads through, by their ids. What can't be read is left out."""
        counted = await answer_of(self._store.turns_on_path([each.id for each in summaries])) or {}
        return counted | {each.id: len(each.path()) for row in summaries for each in self._in_memory(row.id)}

    async def read(self, summary: Summary) -> Stored | None:
        """Read a listed conversation with all its turns; None if it is gone, or the store can't be read."""
        self._autosave.flush()
        return await answer_of(self._store.conversation(summary.id))

    async def excerpts(self, summary: Summary, ways: Sequence[str]) -> list[Excerpt] | None:
        """Return excerpts of a conversation: around the found words, or from its end.

        None if the store can't be read.
        """
        return await answer_of(self._store.excerpts(summary, ways))

    async def hits(self, summary: Summary, ways: Sequence[str]) -> int | None:
        """Count the matches in a conversation.

        None if it has too many answers to look at, or the store can't be read.
        """
        return await answer_of(self._store.hits(summary, ways))

    async def prompts(self, ways: Sequence[str]) -> list[str] | None:
        """List sent prompts that match a search, the newest first; None if the store can't be read."""
        asked = self._store.prompts(ways, demo=self._autosave.demo, limit=FOUND_PROMPTS, without=self.deleted)
        return await answer_of(asked)

    async def models(self) -> list[str]:
        """List the slugs of the models that were asked, the most frequent first."""
        return await answer_of(self._store.models_asked(demo=self._autosave.demo)) or []

    async def tags(self) -> list[str]:
        """List the tags that any conversation has."""
        return await answer_of(self._store.tags_used(demo=self._autosave.demo)) or []

    # ------------------------------------------------------------------------------------------------------ changing

    async def retitle(self, summary: Summary, title: str) -> None:
        """Rename a listed conversation."""
        for conversation in self._in_memory(summary.id):
            conversation.title = title
        if summary.id == self._holder.conversation.id:
            self._notify(Renamed())
        await self._change(Rename(self._record(summary), title))

    async def archive(self, summaries: Sequence[Summary], *, archived: bool) -> None:
        """Archive listed conversations, or take them out of the archive."""
        await self._change(*(SetFacts(self._record(each), {"archived": archived}) for each in summaries))

    async def pin(self, summaries: Sequence[Summary], *, pinned: bool) -> None:
        """Pin listed conversations, so that they stand first, or unpin them."""
        for each in summaries:
            for conversation in self._in_memory(each.id):
                conversation.is_pinned = pinned
        self._autosave.facts_changed()
        await self._change(*(SetFacts(self._record(each), {"pinned": pinned}) for each in summaries))

    async def tag(
        self, summaries: Sequence[Summary], change: Callable[[Sequence[str]], tuple[str, ...]]
    ) -> None:
        """Give listed conversations other tags: `change` computes them from those that each one has."""
        tags = {each.id: change(each.tags) for each in summaries}
        for each in summaries:
            for conversation in self._in_memory(each.id):
                conversation.tags = tags[each.id]
        self._autosave.facts_changed()
        await self._change(
            *(SetFacts(self._record(each), {"tags": " ".join(tags[each.id])}) for each in summaries)
        )

    def _in_memory(self, id: str) -> list[Conversation]:
        """Return the conversation of that id, if the session holds it: on the screen, or with a running answer."""
        held = self._holder.conversation, self._holder.live(id)
        return [each for each in held if each is not None and each.id == id]

    # ------------------------------------------------------------------------------------------------------ deleting

    @property
    def deleted(self) -> frozenset[str]:
        """Ids of the conversations that are deleted when the program ends."""
        return frozenset(each.id for deletion in self._deletions for each in deletion.summaries)

    async def delete(self, summaries: Sequence[Summary]) -> Sequence[Summary]:
        """Hide listed conversations, and delete them permanently when the program ends.

        Returns those that it has hidden: not the ones in which an answer is running.
        """
        idle = [each for each in summaries if self._holder.live(each.id) is None]
        if not idle:
            return idle
        self._autosave.flush()
        now = self._calendar()
        here = self._holder.conversation.id
        # The list may have been read before the draft of this conversation was saved.
        drafts = [self._autosave.draft[:DRAFT_SHOWN] if each.id == here else each.draft for each in idle]
        changes = [
            Delete(self._record(each), since=now, draft=draft)
            for each, draft in zip(idle, drafts, strict=True)
        ]
        self._deletions.append(Deletion(idle, changes))
        for each in idle:
            self._holder.forget_deleted(each.id)
        if any(each.id == self._holder.conversation.id for each in idle):
            self._autosave.forget()
            self._holder.start_empty()
            self._autosave.lead(self._holder.conversation)
            self._autosave.draft_changed()
        copies: Sequence[Path] = await asyncio.to_thread(damaged_copies, self._store.path)
        if copies:
            self._notify(CopiesLeft(copies))
        return idle

    def undelete(self) -> Sequence[Summary]:
        """Bring back what was deleted last in this session; empty if nothing is left to bring back."""
        return self._deletions.pop().summaries if self._deletions else ()

    def take_deletions(self) -> list[Delete]:
        """Return whatever was deleted and not brought back, because the program ends. Safe in any thread."""
        deletions, self._deletions = self._deletions, []
        return [change for deletion in deletions for change in deletion.changes]

    async def _change(self, *changes: Change) -> None:
        """Write changes together, and wait until the first attempt has succeeded or failed."""
        await asyncio.wrap_future(self._store.put(*changes))

    def _record(self, summary: Summary) -> ConversationRecord:
        return ConversationRecord(summary.id, summary.title, self._autosave.demo, summary.used_on)


async def answer_of(future: Future[Result]) -> Result | None:
    """Wait for a result of the store; None if the database can't be read now, or a newer question of that kind was asked."""
    import sqlite3

    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return None
    except sqlite3.Error:
        # Not reported here: the writer meets the same problem and reports it.
        return None
