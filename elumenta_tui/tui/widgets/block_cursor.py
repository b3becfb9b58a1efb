"""The block cursor of the transcript: it stops at prompts, answers and their parts, to copy them and act on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from elumenta_tui.chat.turn import Answer
from elumenta_tui.tui.widgets.row_layout import Anchor
from elumenta_tui.tui.widgets.viewport import Viewport

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.stop import Stop


Steps = Literal["messages", "parts", "blocks"]
"""The step of a move: over prompts and answers; also over the parts of an answer, after the answer as a whole from either
side; or over parts alone, where an answer has any.
"""


def _order(stops: Sequence[Stop], step: int, by: Steps) -> list[int]:
    """Return the indexes of the stops of a section in the order of a move through it."""
    messages = sum(stop.kind in ("prompt", "answer") for stop in stops)
    parts = list(range(messages, len(stops)))[::step]
    if by == "messages" or not parts:
        return list(range(messages))[::step]
    prompt, answer = [0], list(range(1, messages)) if by == "parts" else []
    return [*prompt, *answer, *parts] if step > 0 else [*answer, *parts, *prompt]


def _behind(place: int, order: Sequence[int], step: int) -> Sequence[int]:
    """Return what follows a stop in that order. From a stop that is not in it, only the prompt is left on the way up."""
    if place in order:
        return order[order.index(place) + 1 :]
    return order[-1:] if step < 0 else ()


class BlockCursor:
    """The place of the cursor among the stops of all answers.

    `fold` is called with the index of each answer that the cursor enters or leaves, `paint` after the cursor or the view has moved.
    """

    def __init__(self, viewport: Viewport, fold: Callable[[int], None], paint: Callable[[], None]) -> None:
        self._viewport = viewport
        self._fold = fold
        self._paint = paint
        self._place: tuple[int, int] | None = None
        """Index of the section, and index of the stop in that section."""
        self._told: tuple[int, int] | None = None
        self._start: tuple[tuple[int, int], int] | None = None
        """The place at which the next move puts the cursor, while there are so many sections."""

    def has_moved(self) -> bool:
        """Return whether the cursor has moved, has appeared or was removed since the last call."""
        before, self._told = self._told, self._place
        return before != self._place

    # ------------------------------------------------------------------------------------------------------- moving

    def move(self, step: int, by: Steps = "parts") -> None:
        """Move to the next (1) or previous (-1) stop.

        Without a cursor, begin at the end. Behind the last stop, remove the cursor and follow the end.
        """
        viewport = self._viewport
        if not len(viewport):
            return
        start = self._start
        if start is not None and start[1] == len(viewport):
            self._set(start[0])
            self._paint()
            return
        section, place = self._place or (len(viewport), 0)
        rest = _behind(place, _order(self._stops(section), step, by), step)
        if not rest:
            section += step
            if section >= len(viewport):
                self.clear()
                viewport.following = True
                self._paint()
                return
            if section < 0:
                return
            rest = _order(self._stops(section), step, by)
        self._set((section, rest[0]))
        # The fold of another prompt may have changed the pieces.
        stop = self._stops(section)[rest[0]]
        viewport.show_pieces(section, stop.first, stop.last)
        self._paint()

    def start_at(self, section: int, piece: int) -> None:
        """Let the next move begin at the innermost stop that holds a piece of a section, whatever it was on before."""
        held = [
            (stop.last - stop.first, place)
            for place, stop in enumerate(self._stops(section))
            if stop.first <= piece <= stop.last
        ]
        self._start = ((section, min(held)[1]), len(self._viewport)) if held else None

    def set_on(self, section: int, kind: str) -> None:
        """Set the cursor on the first stop of that kind in a section, or on its first one. The view stays where it is."""
        stops = self._stops(section)
        place = next((place for place, stop in enumerate(stops) if stop.kind == kind), 0)
        self._set((section, place))
        self._paint()

    def clear(self) -> None:
        """Remove the cursor."""
        self.leave()
        self._paint()

    def leave(self) -> None:
        """Remove the cursor without painting."""
        self._set(None)

    @property
    def place(self) -> tuple[int, int] | None:
        """Index of the cursor's section, and index of the stop in it; None without a cursor."""
        return self._place

    def return_to(self, place: tuple[int, int] | None) -> None:
        """Move the cursor back to a former `place`, without painting."""
        self._set(place if place is None or self._stops(place[0]) else None)

    def forget(self) -> None:
        """Remove the cursor because all answers are replaced."""
        self._place = self._start = None

    def _set(self, place: tuple[int, int] | None) -> None:
        """Move the cursor. A long prompt or thoughts are shown in full under the cursor, and folded when it leaves."""
        before, self._place, self._start = self._place, place, None
        for changed in {before, place} - {None}:
            assert changed is not None
            self._fold(changed[0])

    def renewed(self, section: int) -> None:
        """Keep the place among the stops of an answer whose text was replaced. If there are fewer, move to the last one."""
        if self._place is not None and self._place[0] == section:
            self._place = section, min(self._place[1], len(self._stops(section)) - 1)

    def _stops(self, section: int) -> list[Stop]:
        if section >= len(self._viewport):
            return []
        return self._viewport.view(section).stops()

    # ------------------------------------------------------------------------------------------------ what is under it

    @property
    def under(self) -> tuple[int, Stop] | None:
        """The index of the cursor's section and the stop under the cursor; None without a cursor.

        The section may have fewer stops than when the cursor was set. Then the stop is the last one.
        """
        if self._place is None:
            return None
        section, place = self._place
        stops = self._stops(section)
        return section, stops[min(place, len(stops) - 1)]

    @property
    def stop(self) -> Stop | None:
        """The stop under the cursor; None without a cursor."""
        under = self.under
        return None if under is None else under[1]

    @property
    def text(self) -> str | None:
        """The source of the stop under the cursor; None without a cursor."""
        stop = self.stop
        return None if stop is None else stop.text

    @property
    def has_parts(self) -> bool:
        """True if the prompt or answer under the cursor belongs to an answer with parts that the cursor stops at."""
        return self._place is not None and any(
            stop.kind not in ("prompt", "answer") for stop in self._stops(self._place[0])
        )

    @property
    def answer(self) -> Answer | None:
        """The answer with the cursor; None without a cursor."""
        return None if self._place is None else self._viewport.view(self._place[0]).answer

    def kind_in(self, section: int) -> str:
        """Return the kind of the stop under the cursor; empty if the cursor is not in that section."""
        stop = self.stop if self._place is not None and self._place[0] == section else None
        return "" if stop is None else stop.kind

    # ---------------------------------------------------------------------------------------------------------- rows

    def rows(self) -> range:
        """Return the rows of the view that the stop under the cursor occupies."""
        under = self.under
        if under is None:
            return range(0)
        section, stop = under
        first = self._viewport.row_of(Anchor(section, stop.first, 0))
        after = self._viewport.row_of(Anchor(section, stop.last + 1, 0))
        return range(max(0, first), min(after, self._viewport.height))

    def numbers(self) -> dict[int, int]:
        """Return the numbers of the code blocks in the answer with the cursor, by the row of the view where they begin."""
        if self._place is None:
            return {}
        viewport, section = self._viewport, self._place[0]
        starts = [viewport.row_of(Anchor(section, stop.first, 0)) for stop in viewport.view(section).code()]
        return {y: number for number, y in enumerate(starts, 1) if 0 <= y < viewport.height}
