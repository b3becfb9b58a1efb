"""Text shown as it is: prompts, HTML, displayed math."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Self

from elumenta_tui.markdown.blocks import Block, Margin, PieceChain
from elumenta_tui.markdown.cells import cluster_start, width_of
from elumenta_tui.markdown.code import CodeRow, CodeSource
from elumenta_tui.markdown.cursor import Cursor
from elumenta_tui.markdown.drawn import Drawn
from elumenta_tui.markdown.inline import Inline
from elumenta_tui.markdown.leaf import Leaf
from elumenta_tui.markdown.style import FENCE, MARK, TEXT, Run, TextStyle

PIECE = 1500
"""Characters of a block of plain text, at most (about)."""
PIECE_ROWS = 40
"""Source lines in a block of plain text, at most."""


class Plain:
    """Text as it is, with its newlines, handed out in blocks while it grows."""

    def __init__(self, style: TextStyle = TEXT) -> None:
        self.style = style
        self._text = ""
        self._chain = PieceChain()

    def copy(self) -> Plain:
        clone = copy.copy(self)
        clone._chain = self._chain.copy()
        return clone

    def add(self, text: str) -> None:
        self._text += text

    def pieces(self, margin: Margin) -> list[Block]:
        """Return the blocks that have become final. They depend on the text alone, not on the steps in which it came."""
        found: list[Block] = []
        begin = 0
        while (cut := self._cut(begin)) is not None:
            end, start = cut
            found.append(
                self._chain.piece(margin, [(self._text[begin:end], self.style)], continues=end == start)
            )
            begin = start
        self._text = self._text[begin:]
        return found

    def finish(self, margin: Margin) -> list[Block]:
        """Return the blocks of the rest."""
        found = self.pieces(margin)
        found.append(self._chain.piece(margin, [(self._text, self.style)]))
        self._text = ""
        return found

    def _cut(self, begin: int) -> tuple[int, int] | None:
        """Return where the piece that begins at `begin` ends, and where the next one starts."""
        window = self._text[begin : begin + PIECE + 1]
        newline = -1
        for _ in range(PIECE_ROWS):
            following = window.find("\n", newline + 1)
            if following < 0:
                break
            newline = following
        else:
            return begin + newline, begin + newline + 1
        if len(window) <= PIECE:
            return None
        if newline >= 0:
            return begin + newline, begin + newline + 1
        space = window.rfind(" ", PIECE // 2)
        cut = begin + (space if space > 0 else cluster_start(window, PIECE))
        return cut, cut


class _Verbatim(Leaf):
    """Lines shown as they are."""

    def __init__(self, role: str) -> None:
        self._plain = Plain(TextStyle(role))
        self._is_begun = False

    def draft(self) -> Self:
        clone = super().draft()
        clone._plain = self._plain.copy()
        return clone

    def _add(self, line: str) -> None:
        self._plain.add(f"\n{line}" if self._is_begun else line)
        self._is_begun = True

    def more(self, text: str) -> None:
        self._plain.add(text)

    def pieces(self, margin: Margin) -> list[Block]:
        return self._plain.pieces(margin)

    def finish(self, margin: Margin) -> list[Block]:
        return self._plain.finish(margin)


_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|"
    "menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|"
    "track|ul"
)
_ATTRIBUTE = r"\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?"


@cache
def _html_kinds() -> Sequence[tuple[re.Pattern[str], re.Pattern[str] | None]]:
    """Compile the beginnings and ends of the kinds of HTML blocks when the first one may begin."""
    return [
        (
            re.compile(start, re.IGNORECASE | re.ASCII),
            re.compile(end, re.IGNORECASE | re.ASCII) if end else None,
        )
        for start, end in (
            (r"<(?:script|pre|style|textarea)(?:[\s\xa0]|>|$)", r"</(?:script|pre|style|textarea)>"),
            (r"<!--", r"-->"),
            (r"<\?", r"\?>"),
            (r"<![A-Za-z]", r">"),
            (r"<!\[CDATA\[", r"\]\]>"),
            (rf"</?(?:{_TAGS})(?:[\s\xa0]|/?>|$)", ""),
        )
    ]


class Html(_Verbatim):
    """HTML, not interpreted. The kinds and their ends are those of CommonMark."""

    _ANY_TAG = re.compile(
        rf"(?:<[A-Za-z][A-Za-z0-9-]*(?:{_ATTRIBUTE})*\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>)\s*$"
    )

    def __init__(self, end: re.Pattern[str] | None) -> None:
        super().__init__("html")
        self._end = end

    @classmethod
    def start(cls, cursor: Cursor, inline: Inline, role: str) -> Leaf | None:
        if cursor.first != "<":
            return None
        for start, end in _html_kinds():
            if start.match(cursor.text, cursor.next):
                return cls(end)._started(cursor)
        return None

    @classmethod
    def start_any(cls, cursor: Cursor, inline: Inline, role: str) -> Leaf | None:
        """Start with a line that is one whole tag of any name. Such a line interrupts no paragraph."""
        if cursor.first != "<" or not cls._ANY_TAG.match(cursor.text, cursor.next):
            return None
        return cls(None)._started(cursor)

    def _started(self, cursor: Cursor) -> Self:
        self.accept(cursor)
        return self

    def accept(self, cursor: Cursor) -> bool:
        if self._end is None:
            if cursor.is_blank:
                return False
        elif self._end.search(cursor.text, cursor.at):
            self.is_over = True
        self._add(cursor.rest)
        return True

    def more(self, text: str) -> None:
        super().more(text)
        if self._end is not None and self._end.search(text):
            self.is_over = True


class Thoughts(_Verbatim):
    """A model's thoughts before the answer, between `<think>` and `</think>`: shown verbatim beside a bar."""

    _START = re.compile(r"<(think|thinking)>")
    BAR: Run = ("▌ ", MARK)

    def __init__(self, tag: str) -> None:
        super().__init__("html")
        self._end = f"</{tag}>"
        self._tail = ""
        """End of the current line so far: the closing tag may be cut in two."""
        self.rest = ""
        """The part of the line behind the closing tag. It is no thought."""

    @classmethod
    def start(cls, cursor: Cursor) -> Leaf | None:
        if not (match := cls._START.match(cursor.text, cursor.next)):
            return None
        leaf = cls(match[1])
        leaf.accept(cursor)
        return leaf

    def accept(self, cursor: Cursor) -> bool:
        self._tail = ""
        self._add(self._up_to_end(cursor.rest))
        return True

    def more(self, text: str) -> None:
        super().more(self._up_to_end(text))

    def _up_to_end(self, text: str) -> str:
        """Return the part of a line that is a thought. The part behind the closing tag goes to `rest`."""
        if self.is_over:
            self.rest += text
            return ""
        at = (self._tail + text).find(self._end)
        if at < 0:
            self._tail = (self._tail + text)[1 - len(self._end) :]
            return text
        end = at + len(self._end) - len(self._tail)
        self.is_over, self.rest = True, text[end:]
        return text[:end]

    def pieces(self, margin: Margin) -> list[Block]:
        return super().pieces(self._beside_bar(margin))

    def finish(self, margin: Margin) -> list[Block]:
        return super().finish(self._beside_bar(margin))

    def _beside_bar(self, margin: Margin) -> Margin:
        return Margin((*margin.first, self.BAR), (*margin.rest, self.BAR))


