"""The base of screens that search the store, with a search field, a list of results and a preview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from elumenta_tui.i18n import say
from elumenta_tui.text.layouts import ways
from elumenta_tui.text.matching import places_of
from elumenta_tui.tui.widgets.dialog import Dialog, search_field, type_again
from elumenta_tui.tui.widgets.key_hints import KeyHints
from elumenta_tui.tui.widgets.row_list import RowList

Item = TypeVar("Item")


class Pane(Static):
    """Shows a preview that is laid out for its size. `write` lays it out anew; the screen learns of its own size earlier."""

    def __init__(self, write: Callable[[], object], *, markup: bool) -> None:
        super().__init__(id="preview", markup=markup)
        self._write = write

    def on_resize(self) -> None:
        self._write()


class Finder(Dialog[Item | None], Generic[Item]):
    """Dismissed with the chosen item, or with None. Subclasses search and draw the items."""

    AUTO_FOCUS = "Input"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS = [
        Binding("enter", "choose", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("ctrl+home", "move(-1000000)", show=False, priority=True),
        Binding("ctrl+end", "move(1000000)", show=False, priority=True),
        Binding("ctrl+p", "move(-1)", show=False, priority=True),
        Binding("ctrl+n", "move(1)", show=False, priority=True),
        Binding("ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(self, title: str, *, typed: str = "", hint: str = "") -> None:
        """`hint` stands in the empty search field."""
        super().__init__(classes="finder")
        self._title = title
        # Created here and not in `compose`: results may arrive while the screen closes and its children are gone.
        self._filter = search_field(typed, hint or say("finder.search"))
        self.rows: RowList[Item] = RowList(self.row, id="rows")
        self._pane = Pane(self.show_preview, markup=False)
        self._footnote = KeyHints()
        self._found_for: object = None
        """The search key of the rows."""
        self._pending: list[Callable[[], object]] = []
        """Actions that wait for the search to finish, in the order of their keys."""
        self._typed_ahead: list[events.Key | events.Paste | Callable[[], object]] = []
        """Letters that were typed after those actions, and actions after these letters, in the order of their keys."""
        self._is_stale = True
        """True if the rows belong to an earlier search text, or to the state before a change."""
        self._has_failed = False
        self.highlight_next: Sequence[Item] = ()
        """Items of which the next search highlights the first that it finds."""

    # ------------------------------------------------------------------------------------------- defined by subclasses

    async def find(self, ways: Sequence[str]) -> Sequence[Item] | None:
        """Return the items that match any reading of the search text; None if that is not possible now."""
        raise NotImplementedError

    def row(self, item: Item, width: int) -> Content:
        """Draw an item in one line."""
        raise NotImplementedError

    async def preview(self, item: Item, ways: Sequence[str], width: int) -> list[Content]:
        """Return the paragraphs that are shown beside the list, for a width in cells."""
        raise NotImplementedError

    def is_same(self, one: Item, other: Item) -> bool:
        """Return whether two items are the same one, so that the highlight stays on it."""
        return one == other

    def below_filter(self) -> ComposeResult:
        """Yield the widgets between the search field and the list."""
        return ()

    @property
    def note(self) -> str | Content:
        """The hints at the bottom, or a sentence in its own style."""
        raise NotImplementedError

    # ---------------------------------------------------------------------------------------------------------- screen

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield self._filter
            yield from self.below_filter()
            with Container(id="halves"):
                yield self.rows
                yield self._pane
            yield self._footnote

    def on_mount(self) -> None:
        self.write_note()
        self.find_again()

    def write_note(self) -> None:
        """Update the hints at the bottom."""
        self._footnote.update(self.note)

    @property
    def ways(self) -> list[str]:
        """The readings of the search text."""
        return ways(self._filter.value)

    @property
    def search_key(self) -> object:
        """Key of the search. Rows that were found for another key are stale."""
        return self.ways

    @on(Input.Changed)
    def find_again(self) -> None:
        """Search again, because the search text or the stored items have changed."""
        self._is_stale = True
        self._find(self.ways, self.search_key)

    @work(group="find", exclusive=True)
    async def _find(self, ways: list[str], key: object) -> None:
        items = await self.find(ways)
        self._has_failed = items is None
        if items is None:
            self._drop_pending()
            return
        was = self.rows.item
        place = 0
        if was is not None and self._found_for == key:
            place = next(
                (n for n, item in enumerate(items) if self.is_same(item, was)), self.rows.highlighted
            )
        wanted, self.highlight_next = self.highlight_next, ()
        if wanted:
            place = next(
                (n for n, item in enumerate(items) if any(self.is_same(item, each) for each in wanted)), place
            )
        self._found_for = key
        self._is_stale = False
        self.rows.empty = Content.styled(
            say("picker.nothing" if self._filter.value.strip() else "finder.empty"), "$muted"
        )
        self.rows.show(items, place)
        self._run_pending()

    @on(RowList.Moved)
    def show_preview(self) -> None:
        item = self.rows.item
        if item is None:
            self._paint([])
        else:
            self._preview(item, self.ways)

    @work(group="preview", exclusive=True)
    async def _preview(self, item: Item, ways: list[str]) -> None:
        if not self._pane.display:
            return
        paragraphs = await self.preview(item, ways, self._pane.content_size.width)
        # Meanwhile a search may have emptied the list, which needs no preview that would end this one.
        current = self.rows.item
        if current is not None and self.is_same(current, item):
            self._paint(paragraphs)

    def _paint(self, paragraphs: list[Content]) -> None:
        """Show as many lines as fit, with a mark if those are not all."""
        width, height = self._pane.content_size
        lines: list[Content] = []
        for paragraph in paragraphs:
            lines += paragraph.wrap(max(10, width))
            if len(lines) > height > 0:
                room = max(1, width - 2)
                last = lines[height - 1].rstrip()
                # Whole words stand before the mark.
                whole = last.wrap(room)[0] if last.cell_length > room else last
                lines[height - 1] = Content.assemble(whole.rstrip(), (" …", "$muted"))
                break
        self._pane.update(Content("\n").join(lines[:height]))

    def on_resize(self) -> None:
        self.write_note()

    # ------------------------------------------------------------------------------------------------------------ keys

    def after_search(self, act: Callable[[], object]) -> None:
        """Run the action of a key once the search text has been searched, after the actions of the keys before it."""
        self.in_order(partial(self.wait_for_search, act))

    def wait_for_search(self, act: Callable[[], object]) -> None:
        """Run an action once the search text of this moment has been searched."""
        if self._typed_ahead:
            # It is meant for what these letters make of the search text.
            self._typed_ahead.append(act)
            return
        self._pending.append(act)
        if self._has_failed:
            self.find_again()
        self._run_pending()

    def _run_pending(self) -> None:
        while (
            self._pending and not self.is_left and not self._is_stale and self._found_for == self.search_key
        ):
            self._pending.pop(0)()
        if self.is_left or not self._pending:
            self._pass_on_typed()

    def _drop_pending(self) -> None:
        """Notify the user that the waiting actions are dropped, because the search failed."""
        if self._pending:
            self._pending.clear()
            self.notify(say("finder.failed"), severity="warning", markup=False)
        self._pass_on_typed()

    def keeps_for_later(self, event: events.Key | events.Paste) -> bool:
        if self._pending:
            self._typed_ahead.append(event)
        return bool(self._pending)

    def _pass_on_typed(self) -> None:
        typed, self._typed_ahead = self._typed_ahead, []
        for each in typed:
            if isinstance(each, events.Key | events.Paste):
                type_again(self, each)
            else:
                # By way of the app, as the letters before it.
                self.app.call_later(self.after_search, each)

    @on(RowList.Chosen)
    def choose(self) -> None:
        item = self.rows.item
        if item is not None:
            self.dismiss(item)

    def action_choose(self) -> None:
        self.after_search(self.choose)

    def action_leave(self) -> None:
        self.in_order(self.leave)

    def leave(self) -> None:
        """Close the screen immediately, without waiting for the search. Esc calls this."""
        self.dismiss(None)

    def action_move(self, rows: int) -> None:
        self.after_search(partial(self.rows.move, rows))

    def action_page(self, pages: int) -> None:
        self.after_search(partial(self.rows.page, pages))


def marked(text: str, ways: Sequence[str], style: str = "") -> Content:
    """Return the text with all matches highlighted."""
    content = Content.styled(text, style) if style else Content(text)
    for place in places_of(text, ways):
        content = content.stylize("bold underline $accent", place.start, place.end)
    return content
