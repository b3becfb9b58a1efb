"""A list of choices that is filtered while typing: models, themes, commands."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from elumenta_tui.i18n import say
from elumenta_tui.text.layouts import to_qwerty
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.dialog import Dialog, search_field
from elumenta_tui.tui.widgets.key_hints import KeyHints, key_rows
from elumenta_tui.tui.widgets.row_list import ROW_MARGIN, RowList

Value = TypeVar("Value")

MOST = 200
"""Rows that are listed at once, at most. The filter finds the rest."""

WIDEST, AROUND = 96, 4
"""The dialog's maximum width in cells, and the cells of its frame and padding, as in the style sheet."""

MARK = "● "
"""Marks the current choice."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[Value]):
    """One row of a picker."""

    value: Value
    row: Callable[[int], Content]
    """Draws the row for a width in cells."""
    search: str
    """The text that the filter searches first. Matches in it are listed above the rest."""
    also: Callable[[int], str] = lambda width: ""
    """Returns more text for the filter, for a width in cells: what the row shows, and synonyms."""
    enabled: bool = True
    why: str = ""
    """The reason why it can't be chosen, in a sentence; used if it is not enabled."""


class Picker(Dialog[Value | None], Generic[Value]):
    """Type to filter, arrows to move, Enter to choose, Esc to close."""

    AUTO_FOCUS = "Input"
    BINDINGS = [
        Binding("enter", "choose", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
        Binding("ctrl+p", "move(-1)", show=False, priority=True),
        Binding("ctrl+n", "move(1)", show=False, priority=True),
        Binding("ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[Value]],
        *,
        current: Value | None = None,
        footnote: str = "",
        query: str = "",
        header: Callable[[int], Content] | None = None,
        fallback: Callable[[str], Sequence[Choice[Value]]] = lambda typed: (),
        preview: Callable[[Value], None] | None = None,
    ) -> None:
        """Create a picker.

        Args:
            current: is marked, and selected first.
            fallback: creates choices from the filter text if nothing matches it.
            preview: is called with every choice that is selected, before one is chosen.
        """
        super().__init__(classes="picker" if preview is None else "picker -previews")
        self._title = title
        self._choices = choices
        self._current = current
        self._footnote = footnote
        # Created here and not in `compose`: the list may be filled while the dialog closes and its children are gone.
        self._filter = search_field(query, say("picker.filter"))
        self._rows: RowList[Choice[Value]] = RowList(
            self._row, can_choose=lambda choice: choice.enabled, clicks=1, id="choices"
        )
        self._foot = KeyHints()
        self._note: str | Content = ""
        self._header = header
        self._fallback = fallback
        self._preview = preview
        self._listed: str | None = None
        """The filter text of the listed choices; None before the list is filled."""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self._title)
            # Set before the first frame; the dialog would jump otherwise.
            dialog.styles.height = self._wanted_height(self.app.size.width)
            yield self._filter
            if self._header is not None:
                yield Header(partial(self._beside_mark, " " * len(MARK), self._header))
            yield self._rows
            yield self._foot

    def on_mount(self) -> None:
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#dialog").styles.height = self._wanted_height(event.size.width)

    @on(Input.Changed)
    def refilter(self) -> None:
        """List the choices that match the filter text, if it has changed."""
        if self._listed != self._filter.value:
            self._fill()

    def replace_choices(
        self, choices: Sequence[Choice[Value]], identity: Callable[[Value], Hashable]
    ) -> None:
        """Replace the choices while the dialog is open; the selected one stays selected if it is still listed.

        Args:
            identity: returns what tells one value from another, in the old choices and the new ones.
        """
        selected = self._rows.item
        self._choices = choices
        self._fill()
        if selected is not None:
            same = identity(selected.value)
            places = [i for i, choice in enumerate(self._rows.items) if identity(choice.value) == same]
            self._rows.show(self._rows.items, next(iter(places), self._rows.highlighted))
        # None yet if the choices come between the key that opens the dialog and its first layout.
        for dialog in self.query("#dialog"):
            dialog.styles.height = self._wanted_height(self.app.size.width)

    @on(RowList.Moved)
    def show_preview(self) -> None:
        choice = self._rows.item
        if self._preview is not None and choice is not None and choice.enabled and not self.is_left:
            self._preview(choice.value)

    def action_choose(self) -> None:
        self.in_order(self.choose)

    @on(RowList.Chosen)
    def choose(self) -> None:
        self.refilter()
        choice = self._rows.item
        if choice is not None:
            self._pick(choice)

    def _pick(self, choice: Choice[Value]) -> None:
        if choice.enabled:
            self.dismiss(choice.value)
        elif choice.why:
            self._foot.update(Content.styled(choice.why, "$warning"))

    def action_leave(self) -> None:
        self.in_order(super().action_leave)

    def action_move(self, rows: int) -> None:
        """Move the selection, skipping choices that are disabled."""
        self.in_order(partial(self._move, rows))

    def _move(self, rows: int) -> None:
        self.refilter()
        self._foot.update(self._note)
        self._rows.move(rows)

    def _fill(self) -> None:
        """List the choices that match the filter text, with the current or the first one selected."""
        self._listed = typed = self._filter.value
        is_like = finder(typed)
        width = self._inner_width(self.app.size.width) - ROW_MARGIN - len(MARK)
        found = [choice for choice in self._choices if is_like(choice.search)]
        named = {id(choice) for choice in found}
        found += [
            choice
            for choice in self._choices
            if id(choice) not in named and is_like(f"{choice.search} {choice.also(width)}")
        ]
        shown = found[:MOST]
        if not typed:
            # The current choice must be visible, however far down it is.
            shown += [choice for choice in found[MOST:] if choice.value == self._current]
        if not shown:
            shown = [*self._fallback(typed)]
        missing = len(found) - len(shown)
        footnote = say("picker.more", n=missing) if missing > 0 else self._footnote
        self._note = footnote
        self._foot.update(self._note)
        wanted = next(
            (i for i, choice in enumerate(shown) if choice.value == self._current and not typed), None
        )
        first = next((i for i, choice in enumerate(shown) if choice.enabled), 0)
        nothing = say("picker.nothing_like", typed=clean_line(typed, 40))
        self._rows.empty = Content.styled(f" {nothing}", "$warning")
        self._rows.show(shown, wanted if wanted is not None else first)

    def _row(self, choice: Choice[Value], width: int) -> Content:
        mark = MARK if choice.value == self._current else " " * len(MARK)
        row = self._beside_mark(mark, choice.row, width)
        return row if choice.enabled else row.stylize_before("$muted")

    def _beside_mark(self, mark: str, draw: Callable[[int], Content], width: int) -> Content:
        """Draw a row after its mark. Without a current choice there are no marks and no space for them."""
        if self._current is None:
            return draw(width)
        return Content.assemble((mark, "bold $success"), draw(width - len(mark)))

    @staticmethod
    def _inner_width(width: int) -> int:
        """Return the cells inside the dialog on a screen of that width."""
        return min(WIDEST, width * 92 // 100) - AROUND

    def _wanted_height(self, width: int) -> int:
        """Return the rows of all choices and what is around them; the style sheet limits them to the screen.

        The height does not depend on the filter text, so the dialog does not move while the user types.
        """
        footnote = len(key_rows(self._footnote, self._inner_width(width)))
        filter_and_air, frame = 3, 2
        header = 0 if self._header is None else 1
        return frame + filter_and_air + header + min(len(self._choices), MOST + 1) + footnote


class Header(Widget):
    """The column headings, drawn for the width of the rows below."""

    def __init__(self, draw: Callable[[int], Content]) -> None:
        super().__init__(id="header")
        self._draw = draw

    def render(self) -> Content:
        return Content.assemble("  ", self._draw(self.size.width - ROW_MARGIN))


def finder(typed: str) -> Callable[[str], bool]:
    """Return a predicate: whether a text contains every typed word, in either keyboard layout."""
    ways = [way.casefold().split() for way in {typed, to_qwerty(typed)}]

    def is_like(text: str) -> bool:
        text = text.casefold()
        return any(all(word in text for word in words) for words in ways)

    return is_like
