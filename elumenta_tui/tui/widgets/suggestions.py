"""The completions of a typed slash word, and which of them is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from elumenta_tui.lean import Frozen


class Suggestion(Frozen):
    """One completion of the typed line."""

    line: str
    """The whole line that Enter submits."""
    title: str
    takes_more: bool = False
    """True if an argument may follow. Completing the line then adds a space."""
    describe: Callable[[], str] | None = None
    """Returns the title when the row is painted, because it is read from a file; None: it is `title`."""
    path: str = ""
    """The completed path as it is, without the quotes that blanks need; empty if it is no path."""
    inserts: str | None = None
    """The text that replaces the typed beginning once a path is taken. None: the completion does not end it."""
    taken: Callable[[], object] | None = None
    """Called when a path is taken."""


class Suggestions:
    """The completions of the typed line, and the index of the chosen one."""

    def __init__(self) -> None:
        self.find: Callable[[str], Sequence[Suggestion]] = lambda line: ()
        """Returns the completions of a typed line."""
        self.items: Sequence[Suggestion] = ()
        self.place: int | None = None
        """The index of the chosen item; None until an arrow key or Tab chooses one."""
        self._line: str | None = None
        self._closed_at: str | None = None

    def follow(self, line: str | None) -> None:
        """Update the completions for a line; None is a text that can't be a command."""
        if line != self._line:
            self._line = line
            self.place = None
            if line != self._closed_at:
                self._closed_at = None
            self.items = self.find(line) if line is not None and self._closed_at is None else ()

    def forget(self) -> None:
        """Make the next `follow` search again, because something else than the line has changed."""
        self._line = None
        self.items = ()
        self.place = None

    def close(self, line: str | None) -> bool:
        """Hide the completions of that line; returns whether there were any."""
        was_out = bool(self.items)
        self._line = self._closed_at = line
        self.items = ()
        self.place = None
        return was_out

    @property
    def chosen(self) -> Suggestion | None:
        """The item that Enter submits in place of the typed line: the chosen one, or the only one."""
        if self.place is not None:
            return self.items[self.place]
        return self.items[0] if len(self.items) == 1 else None

    def move(self, step: int) -> bool:
        """Choose the next item, or the previous one, wrapping at the ends; False if there are no items."""
        if not self.items:
            return False
        if self.place is None:
            self.place = 0 if step > 0 else len(self.items) - 1
        else:
            self.place = (self.place + step) % len(self.items)
        return True

    def completed(self) -> str | None:
        """Return the line that Tab completes to: the chosen one, the only one, or the common beginning of all.

        None if the line would not change, or would lose typed letters to the common beginning.
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
