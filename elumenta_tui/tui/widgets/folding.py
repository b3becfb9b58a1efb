"""Folds long prompts and thoughts in the transcript, and shows them in full where the reader is."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence

from elumenta_tui.chat.turn import Answer
from elumenta_tui.tui.widgets.row_layout import Anchor
from elumenta_tui.tui.widgets.viewport import Viewport


class Folding:
    """Folds the answers of a viewport.

    `unfolded` returns what to show in full in the answer with that index: "prompt", "thoughts", "all", or anything else for nothing.
    `pinned` is what the reader has decided: see `ViewContext.pinned`.
    """

    def __init__(
        self,
        viewport: Viewport,
        unfolded: Callable[[int], str],
        pinned: MutableMapping[tuple[Answer, str], bool],
    ) -> None:
        self._viewport = viewport
        self._unfolded = unfolded
        self._pinned = pinned

    def toggle(self, section: int, kind: str, key: str = "") -> bool:
        """Fold what is under the cursor, or show it in full from now on; False if it has nothing to fold.

        A short prompt folds its answer, and a code block the answer that it is in. `key` names what is turned over instead: see `Faces`.
        """
        view = self._viewport.view(section)
        if key:
            self._pinned[view.answer, key] = not self._pinned.get((view.answer, key), False)
            self.fold(section)
            return True
        if kind == "prompt" and view.has_long_prompt:
            is_shown = view.is_unfolded
        elif kind == "thoughts" and view.thoughts:
            is_shown = view.shows_thoughts
        elif view.answer.has_text:
            kind, is_shown = "answer", not view.is_folded
        else:
            return False
        self._pinned[view.answer, kind] = not is_shown
        self.fold(section)
        return True

    def keep(self) -> None:
        """Fold the answers as the reader has left them, and forget those that are not shown."""
        for key in list(self._pinned):
            section = self._viewport.index_of(key[0])
            if section is None:
                del self._pinned[key]
            else:
                self.fold(section)

    def fold(self, section: int) -> None:
        """Fold a long prompt and the thoughts before an answer, or show them in full.

        Thoughts are also shown while they may be all that has arrived.
        """
        viewport, pinned = self._viewport, self._pinned
        view, kind = viewport.view(section), self._unfolded(section)
        answer, every = view.answer, kind == "all"
        is_unfolded = view.has_long_prompt and (every or pinned.get((answer, "prompt"), kind == "prompt"))
        is_open = kind == "thoughts" or view.is_thinking
        shows_thoughts = every or pinned.get((answer, "thoughts"), is_open)
        is_folded = not every and not pinned.get((answer, "answer"), True)
        turned = self._turned(answer)
        now = is_unfolded, shows_thoughts, is_folded, turned, every
        if (view.is_unfolded, view.shows_thoughts, view.is_folded, view.turned, view.is_all_shown) == now:
            return
        top = viewport.top
        reads_here = top.section == section
        before = view.pieces() if reads_here else ()
        view.is_unfolded, view.shows_thoughts, view.is_folded, view.turned, view.is_all_shown = now
        viewport.layout.changed(section)
        if reads_here:
            self.keep_place(section, before)

    def _turned(self, answer: Answer) -> frozenset[str]:
        return frozenset(key for (of, key), is_turned in self._pinned.items() if of is answer and is_turned)

    def keep_place(self, section: int, before: Sequence[object]) -> None:
        """Keep the top row of the view in place after the pieces of its section have changed from those `before`."""
        viewport = self._viewport
        view, top = viewport.view(section), viewport.top
        # If its piece is gone, use the piece that stands there instead.
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
