"""The list of conversations: searches and filters them, shows previews, opens, renames, pins, tags, archives and deletes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from elumenta_tui.i18n import say, spoken
from elumenta_tui.store.records import Summary
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.text.tags import changed, shown, tags_of
from elumenta_tui.tui.ports import ConversationList
from elumenta_tui.tui.screens.conversation_rows import Surroundings, name_of, preview, row
from elumenta_tui.tui.screens.filtering_finder import FilteringFinder
from elumenta_tui.tui.screens.line import LineScreen
from elumenta_tui.tui.search_completion import Completion, completed
from elumenta_tui.tui.widgets.key_hints import BETWEEN
from elumenta_tui.tui.widgets.offers import Offers


class ConversationsScreen(FilteringFinder[Summary]):
    """Dismissed with the conversation to open, or with None.

    (Over 30 methods: many are two lines each, a key and what it does once the list is there.)
    """

    BINDINGS = [
        Binding("alt+r", "rename", show=False, priority=True),
        Binding("alt+a", "archive", show=False, priority=True),
        Binding("alt+p", "pin", show=False, priority=True),
        Binding("alt+t", "tag", show=False, priority=True),
        Binding("alt+e", "export('md')", show=False, priority=True),
        Binding("alt+h", "export('html')", show=False, priority=True),
        Binding("alt+z", "undelete", show=False, priority=True),
        Binding("alt+s", "service", show=False, priority=True),
        Binding("f8", "delete", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
        Binding("right", "choose_offer(1)", show=False, priority=True),
        Binding("left", "choose_offer(-1)", show=False, priority=True),
    ]

    def __init__(
        self,
        listing: ConversationList,
        *,
        now: float,
        current: str,
        running: Callable[[], Collection[str]] = tuple,
        unread: Callable[[], Collection[str]] = tuple,
        export: Callable[[Sequence[Summary], str], object] = lambda summaries, format: None,
        show_service: Callable[[], object] = lambda: None,
        reopen: Callable[[str], object] = lambda id: None,
        typed: str = "",
    ) -> None:
        """
        Args:
            now: Unix seconds.
            current: id of the conversation on the screen.
            running: returns the ids of the conversations in which an answer is running now.
            unread: returns the ids of the conversations that got an answer since they were left.
            export: writes conversations to files of a format, and notifies the user.
            show_service: shows the service's own history instead.
            reopen: opens the conversation of that id again, which was on the screen when it was deleted.
        """
        super().__init__(say("list.title"), now=now, typed=typed, hint=say("list.search"))
        self.add_class("-filters")
        self._listing = listing
        self._get_running, self._get_unread = running, unread
        self._export = export
        self._show_service = show_service
        self._reopen = reopen
        self._with_archived = False
        self._completion = Completion(listing.models, listing.tags)
        self._offers = Offers(id="offers", markup=False)
        self._marked: dict[str, Summary] = {}
        """Conversations that the user has marked, by id, in that order."""
        self._moved_at = ""
        """The search text when the highlight was moved last."""
        self._around = Surroundings(now, current, running(), unread(), self._marked.keys())

    def below_filter(self) -> ComposeResult:
        yield self._offers

    # -------------------------------------------------------------------------------------------------------- the search

    @property
    def search_key(self) -> object:
        return self.ways, self.terms.filters, self._with_archived

    async def find(self, ways: Sequence[str]) -> Sequence[Summary] | None:
        self._around.answering, self._around.unread = self._get_running(), self._get_unread()
        terms, typed = self.terms, self._filter.value
        self._offers.show(await self._completion.of(typed) if self._is_at_end else ())
        self.write_note()
        filters = terms.filters._replace(
            running=frozenset(self._around.answering),
            unread=frozenset(self._around.unread),
        )
        found = await self._listing.summaries(ways, filters)
        if found is None or self._with_archived or filters.archived:
            return found
        return [summary for summary in found if not summary.archived]

    def is_same(self, one: Summary, other: Summary) -> bool:
        return one.id == other.id

    @property
    def _is_at_end(self) -> bool:
        return self._filter.cursor_position >= len(self._filter.value)

    def action_complete(self) -> None:
        """Complete the filter that is typed; without one, show or hide the archive."""
        # After the search, because the completions come with it.
        self.after_search(self._complete)

    def _complete(self) -> None:
        offer = self._offers.chosen
        if offer:
            self._offers.show(())
            self._filter.value = completed(self._filter.value, offer)
            self._filter.cursor_position = len(self._filter.value)
        else:
            self._show_archived()

    def action_choose_offer(self, steps: int) -> None:
        self.in_order(partial(self._choose_offer, steps))

    def _choose_offer(self, steps: int) -> None:
        """Choose another completion; without one, move the cursor of the search field."""
        if self._offers.chosen and self._is_at_end and (steps > 0 or not self._offers.is_first):
            self._offers.move(steps)
        elif steps > 0:
            self._filter.action_cursor_right()
        else:
            self._filter.action_cursor_left()

    def _show_archived(self) -> None:
        self._with_archived = not self._with_archived
        self.write_note()
        self.find_again()

    # -------------------------------------------------------------------------------------------------- rows and preview

    def row(self, item: Summary, width: int) -> Content:
        return row(item, width, self.ways, self._around)

    async def preview(self, item: Summary, ways: Sequence[str], width: int) -> list[Content]:
        hits = await self._listing.hits(item, ways) if item.found else None
        excerpts = await self._listing.excerpts(item, ways) or []
        return preview(item, excerpts, hits, ways, width, self._around)

    @property
    def note(self) -> str | Content:
        if self.said is not None:
            return self.said
        if complaint := self.terms.complaint:
            return Content.styled(spoken(complaint), "bold $warning")
        if self._marked:
            return Content.styled(say("list.marked", n=len(self._marked)), "bold $accent")
        archived = "list.hide_archived" if self._with_archived else "list.show_archived"
        every = f"{say('list.footnote')}{BETWEEN}{say(archived)}"
        return self.keys(all_of_them=every, first=say("list.footnote_short"))

    # ------------------------------------------------------------------------------------------------------------- marks

    def action_move(self, rows: int) -> None:
        self.in_order(self._note_move)
        super().action_move(rows)

    def action_page(self, pages: int) -> None:
        self.in_order(self._note_move)
        super().action_page(pages)

    def _note_move(self) -> None:
        self._moved_at = self._filter.value

    def takes(self, event: events.Key) -> bool:
        """Mark the row if the user is in the list: nothing is typed, or the last key has moved the highlight."""
        is_mark = event.key == "space" and self._filter.value in ("", self._moved_at)
        if is_mark:
            self.wait_for_search(self._mark)
        return is_mark

    def _mark(self) -> None:
        item = self.rows.item
        if item is None:
            return
        if self._marked.pop(item.id, None) is None:
            self._marked[item.id] = item
        self.rows.advance()
        self.write_note()

    def leave(self) -> None:
        if self._marked:
            self._unmark()
        else:
            super().leave()

    def _unmark(self) -> None:
        self._marked.clear()
        self.rows.refresh()
        self.write_note()

    def _chosen(self) -> list[Summary]:
        """Return what an act is for: the marked conversations as they are listed now, else the highlighted one."""
        item = self.rows.item
        if not self._marked:
            return [item] if item is not None else []
        self._marked.update({each.id: each for each in self.rows.items if each.id in self._marked})
        return list(self._marked.values())

    # -------------------------------------------------------------------------------------------------------------- acts

    def action_rename(self) -> None:
        self.after_search(self._ask_for_title)

    def _ask_for_title(self) -> None:
        item = self.rows.item
        if item is not None:

            def rename(title: str | None) -> None:
                if title:
                    self._change(partial(self._listing.retitle, item, title))

            self.app.push_screen(LineScreen(say("rename.title"), item.title), rename)

    def _change(self, task: Callable[[], Awaitable[object]]) -> None:
        """Run a task that changes conversations, then refresh the list. Keys wait until that is done."""

        async def change() -> None:
            await task()
            self._completion.forget()
            self.find_again()

        self._is_stale = True
        self.start(change, "change")

    def action_archive(self) -> None:
        self.after_search(self._archive_chosen)

    def _archive_chosen(self) -> None:
        chosen = self._chosen()
        if chosen:
            # If they differ, all of them get the same.
            self._change(partial(self._archive, chosen, not all(each.archived for each in chosen)))

    async def _archive(self, chosen: Sequence[Summary], archived: bool) -> None:
        await self._listing.archive(chosen, archived=archived)
        self._unmark()
        if not archived:
            self.say(say("list.is_back"))
        elif self._with_archived:
            self.say(say("list.is_archived"))
        else:
            self.say(say("list.is_archived_out_of_sight"))

    def action_pin(self) -> None:
        self.after_search(self._pin_chosen)

    def _pin_chosen(self) -> None:
        chosen = self._chosen()
        if chosen:
            pinned = not all(each.is_pinned for each in chosen)
            self._change(partial(self._listing.pin, chosen, pinned=pinned))
            keys = (
                ("list.is_pinned", "list.are_pinned") if pinned else ("list.is_unpinned", "list.are_unpinned")
            )
            self.say(_one_or_more(*keys, chosen))

    def action_tag(self) -> None:
        self.after_search(self._ask_for_tags)

    def _ask_for_tags(self) -> None:
        chosen = self._chosen()
        if not chosen:
            return
        several = len(chosen) > 1
        title = say("list.tags_of_several", n=len(chosen)) if several else say("list.tags")

        def tag(typed: str | None) -> None:
            if typed is None:
                return
            change = (lambda tags: changed(tags, typed)) if several else (lambda tags: tags_of(typed))
            self._change(partial(self._listing.tag, chosen, change))

        line = "" if several else shown(chosen[0].tags)
        screen = LineScreen(title, line, keys=say("line.footnote_tags"), may_be_empty=not several)
        self.app.push_screen(screen, tag)

    def action_service(self) -> None:
        self.in_order(self._leave_for_service)

    def _leave_for_service(self) -> None:
        self.dismiss(None)
        # By way of the app: a result for a screen that is gone would reach nobody.
        self.app.call_later(self._show_service)

    def action_export(self, format: str) -> None:
        self.after_search(partial(self._export_chosen, format))

    def _export_chosen(self, format: str) -> None:
        if chosen := self._chosen():
            self._export(chosen, format)

    def action_delete(self) -> None:
        self.after_search(self._delete_chosen)

    def _delete_chosen(self) -> None:
        if chosen := self._chosen():
            self._change(partial(self._delete, chosen))

    async def _delete(self, chosen: Sequence[Summary]) -> None:
        deleted = await self._listing.delete(chosen)
        for each in deleted:
            self._marked.pop(each.id, None)
        if len(deleted) < len(chosen):
            self.say(" ".join(self._refusals(deleted, chosen)), "warning")
        else:
            self.say(_one_or_more("list.is_deleted", "list.are_deleted", deleted))

    def _refusals(self, deleted: Sequence[Summary], chosen: Sequence[Summary]) -> Iterator[str]:
        if deleted:
            yield _one_or_more("list.is_deleted", "list.are_deleted", deleted)
        kept = {each.id for each in chosen} - {each.id for each in deleted}
        is_here = kept == {self._around.current}
        yield say("list.still_answering_here" if is_here else "list.still_answering")

    def undo(self) -> None:
        self.action_undelete()

    def action_undelete(self) -> None:
        self.after_search(self._undelete)

    def _undelete(self) -> None:
        back = self._listing.undelete()
        if not back:
            self.say(say("list.nothing_deleted"), "warning")
            return
        self.say(_one_or_more("list.is_undeleted", "list.are_undeleted", back))
        self.highlight_next = back
        if any(each.id == self._around.current for each in back):
            self._reopen(self._around.current)
        self.find_again()


def _one_or_more(one: str, more: str, summaries: Sequence[Summary]) -> str:
    """Return the sentence for what happened to one conversation, or to several. `one` and `more` are their keys."""
    if len(summaries) == 1:
        return say(one, title=clean_line(name_of(summaries[0]), 40))
    return say(more, n=len(summaries))
