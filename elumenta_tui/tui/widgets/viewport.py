"""The answers of a transcript, and which of their rows are in view.

The view is placed by an anchor, not by a row number: heights above it are partly estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from textual.geometry import Size

from elumenta_tui.chat.turn import Answer
from elumenta_tui.tui.widgets.place import Place
from elumenta_tui.tui.widgets.row_layout import START, Anchor, RowLayout

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.answer_view import AnswerView
    from elumenta_tui.tui.widgets.row import Row


class Viewport:
    """The rows of all answers, and the window through which the reader sees them.

    `size` returns the size of the widget in cells. `following_changed` is called whenever `following` has changed. No method paints.
    """

    def __init__(self, size: Callable[[], Size], following_changed: Callable[[], None]) -> None:
        self.layout: RowLayout[Row] = RowLayout()
        self.top: Anchor = START
        """The first row in view."""
        self.rows: list[Row] = []
        """The rows in view, as `fill` has found them."""
        self.is_held = False
        """True while a mouse button is down. The text under the mouse must not move then."""
        self.covered = 0
        """Rows at the top of the view that something else covers."""
        self.is_below = False
        """True if there is text below the view."""
        self._size = size
        self._following_changed = following_changed
        self._following = True
        self._answers: list[Answer] = []
        """The answers of all sections."""
        self._places: dict[Answer, int] = {}
        """Index of each answer's section, for the first answers. `index_of` adds the others, when it is asked for one of them."""
        self._reading = Place()

    @property
    def following(self) -> bool:
        """True if the view follows the end."""
        return self._following

    @following.setter
    def following(self, follows: bool) -> None:
        if follows != self._following:
            self._following = follows
            self._following_changed()

    # ------------------------------------------------------------------------------------------------------ answers

    def __len__(self) -> int:
        return len(self.layout.sections)

    @property
    def views(self) -> Sequence[AnswerView]:
        """All answers. The same list at every call, which grows when answers are added."""
        return cast("Sequence[AnswerView]", self.layout.sections)

    def view(self, index: int) -> AnswerView:
        """Return the section with that index; -1 is the last one."""
        return cast("AnswerView", self.layout.sections[index])

    def index_of(self, answer: Answer) -> int | None:
        """Return the index of an answer's section; None if it has none."""
        if self.is_last(answer):
            return len(self._answers) - 1
        places = self._places
        if len(places) < len(self._answers):
            places.update(
                zip(self._answers[len(places) :], range(len(places), len(self._answers)), strict=True)
            )
        return places.get(answer)

    def is_last(self, answer: Answer) -> bool:
        """Return whether no answer is below this one."""
        return bool(self._answers) and self._answers[-1] is answer

    def clear(self) -> None:
        """Remove all answers."""
        self.layout.clear()
        self._answers, self._places = [], {}
        self.top = START

    def begin(
        self,
        answers: Sequence[Answer],
        make: Callable[[int], AnswerView],
        guess: Callable[[int], list[int]],
    ) -> None:
        """Add the first answers. `make` and `guess` as in `Sections.fill`."""
        self.layout.fill(len(answers), make, guess)
        self._answers += answers

    def extend(self, views: Sequence[AnswerView]) -> None:
        """Add answers at the end."""
        self.layout.extend(views)
        self._answers += [view.answer for view in views]

    def renew(self, index: int) -> None:
        """Rebuild the view of an answer whose text was replaced."""
        if self.top.section == index:
            self.top = Anchor(index, 0, 0)
        self.view(index).renew()

    # ----------------------------------------------------------------------------------------------------- geometry

    @property
    def height(self) -> int:
        """Rows of the view."""
        return self._size().height

    @property
    def text_width(self) -> int:
        """Columns for text: the width without the scroll bar, at least 10."""
        return max(10, self._size().width - 1)

    @property
    def position(self) -> int:
        """Number of rows above the view, partly estimated."""
        return self.layout.position(self.top)

    @property
    def bottom(self) -> Anchor:
        """The first row of a view that ends with the last row."""
        return self.layout.bottom(self.height)

    @property
    def last(self) -> Anchor:
        """The last row in view."""
        return self.layout.move(self.top, max(0, self.height - 1))

    def row_of(self, anchor: Anchor) -> int:
        """Return the row of the view where an anchor is; negative above the view."""
        return self.layout.position(anchor) - self.position

    def row_at(self, y: int) -> Anchor:
        """Return the anchor of a row of the view."""
        return self.layout.move(self.top, y)

    # ------------------------------------------------------------------------------------------------------ placing

    def settle(self) -> None:
        """Place the view for its current size and text: at the end if it follows, else where the reader is."""
        height = self.height
        follows = self.following and not self.is_held
        bottom = self.layout.bottom(height)
        if follows:
            self.top = bottom
            self._reading.is_at_the_end(bottom)
        else:
            self.top = self.layout.clamp(self._reading.at(self.top, self.layout), height)
            self._reading.is_shown_at(self.top)
        self.is_below = not follows and self.top < bottom and self._has_text_below(height)

    def _has_text_below(self, height: int) -> bool:
        """Return whether there is text below the view. The blank row at the end does not count."""
        rows = self.layout.window(self.layout.move(self.top, height), 3)
        return any(not row.strip.text.isspace() for row in rows)

    def fill(self, height: int) -> None:
        """Lay out the first `height` rows in view."""
        self.rows = self.layout.window(self.top, height)
        self.layout.close_far()

    def scroll(self, count: int) -> None:
        """Move the view `count` rows down, or up if negative. At the end, follow it."""
        bottom = self.bottom
        self.top = min(self.layout.move(self.top, count), bottom)
        self.following = self.top >= bottom

    def go_to(self, position: int) -> None:
        """Move the view to a row number."""
        self.top = self.layout.anchor_at(position)
        self.following = self.top >= self.bottom

    def go_to_start(self) -> None:
        """Move the view to the first row."""
        self.top = START
        self.following = self.bottom <= START

    def show_row(self, row: Anchor) -> None:
        """Move a row into view, if it is not visible yet, with some rows above it."""
        height = self.height
        last = self.layout.move(self.top, max(0, height - 2))
        first = self.layout.move(self.top, self.covered)
        if first <= row <= last and not self.following:
            return
        if not first <= row <= last:
            self.top = self.layout.clamp(self.layout.move(row, -(height // 3)), height)
        # While an answer is running, following the end would move the row away.
        self.following = self.view(-1).answer.over and self.top >= self.layout.bottom(height)

    def show_pieces(self, section: int, first: int, last: int) -> None:
        """Move the view as little as possible to show the first of these pieces, and all of them if they fit."""
        start = Anchor(section, first, 0)
        after = self.layout.move(Anchor(section, last, 0), 1)
        height = self.height
        # A row above is left for the hint at a prompt, and for the prompt that stands above its answer.
        highest = self.layout.move(start, -1)
        if start < self.layout.move(self.top, self.covered):
            self.top, self.following = highest, False
        elif after > self.layout.move(self.top, height - 1):
            self.top = min(highest, self.layout.move(after, 2 - height))
            self.following = False

    def jump(self, step: int) -> int | None:
        """Move the next (1) or previous (-1) prompt to the top of the view, or go to the end behind the last one.

        Return the index of its section; None at the end.
        """
        at = self.top.section
        if step > 0:
            at += self.top >= self._prompt(at)
            if at >= len(self):
                self.following = True
                return None
        elif self.top <= self._prompt(at):
            at = max(0, at - 1)
        self.show_on_top(at)
        return at

    def show_on_top(self, section: int) -> None:
        """Move a prompt to the top of the view, as far as there is text below to fill it."""
        self.top = self._prompt(section) if section else START
        self.following = self.top >= self.bottom

    def _prompt(self, section: int) -> Anchor:
        return Anchor(section, self.view(section).prompt_at, 0)
