"""Limit how long the lexers of Pygments may delay the handling of keys.

Many of their regular expressions take quadratic or exponential time on some text, and an answer may hold any text. So all
lexers share a budget of processor time. Every character brings a few microseconds along; only time beyond that is taken
from the budget, so ordinary code never touches it. A single call gets at most half of what is left: two hundred hostile
blocks in a row take no longer than a few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import thread_time
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from elumenta_tui.markdown.deadline import TookTooLong, can_interrupt, in_main_thread, within
from elumenta_tui.markdown.time_budget import TimeBudget

if TYPE_CHECKING:
    from pygments.lexer import Lexer

P = ParamSpec("P")
R = TypeVar("R")

PER_CHARACTER = 15e-6
"""Seconds of processor time that a character may take without touching the budget. Ordinary lexers need 1 to 5 µs."""
LEAST = 0.01
"""Seconds that must be left for another try."""
STRIKES = 3
"""Blocks of a language that may take too long. After them the language stays plain until the program ends."""

_colouring = TimeBudget(0.2, 0.1)
_loading = TimeBudget(0.1, 0.2)
"""Budget for the first use of lexers. Loading one cannot be interrupted, and takes up to a quarter of a second."""
_strikes: Counter[type] = Counter()


@contextmanager
def unhurried() -> Iterator[None]:
    """Give lexers minutes: nobody waits for a key. Hostile text still ends."""
    global _colouring, _loading
    before = _colouring, _loading
    _colouring, _loading = TimeBudget(20.0, 0.5), TimeBudget(60.0, 1.0)
    try:
        yield
    finally:
        _colouring, _loading = before


def may_load() -> bool:
    """Return whether there is time to load another lexer. Outside the main thread there always is."""
    return not in_main_thread() or _loading.left > 0


@contextmanager
def loading() -> Iterator[None]:
    """Count the time of loading a lexer."""
    began = thread_time()
    try:
        yield
    finally:
        if in_main_thread():
            _loading.spend(thread_time() - began)


def run_within_budget(lexer: Lexer, size: int, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run work that highlights `size` characters, and return its result. Raises `TookTooLong` if there is no time for it."""
    kind = type(lexer)
    if _strikes[kind] >= STRIKES:
        raise TookTooLong
    if not can_interrupt():
        from elumenta_tui.markdown.safe_lexers import SAFE_LEXERS

        if kind.name not in SAFE_LEXERS:
            raise TookTooLong
        return work(*args, **kwargs)
    left = _colouring.left
    if left < LEAST:
        raise TookTooLong
    free = PER_CHARACTER * size
    began = thread_time()
    try:
        return within(left / 2 + free, work, *args, **kwargs)
    except TookTooLong:
        _strikes[kind] += 1
        raise
    finally:
        if (spent := thread_time() - began) > free:
            _colouring.spend(spent - free)
