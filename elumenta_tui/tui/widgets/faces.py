"""What of an answer is folded to a line, and what shows its source instead of its drawing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from elumenta_tui.i18n import say
from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.details import Details, DetailsFinder, text_of_block, words_of
from elumenta_tui.markdown.drawn import Drawn
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.tui.widgets.answer_body import Part
from elumenta_tui.tui.widgets.stop import Stop
from elumenta_tui.tui.widgets.versions import shortened

_SUMMARY = TextStyle("text", bold=True)
_META = TextStyle("meta")
_ANY_WIDTH = 10_000


class FoldLine(Part):
    """The line of `<details>`, which stands for the blocks in it, or above them."""

    __slots__ = ("blocks", "gap", "is_open", "key", "summary")

    def __init__(self, key: str, summary: str, blocks: Sequence[Block], *, is_open: bool) -> None:
        super().__init__("details")
        self.key = key
        self.summary = summary
        self.blocks = blocks
        """The blocks in it, those of the tags included."""
        self.is_open = is_open
        self.gap = 0 if is_open else blocks[-1].gap

    @property
    def source(self) -> str:
        """What is copied: the text with its tags."""
        return "\n\n".join(text_of_block(block).rstrip("\n") for block in self.blocks)

    def lines(self, room: int) -> list[Line]:
        """Return the line, and the blank row below it."""
        sign = "▾ " if self.is_open else "▸ "
        behind = (
            ""
            if self.is_open
            else f" · {say('turn.words', n=words_of(self.blocks) - len(self.summary.split()))}"
        )
        summary = shortened(self.summary or say("turn.folded_details"), max(4, room - 2 - len(behind)))
        line = Line(((sign, _META), (summary, _SUMMARY), (behind, _META)))
        return [line, *[Line(())] * self.gap]


class Faces:
    """Replaces blocks of an answer by how they are shown.

    The keys name what was turned over by the reader: unfolded `details 0`, or `source 7` for the block with that index.
    """

    __slots__ = ("_details", "_drawn", "_lines", "_looked", "_of", "_sources")

    def __init__(self) -> None:
        self._details = DetailsFinder()
        self._drawn: list[int] = []
        self._looked = 0
        self._of: Sequence[Block] | None = None
        self._lines: dict[tuple[str, bool, int], FoldLine] = {}
        self._sources: dict[int, tuple[Drawn, Drawn]] = {}

    @property
    def folds(self) -> int:
        """Number of `<details>` that are closed."""
        return len(self._details.found)

    def pieces(
        self, blocks: Sequence[Block], still_open: Sequence[Block], turned: frozenset[str], *, every: bool
    ) -> list[object]:
        """Return the pieces for finished blocks and those of the unfinished end. With `every`, all text is shown as it is written."""
        found = self._details.look(blocks)
        self._look(blocks)
        pieces: list[object] = list(blocks)
        for index in self._drawn:
            if every or f"source {index}" in turned:
                pieces[index] = self._source(index, blocks[index])
        for number in range(len(found) - 1, -1, -1):
            self._replace(pieces, blocks, found[number], number, turned, every=every)
        return [*pieces, *still_open]

    def _look(self, blocks: Sequence[Block]) -> None:
        if blocks is not self._of:
            self._of, self._looked = blocks, 0
            self._drawn, self._sources, self._lines = [], {}, {}
        for index in range(self._looked, len(blocks)):
            if isinstance(blocks[index], Drawn):
                self._drawn.append(index)
        self._looked = len(blocks)

    def _source(self, index: int, block: Block) -> Drawn:
        assert isinstance(block, Drawn)
        if index not in self._sources:
            self._sources[index] = block, block.as_source()
        return self._sources[index][1]

    def _replace(
        self,
        pieces: list[object],
        blocks: Sequence[Block],
        details: Details,
        number: int,
        turned: frozenset[str],
        *,
        every: bool,
    ) -> None:
        key, first, last = f"details {number}", details.first, details.last
        if every:
            return
        is_open = key in turned
        line = self._lines.get((key, is_open, last))
        if line is None:
            line = FoldLine(key, details.summary, blocks[first : last + 1], is_open=is_open)
            self._lines[key, is_open, last] = line
        if not is_open:
            pieces[first : last + 1] = [line]
        elif details.is_bare:
            del pieces[last]
            pieces[first] = line
        else:
            pieces.insert(first, line)

    def stops(self, pieces: Sequence[object]) -> list[Stop]:
        """Return the stops of lines of `<details>`, and of drawings."""
        stops: list[Stop] = []
        keys = {id(block): index for index, block in enumerate(self._of or ())}
        keys |= {id(source): index for index, (_, source) in self._sources.items()}
        for place, piece in enumerate(pieces):
            if isinstance(piece, FoldLine):
                stops.append(Stop(place, place, partial(getattr, piece, "source"), "details", key=piece.key))
            elif isinstance(piece, Drawn):
                if not piece.shows_source and piece.drawing(_ANY_WIDTH) is None:
                    stops.append(
                        Stop(place, place, piece.source, "code", piece.code.language, piece.code.info)
                    )
                    continue
                index = keys.get(id(piece))
                key = "" if index is None else f"source {index}"
                stops.append(
                    Stop(place, place, piece.source, piece.kind, piece.code.language, piece.code.info, key)
                )
        return stops
