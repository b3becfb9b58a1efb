"""A store that keeps nothing, for conversations that nobody wants on the disk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from elumenta_tui.chat.spending import Asked, Spent
from elumenta_tui.store import Store
from elumenta_tui.store.changes import Change
from elumenta_tui.store.events import Opened
from elumenta_tui.store.filters import NO_FILTERS, Filters

if TYPE_CHECKING:
    from elumenta_tui.chat.statistics import Statistics
    from elumenta_tui.store.charges import Measured
    from elumenta_tui.store.listing import Excerpt
    from elumenta_tui.store.records import Summary
    from elumenta_tui.store.tree import Stored

Result = TypeVar("Result")


class NoStore(Store):
    """Takes every change, writes none of them, and has no conversations. It needs neither files nor threads."""

    def start(self) -> None:
        self._notify(Opened())

    def put(self, *changes: Change) -> Future[bool]:
        return _known(True)

    @property
    def unsaved(self) -> int:
        return 0

    def about_to_show(self, id: str) -> None:
        pass

    def at_rest(self) -> None:
        pass

    def close(self, timeout: float) -> int:
        return 0

    def conversation(self, id: str) -> Future[Stored | None]:
        return _known(None)

    def last_used(self, *, demo: bool) -> Future[str]:
        return _known("")

    def ids(self, beginning: str, *, demo: bool) -> Future[list[str]]:
        return _known([])

    def generations(self) -> Future[dict[str, str]]:
        return _known({})

    def unsent(self, *, demo: bool) -> Future[str]:
        return _known("")

    def summaries(
        self, ways: Sequence[str] = (), *, demo: bool, filters: Filters = NO_FILTERS
    ) -> Future[list[Summary]]:
        return _known([])

    def models_asked(self, *, demo: bool) -> Future[list[str]]:
        return _known([])

    def tags_used(self, *, demo: bool) -> Future[list[str]]:
        return _known([])

    def spent_by_others(
        self, since: Sequence[float], *, demo: bool, before: str = ""
    ) -> Future[tuple[Spent, ...]]:
        return _known(tuple(Spent() for _ in since))

    def asked_since(self, since: float, *, demo: bool) -> Future[dict[str, Asked]]:
        return _known({})

    def statistics(self, days: Sequence[float], *, demo: bool) -> Future[Statistics | None]:
        return _known(None)

    def first_day(self, *, demo: bool) -> Future[float | None]:
        return _known(None)

    def measured(self, *, demo: bool) -> Future[dict[str, Measured]]:
        return _known({})

    def excerpts(self, summary: Summary, ways: Sequence[str] = ()) -> Future[list[Excerpt]]:
        return _known([])

    def hits(self, summary: Summary, ways: Sequence[str]) -> Future[int | None]:
        return _known(None)

    def prompts(
        self, ways: Sequence[str] = (), *, demo: bool, limit: int, without: Collection[str] = ()
    ) -> Future[list[str]]:
        return _known([])


def _known(result: Result) -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(result)
    return future
