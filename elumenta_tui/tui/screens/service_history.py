"""The service's own history: what the account was asked anywhere. Reads page by page, and goes on from an entry."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input

from elumenta_tui.chat.conversation import title_of, without_thoughts
from elumenta_tui.chat.history import HistoryEntry, HistoryFilter
from elumenta_tui.i18n import say, spoken, word_for
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.i18n.times import moment
from elumenta_tui.session.history_search import asked_of_service, found_in
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.screens.conversation_rows import ANSWER_SHOWN, age, columns, quoted
from elumenta_tui.tui.screens.filtering_finder import FilteringFinder
from elumenta_tui.tui.screens.finder import marked
from elumenta_tui.tui.widgets.key_hints import BETWEEN
from elumenta_tui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from elumenta_tui.chat.failure import Failure

FAVORITE = "★ "

STORED = "⌂ "
"""Marks an entry that belongs to a conversation which is stored here."""


class History(Protocol):
    """The history of the account; see `session.service_history`."""

    own: dict[str, str]

    def entries(self, wanted: HistoryFilter) -> Sequence[HistoryEntry]: ...

    def total(self, wanted: HistoryFilter) -> int | None: ...

    def is_begun(self, wanted: HistoryFilter) -> bool: ...

    def is_complete(self, wanted: HistoryFilter) -> bool: ...

    async def read_on(self, wanted: HistoryFilter) -> Failure | None: ...

    async def switch_favorite(self, entry: HistoryEntry) -> Failure | None: ...

    async def delete(self, entry: HistoryEntry) -> Failure | None: ...


class ServiceHistoryScreen(FilteringFinder[HistoryEntry]):
    """Dismissed with the entry to go on from, or with None."""

    BINDINGS = [
        Binding("alt+p,alt+f", "favorite", show=False, priority=True),
        Binding("f8", "delete", show=False, priority=True),
        Binding("alt+n", "copy", show=False, priority=True),
        Binding("tab", "show_favorites", show=False, priority=True),
    ]

    def __init__(self, history: History, *, now: float, slugs: Collection[str], typed: str = "") -> None:
        """
        Args:
            now: Unix seconds.
            slugs: models that the service may be asked to filter by.
        """
        super().__init__(say("service.title"), now=now, typed=typed, hint=say("service.search"))
        self._history = history
        self._slugs = slugs
        self._favorites = False
        self._is_reading = False
        self._to_delete = ""
        """Id of the entry whose deletion is asked about."""
        self._is_asked_twice = False
        self.original = ""
        """Id of the conversation here in which to go on, where the entry is; empty for a copy."""

    # -------------------------------------------------------------------------------------------------------- the search

    @property
    def search_key(self) -> object:
        return self.ways, self.terms.filters, self._favorites

    @property
    def _wanted(self) -> HistoryFilter:
        """Filters that the service applies. Everything else is filtered here, in what was read."""
        return asked_of_service(self.terms.filters, self._slugs, favorites=self._favorites)

    async def find(self, ways: Sequence[str]) -> Sequence[HistoryEntry]:
        wanted = self._wanted
        if not self._history.is_begun(wanted):
            await self._read_on(wanted)
        self.write_note()
        return found_in(self._history.entries(wanted), ways, self.terms.filters)

    async def _read_on(self, wanted: HistoryFilter) -> None:
        self._is_reading, self.said = True, None
        self.write_note()
        try:
            failure = await self._history.read_on(wanted)
        finally:
            self._is_reading = False
        if failure is not None:
            self.say(failure_words(failure), "error", passes=False)

    def is_same(self, one: HistoryEntry, other: HistoryEntry) -> bool:
        return one.id == other.id

    def action_move(self, rows: int) -> None:
        self.after_search(partial(self._move, rows))

    def action_page(self, pages: int) -> None:
        self.after_search(partial(self._move, pages, by_page=True))

    def _move(self, steps: int, *, by_page: bool = False) -> None:
        """Move the highlight; at the end of the list, read the next page of the history."""
        is_last = self.rows.highlighted >= len(self.rows.items) - 1
        if steps > 0 and is_last and not self._history.is_complete(self._wanted):
            if not self._is_reading:
                self.start(self._read_more, "more")
        elif by_page:
            self.rows.page(steps)
        else:
            self.rows.move(steps)

    async def _read_more(self) -> None:
        await self._read_on(self._wanted)
        self.find_again()

    # -------------------------------------------------------------------------------------------------- rows and preview

    def row(self, item: HistoryEntry, width: int) -> Content:
        when = age(item.created_on, self.now) if item.created_on is not None else ""
        cost = say("bar.tokens", n=item.cost) if item.cost is not None else ""
        cells = columns(width, _model(item), (cost, "$muted"), when)
        room = max(8, width - sum(cell.cell_length for cell in cells))
        mark, style = (STORED, "$success") if item.id in self._history.own else ("  ", "")
        star = FAVORITE if item.is_favorite else ""
        kind = "" if item.category in ("", "text") else f"  {self._category(item)}"
        title = marked(clean_line(title_of(item.prompt)) or say("list.untitled"), self.ways)
        title = title.truncate(max(4, room - 2 - len(star) - len(kind)), ellipsis=True)
        cell = Content.assemble((mark, style), (star, "bold $warning"), title, (kind, "$muted"))
        return Content.assemble(cell.truncate(room, ellipsis=True, pad=True), *cells)

    @staticmethod
    def _category(item: HistoryEntry) -> str:
        return word_for(f"category.{item.category}", item.category)

    async def preview(self, item: HistoryEntry, ways: Sequence[str], width: int) -> list[Content]:
        from elumenta_tui.markdown.readable import readable

        facts = [_model(item)]
        if item.created_on is not None:
            facts.append(moment(item.created_on, self.now))
        if item.cost is not None:
            facts.append(say("bar.tokens", n=item.cost))
        if item.category not in ("", "text"):
            facts.append(self._category(item))
        if item.source:
            facts.append(clean_line(item.source, 30))
        facts.append(say("service.here" if item.id in self._history.own else "service.elsewhere"))
        if item.is_favorite:
            facts.append(f"{FAVORITE}{say('service.favorite')}")
        if item.status not in ("", "completed"):
            facts.append(word_for(f"service.status.{item.status}", item.status))
        lines = [Content.styled(" · ".join(filter(None, facts)), "$muted"), Content("")]
        lines += quoted(clean(item.prompt), ways, width)
        answer = clean(without_thoughts(item.text))[:ANSWER_SHOWN]
        return [*lines, *(marked(line, ways) for line in readable(answer, max(10, width)))]

    @property
    def note(self) -> str | Content:
        if self._is_reading:
            return Content.styled(say("service.reading"), "bold $accent")
        if self._to_delete:
            key = "service.delete_twice" if self._is_asked_twice else "service.delete_once"
            return Content.styled(say(key), "bold $warning")
        if self.said is not None:
            return self.said
        if complaint := self.terms.complaint:
            return Content.styled(spoken(complaint), "bold $warning")
        wanted = self._wanted
        read, total = len(self._history.entries(wanted)), self._history.total(wanted)
        facts = say("service.read", n=read) if total is None else say("service.read_of", n=read, total=total)
        if not self._history.is_complete(wanted):
            facts = f"{facts} {say('service.more')}"
        favorites = say("service.all" if self._favorites else "service.only_favorites")
        is_here = bool(self._original)
        every = say("service.footnote_here" if is_here else "service.footnote")
        first = say("service.footnote_here_short" if is_here else "service.footnote_short")
        keys = self.keys(all_of_them=f"{every}{BETWEEN}{favorites}", first=first)
        return f"{facts}\n{keys}"

    # -------------------------------------------------------------------------------------------------------------- acts

    def choose(self) -> None:
        item = self.rows.item
        if self._to_delete:
            if self._is_asked_twice and item is not None and item.id == self._to_delete:
                self._disarm()
                self.start(partial(self._delete, item), "change")
        elif item is not None and self._original:
            self.original = self._original
            self.dismiss(item)
        else:
            self._copy()

    @property
    def _original(self) -> str:
        """Id of the conversation here that the entry belongs to; empty if there is none."""
        item = self.rows.item
        return self._history.own.get(item.id, "") if item is not None else ""

    def action_copy(self) -> None:
        self.after_search(self._copy)

    def _copy(self) -> None:
        """Go on from the entry in a new conversation."""
        item = self.rows.item
        if item is not None and item.can_be_continued:
            self.dismiss(item)
        elif item is not None:
            self.say(say("service.no_text"), "warning")

    def action_favorite(self) -> None:
        self.after_search(self._switch_favorite)

    def _switch_favorite(self) -> None:
        if (item := self.rows.item) is not None:
            self.start(partial(self._favorite, item), "change")

    async def _favorite(self, item: HistoryEntry) -> None:
        failure = await self._history.switch_favorite(item)
        if failure is not None:
            self.say(failure_words(failure), "error")
        else:
            self.say(say("service.not_favorite" if item.is_favorite else "service.is_favorite"))
        self.find_again()

    def action_show_favorites(self) -> None:
        self.in_order(self._show_favorites)

    def _show_favorites(self) -> None:
        self._favorites = not self._favorites
        self.find_again()

    def action_delete(self) -> None:
        self.after_search(self._ask_to_delete)

    def _ask_to_delete(self) -> None:
        """Ask, and ask again. A third key deletes, so that a held one never does."""
        if (item := self.rows.item) is not None:
            self._is_asked_twice = self._to_delete == item.id
            self._to_delete = item.id
            self.write_note()

    async def _delete(self, item: HistoryEntry) -> None:
        failure = await self._history.delete(item)
        if failure is not None:
            self.say(failure_words(failure), "error")
        else:
            self.say(say("service.is_deleted"))
        self.find_again()

    @on(RowList.Moved)
    @on(Input.Changed)
    def disarm_delete(self) -> None:
        """Withdraw the question of a deletion, because the next key would meet another entry."""
        item = self.rows.item
        if not self._to_delete:
            # Enter leads elsewhere from an entry that is stored here.
            self.write_note()
        if self._to_delete and (item is None or item.id != self._to_delete):
            self._disarm()

    def _disarm(self) -> None:
        self._to_delete, self._is_asked_twice = "", False
        self.write_note()

    def leave(self) -> None:
        if self._to_delete:
            self._disarm()
        else:
            super().leave()


def _model(item: HistoryEntry) -> str:
    return clean_line(item.model_name or item.model, 40)
