"""The block structure of a document, line by line: which quotes and lists a line is in, and what it starts there.

Implements the algorithm of the CommonMark specification (appendix, phase 1). Each line is looked at once and never again,
so the result cannot depend on how the text was cut in transit.

(Over 400 lines: what a line starts, and among which containers, is one decision.)
"""

from __future__ import annotations

import copy
import re
from typing import NamedTuple, Self

from elumenta_tui.markdown.alert import AlertLine
from elumenta_tui.markdown.blocks import Block, Margin
from elumenta_tui.markdown.code import Fence, IndentedCode
from elumenta_tui.markdown.container import (
    ALERT,
    BULLETS,
    DEFINITION,
    FOOTNOTE,
    Container,
    Item,
    List,
    Quote,
    footnote_sign,
    task_box,
)
from elumenta_tui.markdown.cursor import Cursor
from elumenta_tui.markdown.diagram import DiagramFence
from elumenta_tui.markdown.heading import HeadingLine, RuleLine
from elumenta_tui.markdown.inline import Inline
from elumenta_tui.markdown.leaf import LONG, Blank, Leaf
from elumenta_tui.markdown.paragraph import Paragraph
from elumenta_tui.markdown.style import Run
from elumenta_tui.markdown.table import TableRows
from elumenta_tui.markdown.verbatim import Html, Math, Thoughts

_ITEM = re.compile(r"([-+*]|(\d{1,9})([.)]))(?= |$)")
_TASK = re.compile(r"\[([ xX])\] +(?=\S)")
_UNDERLINE = re.compile(r"(=+|-+) *$")


STARTS = (HeadingLine.start, DiagramFence.start, Fence.start, Html.start, Math.start, RuleLine.start)
"""Constructors of everything a line may start, tried in this order. All of these may interrupt a paragraph.

A new element is a class in a module of its own, and a row here.
"""


DEEPEST = 100
"""Quotes and lists inside each other, at most; deeper ones are text. Every line has to pass all containers around it."""


class _Place(NamedTuple):
    """The position of a block among its containers."""

    keys: tuple[tuple[int, bool, Run], ...] = ()
    """Key, whether it is a list, and margin of each container."""
    is_after_blank: bool = False
    is_title: bool = False
    """True if what follows belongs to the block."""

    def gap_before(self, following: _Place) -> tuple[int, tuple[Run, ...]]:
        """Return the blank rows between two blocks, and the quote bars beside them.

        Within a list the source decides; elsewhere there is one row. (CommonMark calls a list loose for one blank line
        anywhere in it, which is known only at its end.)
        """
        if self.is_title and any(key == self.keys[-1][0] for key, _, _ in following.keys):
            return 0, ()
        common = [mine for mine, other in zip(self.keys, following.keys, strict=False) if mine[0] == other[0]]
        if any(is_list for _, is_list, _ in common) and not following.is_after_blank:
            return 0, ()
        runs = [run for _, _, run in common if run[0]]
        while runs and not runs[-1][0].strip():
            runs.pop()
        return 1, tuple(runs)


