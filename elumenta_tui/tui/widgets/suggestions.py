"""What a typed slash word may become, and which of it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import NamedTuple


class Suggestion(NamedTuple):
    """One line that the typed one may become."""

    line: str
    """The whole line, as Enter takes it."""
    title: str
    takes_more: bool = False
    """Whether something may follow the line: completing it adds a blank."""


class Suggestions:
    """The lines that fit what is typed, and the one of them that has been chosen."""

    def __init__(self) -> None:
        self.find: Callable[[str], Sequence[Suggestion]] = lambda line: ()
        """Returns the lines that a typed one may become."""
        self.items: Sequence[Suggestion] = ()
        self.place: int | None = None
        """Which of the items is chosen; None until an arrow key or Tab chooses one."""
        self._line: str | None = None
        self._closed_at: str | None = None

    def follow(self, line: str | None) -> None:
        """List what a line may become; None is a text that can't be a command."""
        if line != self._line:
            self._line = line
            self.place = None
            if line != self._closed_at:
                self._closed_at = None
            self.items = self.find(line) if line is not None and self._closed_at is None else ()

    def forget(self) -> None:
        """Look again with the next `follow`: something else has changed than the line."""
        self._line = None
        self.items = ()
        self.place = None

    def close(self, line: str | None) -> bool:
        """List nothing for that line; whether something was listed."""
        was_out = bool(self.items)
        self._line = self._closed_at = line
        self.items = ()
        self.place = None
        return was_out

    @property
    def chosen(self) -> Suggestion | None:
        """The item that Enter takes in place of the typed line: the one that was chosen, or the only one."""
        if self.place is not None:
            return self.items[self.place]
        return self.items[0] if len(self.items) == 1 else None

    def move(self, step: int) -> bool:
        """Choose the next item, or the one before, around the ends; False if there is none."""
        if not self.items:
            return False
        if self.place is None:
            self.place = 0 if step > 0 else len(self.items) - 1
        else:
            self.place = (self.place + step) % len(self.items)
        return True

    def completed(self) -> str | None:
        """What the typed line becomes by Tab: the chosen line, the only one, or what all of them begin with.

        None if that is nothing new.
        """
        one = self.chosen
        if one is not None:
            longer = one.line + (" " if one.takes_more else "")
        else:
            longer = _common_start([item.line for item in self.items])
        typed = self._line or ""
        grows = one is not None or (len(longer) > len(typed) and longer.startswith(typed))
        return longer if grows and longer != typed else None


def _common_start(lines: Sequence[str]) -> str:
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*lines, strict=False))
    return "".join(letters[0] for letters in alike)
