"""The settings: every option with its value, and below the list what the highlighted one is for and where its value comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from elumenta_tui.config.option_rows import OptionRow
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.dialog import Dialog, search_field
from elumenta_tui.tui.widgets.key_hints import KeyHints
from elumenta_tui.tui.widgets.picker import finder
from elumenta_tui.tui.widgets.row_list import RowList

NAME_WIDTH = 16
"""Cells of a name, and the blank behind it."""

SOURCE_WIDTH = 14
"""Cells of the word for the source; none where a row is narrower than `NARROW`."""

NARROW = 50

VALUE_WIDTH = 21
"""Cells of a value where the sentence stands behind it."""

WIDE = 84
"""Cells of a row in which the sentence stands, too."""

MARK, WRONG = "● ", "! "


class RowWords(NamedTuple):
    """What is said of a row."""

    value: str
    source: str
    """One word."""
    sentence: str
    notes: Sequence[str]
    """Sentences that should be seen."""
    facts: str
    """The default, and where the value comes from."""
    brief_facts: str
    """The same for a narrow screen."""


class SettingsScreen(Dialog[None]):
    """Type to filter, arrows to move, Enter to change, Delete or F8 to restore the default, Esc to close.

    Args:
        rows: returns the options.
        words: returns what is said of one.
        trouble: returns why the file can't be read now; empty if it can.
        edit: changes an option.
        reset: gives an option its default.
    """

    AUTO_FOCUS = "Input"
    BINDINGS = [
        Binding("enter", "edit", show=False, priority=True),
        Binding("f8", "reset", show=False, priority=True),
        Binding("delete", "delete", show=False, priority=True),
        Binding("escape,ctrl+c", "leave", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
    ]

    def __init__(
        self,
        rows: Callable[[], Sequence[OptionRow]],
        *,
        words: Callable[[OptionRow], RowWords],
        trouble: Callable[[], str],
        edit: Callable[[OptionRow], object],
        reset: Callable[[OptionRow], object],
    ) -> None:
        super().__init__(classes="picker -settings")
        self._options = rows
        self._words = words
        self._trouble = trouble
        self._edit, self._reset = edit, reset
        self._filter = search_field("", say("picker.filter"))
        self.rows: RowList[OptionRow] = RowList(self._row, id="choices")
        self._detail = Static(id="detail", markup=False)
        self._foot = KeyHints()
        self._listed: str | None = None
        """The filter text of the listed options; None before the list is filled."""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield self._filter
            yield self.rows
            yield self._detail
            yield self._foot

    def on_mount(self) -> None:
        self.refill()
        # What is wrong is seen first.
        rows = self.rows.items
        self.rows.show(rows, next((i for i, row in enumerate(rows) if row.problem is not None), 0))

    def refill(self) -> None:
        """Show the options as they are now, in the language in use. The highlight stays on its option."""
        for dialog in self.query("#dialog"):
            dialog.border_title = Content(say("options.title"))
        self._filter.placeholder = say("picker.filter")
        was = self.rows.item
        self._fill(was.name if was is not None else "")

    @on(Input.Changed)
    def refilter(self) -> None:
        """List the options that match the filter text, if it has changed."""
        if self._listed != self._filter.value:
            was = self.rows.item
            self._fill("" if self._filter.value or was is None else was.name)

    def _fill(self, name: str = "") -> None:
        """List the options that match the filter text, and highlight the one of that name, or the first."""
        self._listed = typed = self._filter.value
        is_like = finder(typed)
        options = self._options()
        found = [row for row in options if is_like(row.name)]
        found += [row for row in options if row not in found and is_like(self._searched(row))]
        if not typed:
            found = list(options)
        nothing = say("picker.nothing_like", typed=clean_line(typed, 40))
        self.rows.empty = Content.styled(f" {nothing}", "$warning")
        self.rows.show(found, next((i for i, row in enumerate(found) if row.name == name), 0))
        self._explain()

    def _searched(self, row: OptionRow) -> str:
        words = self._words(row)
        return f"{row.name} {words.value} {words.source} {words.sentence}"

    # ---------------------------------------------------------------------------------------------------------- drawing

    def _row(self, row: OptionRow, width: int) -> Content:
        words = self._words(row)
        mark = (WRONG, "bold $warning") if row.problem else (MARK if not row.is_default else "  ", "$accent")
        name = Content.styled(row.name.ljust(NAME_WIDTH), "" if row.is_default else "bold")
        chosen = "" if row.is_default else "bold $accent"
        room = width - len(WRONG) - NAME_WIDTH
        if width < NARROW:
            value = Content(words.value).truncate(max(4, room), ellipsis=True)
            return Content.assemble(mark, name, value.stylize(chosen))
        is_wide = width >= WIDE
        value_width = VALUE_WIDTH if is_wide else room - SOURCE_WIDTH
        value = Content(words.value).truncate(value_width - 1, ellipsis=True, pad=True).stylize(chosen)
        source = Content.styled(words.source.ljust(SOURCE_WIDTH), "" if not row.is_default else "$muted")
        about = Content("")
        if is_wide:
            about = Content(words.sentence).truncate(max(4, room - value_width - SOURCE_WIDTH), ellipsis=True)
        return Content.assemble(mark, name, value, " ", source, about.stylize("$muted"))

    @on(RowList.Moved)
    def _explain(self) -> None:
        """Say what the highlighted option is for, and what should be known of its value."""
        row = self.rows.item
        parts: list[Content] = []
        if trouble := self._trouble():
            parts.append(Content.styled(trouble, "$warning"))
        if row is not None:
            words = self._words(row)
            facts = words.facts if self.size.width >= NARROW else words.brief_facts
            parts.append(Content(words.sentence))
            parts += [Content.styled(note, "$warning") for note in words.notes]
            parts.append(Content.styled(facts, "$muted"))
        self._detail.update(Content("\n").join(parts))
        is_narrow = self.size.width < NARROW
        self._foot.update(say("options.footnote_short" if is_narrow else "options.footnote"))

    # ------------------------------------------------------------------------------------------------------------- keys

    def on_resize(self, event: events.Resize) -> None:
        self.rows.refresh()
        self._explain()

    def action_move(self, rows: int) -> None:
        """Highlight the option that many rows further down."""
        self.in_order(partial(self._move, rows))

    def _move(self, rows: int) -> None:
        self.refilter()
        self.rows.move(rows)

    def action_page(self, pages: int) -> None:
        self.in_order(partial(self.rows.page, pages))

    def action_edit(self) -> None:
        self.in_order(self._edit_highlighted)

    @on(RowList.Chosen)
    def _edit_highlighted(self) -> None:
        self.refilter()
        # What a key before this one has opened may be above.
        if (row := self.rows.item) is not None and self.app.screen is self:
            self._edit(row)

    def action_delete(self) -> None:
        """Delete the next character of the filter text; restore the default where there is none."""
        self.in_order(self._delete)

    def _delete(self) -> None:
        if self._filter.cursor_position < len(self._filter.value):
            self._filter.action_delete_right()
        else:
            self._reset_highlighted()

    def action_reset(self) -> None:
        self.in_order(self._reset_highlighted)

    def _reset_highlighted(self) -> None:
        self.refilter()
        if (row := self.rows.item) is not None and self.app.screen is self:
            self._reset(row)

    def action_leave(self) -> None:
        self.in_order(super().action_leave)