class Structure:
    """Turns lines into blocks."""

    def __init__(self, inline: Inline) -> None:
        self.inline = inline
        self._finished: list[Block] = []
        self._containers: list[Container] = []
        self._keys = 0
        self._paragraphs = 0
        self._is_begun = False
        self._leaf: Leaf | None = None
        self._leaf_margin = Margin()
        self._leaf_place = _Place()
        self._last: Block | None = None
        """The last block of the last leaf: complete, except for the gap after it."""
        self._last_place = _Place()
        self._is_after_blank = False
        self._is_in_long_line = False
        self._is_draft = False

    def draft(self) -> Self:
        """Return a copy that shows the result if the document ended here, or after one more line."""
        clone = copy.copy(self)
        clone._is_draft = True
        clone._finished = []
        clone._containers = [copy.copy(container) for container in self._containers]
        clone._leaf = self._leaf.draft() if self._leaf else None
        return clone

    @property
    def last(self) -> Block | None:
        """The block that will be finished next: complete, except for the gap after it. None if there is none."""
        return self._last

    @property
    def is_in_code(self) -> bool:
        """True if the open block accepts lines without looking at their marks."""
        return self._leaf is not None and self._leaf.comes_first

    def pop_finished(self) -> list[Block]:
        """Return the blocks that have become final, each once."""
        finished, self._finished = self._finished, []
        return finished

    # lines
    def line(self, raw: str, is_long: bool = False) -> None:
        """Append a line without its newline, or the beginning of a long one."""
        cursor = Cursor(raw, is_long)
        self._is_in_long_line = is_long
        if self._leaf is not None and self._leaf.is_over:
            self._end_leaf()
        depth = 0
        for container in self._containers:
            if not container.continues(cursor):
                break
            depth += 1
        is_inside = depth == len(self._containers)

        if self._leaf is not None and self._leaf.comes_first:
            if is_inside and self._leaf.accept(cursor):
                self._collect_finished()
                return
            self._end_leaf()

        matched = depth
        depth, is_taken = self._start_blocks(cursor, depth)
        if is_taken:
            return
        if cursor.is_blank:
            self._close(depth)
            self._end_leaf()
            self._is_after_blank = self._is_after_blank or depth == matched
            return
        if depth == len(self._containers) and self._leaf is not None and self._leaf.accept(cursor):
            self._collect_finished()
            return
        if isinstance(self._leaf, Paragraph) and self._leaf.accept(cursor):
            # A lazy continuation line: it belongs to the paragraph although the marks of its quote or list are missing.
            self._leaf.ends_lazily = True
            self._collect_finished()
            return
        self._begin(self._paragraph(cursor, depth), depth)

    @property
    def slice_size(self) -> int:
        """Characters of the long line to feed at once."""
        return LONG if self._leaf is None else self._leaf.SLICE

    def more(self, text: str) -> None:
        """Append the next slice of a long line."""
        if self._leaf is not None:
            self._leaf.more(text)
            self._collect_finished()

    def finish(self) -> None:
        """End the document."""
        self._close(0)
        self._is_in_long_line = False
        self._end_leaf()
        if self._last is not None:
            self._finished.append(self._last)
            self._last = None

    # starts
    def _start_blocks(self, cursor: Cursor, depth: int) -> tuple[int, bool]:
        """Start what the line starts, outermost block first. Return the new depth, and whether the line is used up."""
        while not cursor.is_blank and depth < DEEPEST:
            if cursor.indent >= 4:
                if isinstance(self._leaf, Paragraph) or cursor.is_long:
                    return depth, False
                leaf = IndentedCode()
                leaf.accept(cursor)
                self._begin(leaf, depth)
                return depth, True
            if cursor.first == ">":
                depth = self._open(Quote(), depth)
                self._containers[-1].continues(cursor)
                continue
            if not self._is_begun and (thoughts := Thoughts.start(cursor)):
                self._begin(thoughts, depth)
                return depth, True
            if not cursor.is_long and self._start_leaf(cursor, depth):
                return depth, True
            item_depth = self._start_footnote(cursor, depth)
            if item_depth is None:
                item_depth = self._start_definition(cursor, depth)
            if item_depth is None:
                item_depth = self._start_item(cursor, depth)
            if item_depth is None:
                break
            depth = item_depth
        return depth, False

    def _start_leaf(self, cursor: Cursor, depth: int) -> bool:
        paragraph = self._leaf if isinstance(self._leaf, Paragraph) else None
        is_inside = depth == len(self._containers)
        role = self._role(depth)
        if self._start_alert(cursor, depth):
            return cursor.is_blank
        if paragraph is not None and is_inside:
            table = TableRows.start_after(paragraph, cursor, self.inline, role)
            if table is not None:
                self._begin(table, depth)
                return True
            if self._underline(paragraph, cursor):
                return True
        for start in STARTS:
            leaf = start(cursor, self.inline, role)
            if leaf is not None:
                self._begin(leaf, depth)
                return True
        if paragraph is None and (leaf := Html.start_any(cursor, self.inline, role)):
            self._begin(leaf, depth)
            return True
        return False

    def _underline(self, paragraph: Paragraph, cursor: Cursor) -> bool:
        match = _UNDERLINE.match(cursor.text, cursor.next)
        if not match or not paragraph.is_whole or not paragraph.resolve():
            return False
        if definitions := paragraph.definitions(self._leaf_margin):
            self._settle()
            self._made(len(definitions))
            *complete, self._last = definitions
            self._last_place = self._leaf_place
            self._finished += complete
            self._leaf_margin = self._leaf_margin.continued()
        self._leaf = HeadingLine(self.inline, 1 if match[1][0] == "=" else 2, paragraph.source)
        self._collect_finished()
        return True

    def _start_item(self, cursor: Cursor, depth: int) -> int | None:
        """Open an item, and its list if the item is the first. None if the line starts no item."""
        match = _ITEM.match(cursor.text, cursor.next)
        if not match:
            return None
        after = cursor.text[match.end() :]
        is_bare = not after.strip(" ")
        is_text = isinstance(self._leaf, Paragraph) and depth == len(self._containers)
        if is_text and (is_bare or (match[2] and int(match[2]) != 1)):
            return None
        before = cursor.indent
        mark = match[3] or match[1]
        found = self._containers[depth - 1] if depth else None
        if not (isinstance(found, List) and found.mark == mark):
            found = List(mark, int(match[2] or 1), self._list_depth(depth))
            depth = self._open(found, depth)
        spaces = len(after) - len(after.lstrip(" "))
        cursor.move(match.end())
        if is_bare:
            spaces = 1
        elif spaces > 4:
            spaces = 1
            cursor.move(match.end() + 1)
        else:
            cursor.move(match.end() + spaces)
        item = Item(found.next_label(match[2] or ""), before + len(match[1]) + spaces)
        depth = self._open(item, depth)
        item.is_empty = is_bare
        return depth

    def _start_alert(self, cursor: Cursor, depth: int) -> bool:
        """Make the quote an alert if the line is its first one and says so. Return whether it did."""
        quote = self._containers[depth - 1] if depth else None
        if cursor.first != "[" or not isinstance(quote, Quote) or not quote.is_fresh:
            return False
        match = ALERT.match(cursor.text, cursor.next)
        if match is None:
            return False
        quote.warn(match[1].lower())
        quote.is_quoted = depth > 1 and self._containers[depth - 2].is_quoted
        cursor.move(match.end())
        self._begin(AlertLine(match[1].lower()), depth)
        return True

    def _start_footnote(self, cursor: Cursor, depth: int) -> int | None:
        """Open the footnote whose label the line begins with. None if there is none."""
        match = FOOTNOTE.match(cursor.text, cursor.next) if cursor.first == "[" else None
        if match is None or cursor.is_long:
            return None
        if not self._is_draft:
            self.inline.references.define_footnote(match[1])
        sign = footnote_sign(match[1])
        depth = self._open_item("^", sign if sign[0] != "[" else f"{sign}:", 4, depth)
        cursor.move(match.end())
        return depth

    def _start_definition(self, cursor: Cursor, depth: int) -> int | None:
        """Open the definition of the term that is the last line of a paragraph. None if the line is none.

        Behind a definition, one line more is the next term, and without it this is another definition of the same one.
        """
        match = DEFINITION.match(cursor.text, cursor.next) if cursor.first == ":" else None
        if match is None or cursor.is_long:
            return None
        found = self._containers[depth - 1] if depth else None
        is_further = isinstance(found, List) and found.mark == ":"
        paragraph = self._leaf if isinstance(self._leaf, Paragraph) else None
        term = None
        if paragraph is not None and (
            paragraph.ends_lazily if is_further else depth == len(self._containers)
        ):
            term = paragraph.pop_last_line()
        if term is not None:
            depth = self._open_item(":", "", 0, depth)
            self._paragraphs += 1
            leaf = Paragraph(self.inline, "term", self._paragraphs)
            leaf.accept(Cursor(term))
            self._begin(leaf, depth)
            depth -= 1
        elif not is_further:
            return None
        cursor.move(match.end())
        return self._open_item(":", ":", 2, depth)

    def _open_item(self, mark: str, label: str, indent: int, depth: int) -> int:
        """Open an item whose label is known, and its list if it is the first of it. Return the new depth."""
        found = self._containers[depth - 1] if depth else None
        if not (isinstance(found, List) and found.mark == mark):
            depth = self._open(List(mark, 1, self._list_depth(depth)), depth)
        return self._open(Item(label, indent), depth)

    def _list_depth(self, depth: int) -> int:
        """Count the lists around a list that starts inside the first `depth` containers."""
        if depth and isinstance(self._containers[depth - 1], List):
            depth -= 1
        around = next((c for c in reversed(self._containers[:depth]) if isinstance(c, List)), None)
        return around.depth + 1 if around else 0

    def _paragraph(self, cursor: Cursor, depth: int) -> Paragraph:
        item = self._containers[depth - 1] if depth == len(self._containers) and depth else None
        if isinstance(item, Item) and not item.is_shown and (task := _TASK.match(cursor.text, cursor.next)):
            mark = task_box(is_ticked=task[1] != " ")
            item.label = mark if item.label in BULLETS else f"{item.label} {mark}"
            cursor.move(task.end())
        self._paragraphs += 1
        paragraph = Paragraph(self.inline, self._role(depth), self._paragraphs)
        paragraph.accept(cursor)
        return paragraph

    def _role(self, depth: int) -> str:
        """Return the role of plain text inside the first `depth` containers."""
        return "quote" if depth and self._containers[depth - 1].is_quoted else "text"

    # open and close
    def _open(self, container: Container, depth: int) -> int:
        depth = self._make_room(depth, isinstance(container, Item))
        self._mark_used()
        self._is_begun = True
        self._keys += 1
        container.key = self._keys
        container.is_quoted = isinstance(container, Quote) or self._role(depth) == "quote"
        self._containers.append(container)
        return depth + 1

    def _begin(self, leaf: Leaf, depth: int) -> None:
        self._make_room(depth, in_list=False)
        self._mark_used()
        self._is_begun = True
        for container in self._containers:
            if isinstance(container, Quote):
                container.is_fresh = False
        leaf.is_draft = self._is_draft
        self._leaf = leaf
        margins = [container.margin() for container in self._containers]
        self._leaf_margin = Margin(
            tuple([first for first, _ in margins if first[0]]),
            tuple([rest for _, rest in margins if rest[0]]),
        )
        self._leaf_place = self._place()
        self._is_after_blank = False
        self._collect_finished()

    def _make_room(self, depth: int, in_list: bool) -> int:
        """Close the containers that the line has left. A list holds nothing but items."""
        if not in_list and depth and isinstance(self._containers[depth - 1], List):
            depth -= 1
        self._close(depth)
        self._end_leaf()
        return depth

    def _mark_used(self) -> None:
        for container in reversed(self._containers):
            if isinstance(container, Item):
                container.is_empty = False
                break

    def _close(self, depth: int) -> None:
        """Close all but the outermost `depth` containers."""
        if depth < len(self._containers):
            self._end_leaf()
        while len(self._containers) > depth:
            container = self._containers[-1]
            if isinstance(container, Item) and not container.is_shown:
                self._begin(Blank(), len(self._containers))
            self._containers.pop()

    def _collect_finished(self) -> None:
        """Hand on what the open leaf has finished."""
        leaf = self._leaf
        if leaf is None:
            return
        if isinstance(leaf, Thoughts) and leaf.rest.strip():
            # The answer begins on the line where the thoughts end.
            self._end_leaf()
            self.line(leaf.rest, self._is_in_long_line)
        elif leaf.is_over and not self._is_in_long_line:
            self._end_leaf()
        elif pieces := leaf.pieces(self._leaf_margin):
            self._settle()
            self._made(len(pieces))
            self._finished += pieces

    def _end_leaf(self) -> None:
        leaf, self._leaf = self._leaf, None
        if leaf is None:
            return
        blocks = leaf.finish(self._leaf_margin)
        if not blocks:
            self._is_after_blank = self._is_after_blank or self._leaf_place.is_after_blank
            return
        self._settle()
        self._made(len(blocks))
        *complete, self._last = blocks
        self._last_place = self._leaf_place
        self._finished += complete
        self._is_after_blank = self._is_after_blank or leaf.ended_blank

    def _made(self, count: int) -> None:
        """Called when the open leaf has made blocks, in the order of all blocks. See `placed`."""

    def _settle(self) -> None:
        """Give the last block its gap, because another block follows."""
        if self._last is not None:
            self._finished.append(self._last.with_gap(*self._last_place.gap_before(self._leaf_place)))
            self._last = None
        for container in self._containers:
            if isinstance(container, Item):
                container.is_shown = True

    def _place(self) -> _Place:
        return _Place(
            tuple([(c.key, isinstance(c, List), c.margin()[1]) for c in self._containers]),
            self._is_after_blank,
            isinstance(self._leaf, AlertLine),
        )