def leading_thoughts(blocks: Iterable[Block]) -> int:
    """Count the blocks of thoughts at the beginning; 0 if nothing follows them, because then they are the answer."""
    for count, block in enumerate(blocks):
        # Compare by identity: a quote's bar may look the same.
        if not block.margin.rest or block.margin.rest[-1] is not Thoughts.BAR:
            return count
    return 0


class Math(_Verbatim):
    """`$$` or `\\[` at the beginning of a line, up to its counterpart at the end of a line.

    A blank line also ends it, as in TeX, so a stray `$$` does little harm.
    """

    _ENDS = {"$$": "$$", "\\[": "\\]"}

    def __init__(self, role: str, end: str) -> None:
        super().__init__(role)
        self._end = end
        self._source: list[str] | None = []
        """The lines so far; None if some of them were handed out."""

    @classmethod
    def start(cls, cursor: Cursor, inline: Inline, role: str) -> Leaf | None:
        if cursor.first not in "$\\" or not (
            end := cls._ENDS.get(cursor.text[cursor.next : cursor.next + 2])
        ):
            return None
        inside = cursor.text[cursor.next + 2 :].rstrip()
        if end in inside and not (inside.endswith(end) and inside.count(end) == 1):
            return None
        leaf = cls(role, end)
        leaf._add(cursor.text[cursor.next :].rstrip())
        leaf.is_over = end in inside
        return leaf

    def draft(self) -> Self:
        clone = super().draft()
        clone._source = None if self._source is None else self._source.copy()
        return clone

    def _add(self, line: str) -> None:
        super()._add(line)
        if self._source is not None:
            self._source.append(line)

    def more(self, text: str) -> None:
        super().more(text)
        self._source = None

    def accept(self, cursor: Cursor) -> bool:
        if cursor.is_blank:
            return False
        self._add(cursor.rest.rstrip())
        self.is_over = cursor.rest.rstrip().endswith(self._end)
        return True

    def pieces(self, margin: Margin) -> list[Block]:
        found = super().pieces(margin)
        if found:
            self._source = None
        return found

    def finish(self, margin: Margin) -> list[Block]:
        if not self.is_over or self._source is None:
            return super().finish(margin)
        code = CodeSource("tex")
        for line in self._source:
            code.add_line(line)
        return [Formula(margin, code, [CodeRow(((line, FENCE),)) for line in self._source])]


class Formula(Drawn):
    """A displayed formula that is complete."""

    __slots__ = ()

    kind = "formula"

    def drawing(self, room: int) -> list[tuple[Run, ...]] | None:
        from elumenta_tui.markdown.formula import inside, stacked

        rows = stacked(inside(self.source))
        if rows is None or max(map(width_of, rows)) + len(_INDENT) > room:
            return None
        return [((_INDENT + row, TEXT),) for row in rows]


_INDENT = "  "
