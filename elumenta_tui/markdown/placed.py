"""Markdown → blocks, each with the quotes, lists and items around it: for formats that nest, which rows on a screen do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.container import Container
from elumenta_tui.markdown.growing import Lines
from elumenta_tui.markdown.inline import Inline
from elumenta_tui.markdown.leaf import Leaf
from elumenta_tui.markdown.structure import Structure


class Placed(NamedTuple):
    """A block and its place in the document."""

    block: Block
    containers: Sequence[Container]
    """What it is in, outermost first. Blocks in the same quote or item have the same object there."""
    leaf: int
    """Number of the text that it is a piece of: a long paragraph or table is several blocks."""


class _PlacingStructure(Structure):
    """Remembers the place of each block that it makes."""

    def __init__(self, inline: Inline) -> None:
        super().__init__(inline)
        self.places: list[tuple[Sequence[Container], int]] = []
        self._around: Sequence[Container] = ()
        self._leaves = 0

    def _begin(self, leaf: Leaf, depth: int) -> None:
        # First what is open ends, which belongs to the place before.
        self._make_room(depth, in_list=False)
        self._around = tuple(self._containers)
        self._leaves += 1
        super()._begin(leaf, len(self._containers))

    def _made(self, count: int) -> None:
        self.places += [(self._around, self._leaves)] * count


def placed(source: str) -> Iterator[Placed]:
    """Yield the blocks of a complete text with their places, as `growing.render` returns them without."""
    inline = Inline()
    blocks, places = _parse(source, inline)
    if inline.references.needs_reparse or inline.never_closed:
        blocks, places = _parse(source, inline)
    for block, (containers, leaf) in zip(blocks, places, strict=True):
        yield Placed(block, containers, leaf)


def _parse(source: str, inline: Inline) -> tuple[list[Block], list[tuple[Sequence[Container], int]]]:
    structure = _PlacingStructure(inline)
    lines = Lines(structure)
    blocks = [*lines.feed(source), *lines.finish()]
    return blocks, structure.places
