"""Folds long prompts and thoughts in the transcript, and shows them in full where the reader is."""

from __future__ import annotations

from collections.abc import Callable

from elumenta_tui.tui.widgets.row_layout import Anchor
from elumenta_tui.tui.widgets.viewport import Viewport


class Folding:
    """Folds the answers of a viewport.

    `unfolded` returns what to show in full in the answer with that index: "prompt", "thoughts", "all", or anything else for nothing.
    """

    def __init__(self, viewport: Viewport, unfolded: Callable[[int], str]) -> None:
        self._viewport = viewport
        self._unfolded = unfolded

    def fold(self, section: int) -> None:
        """Fold a long prompt and the thoughts before an answer, or show them in full.

        Thoughts are also shown while they may be all that has arrived.
        """
        viewport = self._viewport
        view, kind = viewport.view(section), self._unfolded(section)
        is_unfolded = kind in ("prompt", "all") and view.has_long_prompt
        shows_thoughts = kind in ("thoughts", "all") or view.is_thinking
        if (view.is_unfolded, view.shows_thoughts) == (is_unfolded, shows_thoughts):
            return
        top = viewport.top
        reads_here = top.section == section
        before = view.pieces() if reads_here else ()
        view.is_unfolded, view.shows_thoughts = is_unfolded, shows_thoughts
        viewport.layout.changed(section)
        if reads_here:
            # Keep the top row of the view in place. If its piece is gone, use the piece that stands there instead.
            places = {id(piece): place for place, piece in enumerate(view.pieces())}
            for above in range(min(top.piece, len(before) - 1), -1, -1):
                if (place := places.get(id(before[above]))) is not None:
                    is_there = above == top.piece
                    row = top.row if is_there else 0
                    viewport.top = Anchor(section, place if is_there else place + 1, row)
                    break
            else:
                viewport.top = Anchor(section, 0, 0)

    def fold_all(self) -> None:
        """Do the same for all answers."""
        for section in range(len(self._viewport)):
            self.fold(section)
