"""The list of conversations: searches titles and texts, shows previews, opens, renames, archives and deletes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input

from elumenta_tui.chat.conversation import title_of, without_thoughts
from elumenta_tui.i18n import knows, say
from elumenta_tui.i18n.times import day, moment
from elumenta_tui.store.records import Summary
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.screens.finder import Finder, marked
from elumenta_tui.tui.screens.line import LineScreen
from elumenta_tui.tui.widgets.notice import PASSING
from elumenta_tui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from elumenta_tui.store.listing import Excerpt


class Switching(Protocol):
    """The stored conversations; see `Library`."""

    async def summaries(self, ways: Sequence[str]) -> list[Summary] | None: ...

    async def excerpts(self, summary: Summary, ways: Sequence[str]) -> list[Excerpt] | None: ...

    async def hits(self, summary: Summary, ways: Sequence[str]) -> int | None: ...

    async def retitle(self, summary: Summary, title: str) -> None: ...

    async def archive(self, summary: Summary, *, archived: bool) -> None: ...

    async def delete(self, summary: Summary) -> bool:
        """Delete a conversation; False, and nothing is deleted, while an answer is running in it."""
        ...


class ConversationsScreen(Finder[Summary]):
    """Dismissed with the conversation to open, or with None."""

    BINDINGS = [
        Binding("alt+r", "rename", show=False, priority=True),
        Binding("alt+a", "archive", show=False, priority=True),
        Binding("f8", "delete", show=False, priority=True),
        Binding("tab", "show_archived", show=False, priority=True),
    ]

    def __init__(
        self,
        switching: Switching,
        *,
        now: float,
        current: str,
        running: Callable[[], Collection[str]] = tuple,
        unread: Callable[[], Collection[str]] = tuple,
        typed: str = "",
    ) -> None:
        """
        Args:
            now: Unix seconds.
            current: id of the conversation on the screen.
            running: returns the ids of the conversations in which an answer is running now.
            unread: returns the ids of the conversations that got an answer since they were left.
        """
        super().__init__(say("list.title"), typed=typed)
        self._switching = switching
        self._now = now
        self._current = current
        self._get_running, self._get_unread = running, unread
        self._answering, self._unread = running(), unread()
        self._with_archived = False
        self._to_delete = ""
        self._done: Content | None = None
        """The last change, or its refusal, in words; shown in place of the keys for a moment."""

    @property
    def sought(self) -> str:
        """The search text."""
        return self._filter.value

    async def find(self, ways: Sequence[str]) -> Sequence[Summary] | None:
        self._answering, self._unread = self._get_running(), self._get_unread()
        found = await self._switching.summaries(ways)
        if found is None or self._with_archived:
            return found
        return [summary for summary in found if not summary.archived]

    def is_same(self, one: Summary, other: Summary) -> bool:
        return one.id == other.id

    # ----------------------------------------------------------------------------------------------------------- rows

    def row(self, item: Summary, width: int) -> Content:
        cells = [Content.styled(age(item.used_on, self._now).rjust(14), "$muted")]
        if width >= 46:
            cells.insert(0, self._count(item))
        if width >= 76:
            cells.insert(0, Content.styled(f"  {item.model}", "$muted").truncate(20, ellipsis=True, pad=True))
        room = max(8, width - sum(cell.cell_length for cell in cells))
        return Content.assemble(self._title_cell(item, room), *cells)

    def _title_cell(self, item: Summary, room: int) -> Content:
        mark, style = _MARKS.get(item.state, ("  ", ""))
        if item.id == self._current:
            mark, style = HERE, "bold $success"
        elif item.id in self._answering:
            mark, style = "… ", "bold $accent"
        elif item.id in self._unread:
            mark, style = "● ", "bold $accent"
        title = marked(item.title, self.ways, "$muted" if item.archived else "")
        if not item.title:
            title = marked(_name(item), self.ways, "italic $muted")
        tags = "".join(
            f"  {say(f'list.{tag}')}"
            for tag, shown in (("draft", item.has_draft), ("archived", item.archived))
            if shown
        )
        if item.queued:
            tags = f"  {say('list.queued', n=item.queued)}{tags}"
        title = title.truncate(max(4, room - 2 - len(tags)), ellipsis=True)
        name = Content.assemble((mark, style), title, (tags, "$warning"))
        return name.truncate(room, ellipsis=True, pad=True)

    def _count(self, item: Summary) -> Content:
        if item.found:
            return Content.styled(say("list.found", n=item.found).rjust(13), "bold $accent")
        turns = say("list.turns", n=item.requests) if item.requests else ""
        return Content.styled(turns.rjust(13), "$muted")

    # -------------------------------------------------------------------------------------------------------- preview

    async def preview(self, item: Summary, ways: Sequence[str], width: int) -> list[Content]:
        facts = [say("list.turns", n=item.requests) if item.requests else say("list.draft")]
        facts.append(moment(item.used_on, self._now))
        id = say("export.id", id=item.id)
        if item.found:
            hits = await self._switching.hits(item, ways)
            where = say("list.found", n=item.found)
            facts[0] = where if hits is None else f"{say('list.hits', n=hits)} {where}"
        if item.state in _MARKS:
            facts.append(f"{_MARKS[item.state][0]}{say(f'state.{item.state}')}")
        if item.id == self._current:
            facts.append(f"{HERE}{say('list.current')}")
        rows = [" · ".join([*facts, id])]
        if len(rows[0]) > width:
            rows = [" · ".join(facts), id]
        lines = [Content.styled(_name(item), "bold $primary")]
        lines += [Content.styled(row, "$muted") for row in rows]
        if not item.requests:
            lines += [Content(""), *_quoted(item.draft, ways, width)]
        excerpts = await self._switching.excerpts(item, ways) or []
        is_answering = item.id in self._answering or item.state in ("waiting", "streaming")
        for excerpt in excerpts:
            # Read from the disk, a running answer looks like an interrupted or a failed one.
            is_coming = is_answering and excerpt is excerpts[-1] and excerpt.state != "complete"
            state = "streaming" if is_coming else excerpt.state
            lines += [Content(""), *_quoted(excerpt.prompt, ways, width)]
            lines += _answer(excerpt, state, ways, width)
        return lines

    # ----------------------------------------------------------------------------------------------------------- keys

    @property
    def note(self) -> Content:
        to_delete = self.rows.item
        if self._to_delete and to_delete is not None:
            return Content.styled(
                say("list.delete_again", title=clean_line(_name(to_delete), 40)),
                "bold $warning",
            )
        if self._done is not None:
            return self._done
        archived = "list.hide_archived" if self._with_archived else "list.show_archived"
        return Content.styled(f"{say('list.footnote')} {say(archived)}", "$muted")

    @on(RowList.Moved)
    @on(Input.Changed)
    def disarm_delete(self) -> None:
        """Disarm the deletion, because the next press of its key would meet another item."""
        item = self.rows.item
        if self._to_delete and (item is None or item.id != self._to_delete):
            self._to_delete = ""
            self.write_note()

    def leave(self) -> None:
        if self._to_delete:
            self._to_delete = ""
            self.write_note()
        else:
            super().leave()

    def action_show_archived(self) -> None:
        self.in_order(self._show_archived)

    def _show_archived(self) -> None:
        self._with_archived = not self._with_archived
        self.write_note()
        self.find_again()

    def action_rename(self) -> None:
        self.after_search(self._ask_for_title)

    def _ask_for_title(self) -> None:
        item = self.rows.item
        if item is not None:

            def rename(title: str | None) -> None:
                if title:
                    self._change(partial(self._rename, item, title))

            self.app.push_screen(LineScreen(say("rename.title"), item.title), rename)

    def _change(self, task: Callable[[], Awaitable[object]]) -> None:
        """Run a task that changes a conversation, then refresh the list. Keys wait until that is done."""

        async def change() -> None:
            await task()
            self.find_again()

        self._is_stale = True
        work: Callable[[], Awaitable[None]] = change
        self.run_worker(work, group="change")

    async def _rename(self, item: Summary, title: str) -> None:
        await self._switching.retitle(item, title)

    def action_archive(self) -> None:
        self.after_search(self._archive_it)

    def _archive_it(self) -> None:
        item = self.rows.item
        if item is not None:
            self._change(partial(self._archive, item))

    async def _archive(self, item: Summary) -> None:
        await self._switching.archive(item, archived=not item.archived)
        if item.archived:
            self._say(say("list.is_back"))
        elif self._with_archived:
            self._say(say("list.is_archived"))
        else:
            self._say(say("list.is_archived_out_of_sight"))

    def action_delete(self) -> None:
        self.after_search(self._delete_it)

    def _delete_it(self) -> None:
        item = self.rows.item
        if item is None:
            return
        if self._to_delete == item.id:
            self._to_delete = ""
            self._change(partial(self._delete, item))
        else:
            self._to_delete = item.id
        self.write_note()

    async def _delete(self, item: Summary) -> None:
        if await self._switching.delete(item):
            self._say(say("list.is_deleted"))
        else:
            self._say(say("list.still_answering"), "warning")

    def _say(self, text: str, colour: str = "success") -> None:
        """Show what was done or refused, for some seconds, in place of the keys."""
        self._done = said = Content.styled(text, f"bold ${colour}")
        self.write_note()
        self.set_timer(PASSING, partial(self._clear_done, said))

    def _clear_done(self, said: Content) -> None:
        if self._done is said:
            self._done = None
            self.write_note()


def _name(item: Summary) -> str:
    """Return the title, or the first words of a draft that was never sent."""
    return item.title or title_of(item.draft) or say("list.untitled")


HERE = "▸ "
"""Marks the conversation that is on the screen."""

_MARKS = {
    "interrupted": ("✗ ", "$error"),
    "failed": ("✗ ", "$error"),
    "stopped": ("■ ", "$warning"),
    "waiting": ("… ", "$success"),
    "streaming": ("… ", "$success"),
}
"""Marks of conversations whose last answer is not complete, the same as in the footer of that answer."""


PROMPT_ROWS = 6
"""Rows of a prompt in a preview, at most."""


def _quoted(text: str, ways: Sequence[str], width: int) -> list[Content]:
    rows = marked(text.strip(), ways).wrap(max(10, width - 2))[:PROMPT_ROWS]
    return [Content.assemble(("▌ ", "$primary"), row) for row in rows]


ANSWER_SHOWN = 1_500
"""Characters of an answer that a preview lays out. They fill any screen and take only milliseconds."""


def _answer(excerpt: Excerpt, state: str, ways: Sequence[str], width: int) -> list[Content]:
    said = ""
    if state != "complete" and knows(f"state.{state}"):
        said = f"  {say(f'state.{state}')}"
    style = "$accent" if state == "streaming" else "$error"
    head = Content.assemble((f"◆ {excerpt.model}", "bold $primary"), (said, style))
    from elumenta_tui.markdown.readable import readable

    lines = readable(without_thoughts(excerpt.answer)[:ANSWER_SHOWN], max(10, width))
    return [head, *(marked(line, ways) for line in lines)]


def age(on: float, now: float) -> str:
    """Format how long ago a time was, short enough for a column. Both in Unix seconds."""
    seconds = max(0.0, now - on)
    if seconds < 60:
        return say("list.now")
    if seconds < 3600:
        return _ago("minutes", seconds / 60)
    if seconds < 86_400:
        return _ago("hours", seconds / 3600)
    if seconds < 7 * 86_400:
        return _ago("days", seconds / 86_400)
    return day(on, now)


def _ago(unit: str, count: float) -> str:
    return say("list.ago", time=say(f"time.{unit}", n=int(count)))
