"""The service's own history: what the account was asked anywhere, by the bot, the web or any machine.

It is read a page at a time, when somebody asks for it, and kept for the rest of the session.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from elumenta_tui.chat.history import EVERYTHING, HistoryEntry, HistoryFilter
from elumenta_tui.session.backend import Account, Backend

if TYPE_CHECKING:
    from elumenta_tui.chat.failure import Failure

PAGE = 50
"""Entries that are read at once; the service gives at most 100."""


@dataclass(slots=True)
class _Read:
    """What was read of the history for one filter."""

    entries: dict[str, HistoryEntry] = field(default_factory=dict)
    """By id, in the service's order. What is asked meanwhile moves entries to the next page, where they come again."""
    pages: int = 0
    total: int | None = None
    is_complete: bool = False


class ServiceHistory:
    """The history of the account that is asked. Use it on the session's loop."""

    def __init__(self, backend: Backend, generations: Callable[[], Awaitable[dict[str, str]]]) -> None:
        """`generations` reads the service's ids of all stored answers, with the ids of their conversations."""
        self._backend = backend
        self._generations = generations
        self._account: Account | None = None
        self._read: dict[HistoryFilter, _Read] = {}
        self.own: dict[str, str] = {}
        """Ids of the entries that belong to a conversation which is stored here, with the id of that; empty if it is deleted."""

    def _of(self, wanted: HistoryFilter) -> _Read:
        if self._account is not self._backend.account:
            # Nothing of one account is shown as another's.
            self._account = self._backend.account
            self._read.clear()
        return self._read.setdefault(wanted, _Read())

    def entries(self, wanted: HistoryFilter = EVERYTHING) -> Sequence[HistoryEntry]:
        """Return what was read so far, newest first."""
        return list(self._of(wanted).entries.values())

    def total(self, wanted: HistoryFilter = EVERYTHING) -> int | None:
        """Return the number of all entries, as the service stated it; None before it did."""
        return self._of(wanted).total

    def is_begun(self, wanted: HistoryFilter = EVERYTHING) -> bool:
        """Whether any page was read."""
        return self._of(wanted).pages > 0

    def is_complete(self, wanted: HistoryFilter = EVERYTHING) -> bool:
        """Whether there is no further page."""
        return self._of(wanted).is_complete

    async def read_on(self, wanted: HistoryFilter = EVERYTHING) -> Failure | None:
        """Read the next page; return why that failed, or None."""
        from elumenta_tui.api.errors import ApiError

        known = self._of(wanted)
        if known.is_complete:
            return None
        account = self._account
        try:
            client = await self._backend.client()
            page = await client.history_page(known.pages + 1, PAGE, wanted)
        except ApiError as error:
            return error.failure()
        if account is self._backend.account:
            known.pages += 1
            known.total = page.total
            fresh = {entry.id: entry for entry in page.entries if entry.id not in known.entries}
            known.entries.update(fresh)
            known.is_complete = len(page.entries) < PAGE or not fresh
            self.own = await self._generations()
        return None

    async def switch_favorite(self, entry: HistoryEntry) -> Failure | None:
        """Make an entry a favourite in the service, or no longer; return why that failed, or None."""
        from elumenta_tui.api.errors import ApiError

        try:
            await (await self._backend.client()).favorite(entry.id)
        except ApiError as error:
            return error.failure()
        now = entry._replace(is_favorite=not entry.is_favorite)
        for wanted, known in self._read.items():
            if entry.id in known.entries and (now.is_favorite or not wanted.favorites):
                known.entries[entry.id] = now
            else:
                known.entries.pop(entry.id, None)
        if now.is_favorite:
            # Where it belongs in lists of favourites is for the service to say.
            self._read = {wanted: known for wanted, known in self._read.items() if not wanted.favorites}
        return None

    async def delete(self, entry: HistoryEntry) -> Failure | None:
        """Delete an entry from the account, for all devices; return why that failed, or None."""
        from elumenta_tui.api.errors import ApiError

        try:
            await (await self._backend.client()).delete_generation(entry.id)
        except ApiError as error:
            return error.failure()
        for known in self._read.values():
            if known.entries.pop(entry.id, None) is not None and known.total:
                known.total -= 1
        return None
