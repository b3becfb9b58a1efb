"""Letters that nothing else writes, one cell wide: where one appears on the screen, it is known what has been painted."""

from __future__ import annotations

from collections.abc import Iterator

_FIRST, _LAST = 0x1401, 0x1676
"""Canadian syllabics: every terminal font and width table has them, no answer does."""


def letters() -> Iterator[str]:
    """Letters, each of them once."""
    return map(chr, range(_FIRST, _LAST + 1))
