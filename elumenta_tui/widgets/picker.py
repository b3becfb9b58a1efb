"""A list to choose from, filtered as one types: models, themes, commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from elumenta_tui.keyboard import to_qwerty
from elumenta_tui.widgets.dialog import Dialog, search_field
from elumenta_tui.words import say

Value = TypeVar("Value")

MOST = 200
"""Rows that are there at once. Who looks for one of more types a part of its name."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[Value]):
    """One row of a picker."""

    value: Value
    row: Callable[[int], Content]
    """Draws the row for a width in cells."""
    search: str
    """What the filter looks at."""
    enabled: bool = True


class Picker(Dialog[Value | None], Generic[Value]):
    """Type to filter, arrows to move, Enter to choose, Esc to leave."""

    AUTO_FOCUS = "Input"
    BINDINGS = [
        Binding("escape", "leave", show=False),
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
        fallback: Callable[[str], Choice[Value] | None] = lambda typed: None,
    ) -> None:
        """`fallback` makes a choice of what was typed, where nothing is like it."""
        super().__init__(classes="picker")
        self._title = title
        self._choices = choices
        self._current = current
        self._footnote = footnote
        # It may be asked to fill them when it is being left, and they have gone from it.
        self._filter = search_field(query, say("picker.filter"))
        self._head = Static(id="header", markup=False)
        self._options = OptionList(id="choices", markup=False)
        self._options.can_focus = False
        self._foot = Static(id="footnote", markup=False)
        self._header = header
        self._fallback = fallback
        self._shown: list[Choice[Value]] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = Content(self._title)
            yield self._filter
            yield self._head
            yield self._options
            yield self._foot

    def on_mount(self) -> None:
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fill)

    @on(Input.Changed)
    def refill(self) -> None:
        self._fill()

    @on(Input.Submitted)
    def choose(self) -> None:
        index = self._options.highlighted
        if index is not None and index < len(self._shown):
            self._pick(self._shown[index])

    @on(OptionList.OptionSelected)
    def choose_clicked(self, event: OptionList.OptionSelected) -> None:
        if event.option_index < len(self._shown):
            self._pick(self._shown[event.option_index])

    def _pick(self, choice: Choice[Value]) -> None:
        if choice.enabled:
            self.dismiss(choice.value)

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_move(self, rows: int) -> None:
        """Move the highlight, passing over what can't be chosen."""
        enabled = [index for index, choice in enumerate(self._shown) if choice.enabled]
        if not enabled:
            return
        options = self._options
        at = options.highlighted if options.highlighted is not None else enabled[0]
        place = min(range(len(enabled)), key=lambda i: abs(enabled[i] - at))
        target = place + rows
        if abs(rows) == 1:
            target %= len(enabled)
        options.highlighted = enabled[max(0, min(target, len(enabled) - 1))]

    def _fill(self) -> None:
        options, typed = self._options, self._filter.value
        is_like = finder(typed)
        found = [choice for choice in self._choices if is_like(choice.search)]
        self._shown = found[:MOST]
        if not typed:
            # Where one is has to be seen, however far down.
            self._shown += [choice for choice in found[MOST:] if choice.value == self._current]
        if not self._shown and (choice := self._fallback(typed)) is not None:
            self._shown = [choice]
        width = max(10, options.scrollable_content_region.width - 2)
        self._head.display = self._header is not None
        if self._header is not None:
            self._head.update(self._header(width))
        options.clear_options()
        options.add_options(
            [Option(choice.row(width), disabled=not choice.enabled) for choice in self._shown]
        )
        missing = len(found) - len(self._shown)
        footnote = say("picker.more", n=missing) if missing > 0 else self._footnote
        self._foot.update(Content.styled(footnote, "$foreground 60%"))
        if not self._shown:
            options.add_option(
                Option(Content.styled(say("picker.nothing"), "$foreground 60%"), disabled=True)
            )
        wanted = next(
            (i for i, choice in enumerate(self._shown) if choice.value == self._current and not typed), None
        )
        first = next((i for i, choice in enumerate(self._shown) if choice.enabled), None)
        options.highlighted = wanted if wanted is not None else first
        # The list knows how long it is when it has been laid out.
        options.call_after_refresh(options.scroll_to_highlight)


def finder(typed: str) -> Callable[[str], bool]:
    """Whether every word that was typed occurs in a text; also when it was typed in the wrong keyboard layout."""
    ways = [way.casefold().split() for way in {typed, to_qwerty(typed)}]

    def is_like(text: str) -> bool:
        text = text.casefold()
        return any(all(word in text for word in words) for words in ways)

    return is_like
