"""Cuts text that is searched piece by piece where no word is cut in two."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elumenta_tui.text.matching import Wanted
    from elumenta_tui.tui.widgets.expression import Expression

MOUTHFUL = 20_000
"""Characters to search in one step, which takes a millisecond or two."""


def whole_words(text: str, wanted: Wanted | Expression, *, is_end: bool) -> str:
    """Return the text up to its last blank, because the word behind it may continue; for an expression, up to its last newline.

    Return all of it at the end of the answer, or if it has no blank in at least `MOUTHFUL` characters. Shorter text without a
    blank gives an empty string: its word is incomplete.
    """
    if is_end:
        return text
    last = text.rfind("\n") if wanted.by_line else max(text.rfind(" "), text.rfind("\n"))
    if last >= 0:
        return text[: last + 1]
    return text if len(text) >= MOUTHFUL else ""
