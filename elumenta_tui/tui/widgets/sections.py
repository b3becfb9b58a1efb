"""The sections of a row layout, which may be made when they are first looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar, overload

Row = TypeVar("Row")


class Section(Protocol[Row]):
    """A section of a row layout."""

    def guess(self, width: int) -> int:
        """Estimate the number of rows. Must be cheap and lay out nothing."""

    def pieces(self) -> Sequence[object]:
        """Return the pieces from top to bottom. An unchanged piece must be the same object again."""

    def guess_piece(self, piece: object, width: int) -> int:
        """Estimate the number of rows of a piece. Must be cheap."""

    def rows(self, piece: object, width: int) -> list[Row]:
        """Return the rows of a piece."""

    def close(self) -> bool:
        """Drop the pieces; `pieces` must be able to recreate as many.

        False if the section has to keep them.
        """


class Sections(Sequence[Section[Row]]):
    """The sections from top to bottom. Those of `fill` are made when they are first looked at: of thousands, few are."""

    def __init__(self) -> None:
        self._sections: list[Section[Row] | None] = []
        self._make: Callable[[int], Section[Row]] | None = None
        self._guess: Callable[[int], list[int]] = lambda width: []

    def __len__(self) -> int:
        return len(self._sections)

    @overload
    def __getitem__(self, index: int) -> Section[Row]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Section[Row]]: ...

    def __getitem__(self, index: int | slice) -> Section[Row] | Sequence[Section[Row]]:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        section = self._sections[index]
        if section is None:
            assert self._make is not None
            section = self._sections[index] = self._make(index % len(self))
        return section

    def clear(self) -> None:
        """Remove all sections."""
        self._sections, self._make, self._guess = [], None, lambda width: []

    def extend(self, sections: Sequence[Section[Row]]) -> None:
        """Add sections at the end."""
        self._sections += sections

    def fill(
        self, count: int, make: Callable[[int], Section[Row]], guess: Callable[[int], list[int]]
    ) -> None:
        """Replace all sections by `count` ones, which `make` makes by their index. `guess` guesses the rows of all of them at a
        width."""
        self._sections = [None] * count
        self._make, self._guess = make, guess

    def guesses(self, width: int) -> list[int]:
        """Estimate the rows of every section, without making any."""
        guesses = self._guess(width)
        return guesses + [section.guess(width) for section in self[len(guesses) :]]
