"""A regular expression as what a search looks for, which can never hold up the program.

`re` may need time exponential in the length of a text, and keeps the interpreter to itself meanwhile. So every call here is
aborted after `CALL` seconds (see `markdown.deadline`), an expression that is slow in all is given up, and a match is looked for in
a bounded part of one line.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from time import thread_time

from elumenta_tui.markdown.deadline import TookTooLong, can_interrupt, within
from elumenta_tui.text.matching import Place

LENGTH = 300
"""Characters of an expression, at most."""
LINE = 2_000
"""Characters of a line that are searched at once. A match never goes beyond them."""
CALL = 0.03
"""Seconds of processor time that one call may take before the expression is given up."""
BURST = 0.06
"""Seconds that all calls together may take, beside `SHARE` for each character."""
SHARE = 3e-6
"""Seconds for each character that was searched. A usual expression takes a tenth of it."""
_KEPT = 2_000
"""Lines whose matches are remembered: the rows in view are looked through with every frame."""
_NO_LETTERS = re.compile(r"\\.|\(\?P", re.DOTALL)
"""Matches capital letters of the syntax."""


class BadExpression(Exception):
    """The text is no expression that can be used."""

    def __init__(self, kind: str, place: int = 0) -> None:
        """`kind`: "bad", "long" or "unavailable"; `place`: the number of the character at fault, from 1, or 0."""
        super().__init__(kind)
        self.kind = kind
        self.place = place


class Expression:
    """Finds the matches of a regular expression, line by line. Ignores case unless the expression has a capital letter."""

    by_line = True
    looser = None

    def __init__(self, source: str) -> None:
        """Raises BadExpression if the text is no expression, is too long, or if this system can't abort a match."""
        self.source = source
        self.is_too_slow = False
        """True once it was given up. From then on it matches nothing."""
        self._spent = 0.0
        self._allowed = BURST
        self._known: dict[str, list[Place]] = {}
        if len(source) > LENGTH:
            raise BadExpression("long")
        if source and not can_interrupt():
            raise BadExpression("unavailable")
        try:
            self._pattern = within(CALL, _compiled, source) if source else re.compile(r"(?!)")
        except re.error as error:
            raise BadExpression("bad", (error.pos or 0) + 1 if error.pos is not None else 0) from None
        except TookTooLong:
            raise BadExpression("long") from None
        except (OverflowError, RecursionError, MemoryError, ValueError):
            raise BadExpression("bad") from None

    def __bool__(self) -> bool:
        return bool(self.source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.source == other.source

    def __hash__(self) -> int:
        return hash(self.source)

    def has_all(self, words: Iterable[str]) -> bool:
        """Return whether there was any match."""
        return any(True for _ in words)

    def places(self, text: str) -> Iterator[Place]:
        """Yield every match that is not empty, in order; none once the expression is too slow."""
        known = self._known.get(text)
        if known is None:
            known = self._search(text)
            if len(text) <= LINE:
                if len(self._known) >= _KEPT:
                    self._known.clear()
                self._known[text] = known
        return iter(known)

    def _search(self, text: str) -> list[Place]:
        if self.is_too_slow or not text:
            return []
        self._allowed += SHARE * len(text)
        started = thread_time()
        try:
            found = within(min(CALL, self._allowed - self._spent), self._found, text)
        except TookTooLong:
            found = []
            self.is_too_slow = True
        self._spent += thread_time() - started
        if self._spent > self._allowed:
            self.is_too_slow = True
        # Time that a fast expression has left over is no permission to be slow later.
        self._allowed = min(self._allowed, self._spent + BURST)
        return found

    def _found(self, text: str) -> list[Place]:
        found: list[Place] = []
        start = 0
        while start < len(text):
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            for begin in range(start, max(end, start + 1), LINE):
                stop = min(end, begin + LINE)
                matches = self._pattern.finditer(text, begin, stop)
                found += [Place(*match.span(), "match") for match in matches if match.end() > match.start()]
            start = end + 1
        return found


def _compiled(source: str) -> re.Pattern[str]:
    flags = re.MULTILINE
    if not any(letter.isupper() for letter in _NO_LETTERS.sub("", source)):
        flags |= re.IGNORECASE
    with warnings.catch_warnings():
        # Warnings would be printed over the screen.
        warnings.simplefilter("ignore")
        return re.compile(source, flags)
