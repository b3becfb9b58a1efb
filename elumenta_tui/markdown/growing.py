"""Markdown that grows at its end, as an answer does."""

from __future__ import annotations

import re

from elumenta_tui.markdown.blocks import Block, Margin
from elumenta_tui.markdown.highlight import Highlighter
from elumenta_tui.markdown.inline import Inline
from elumenta_tui.markdown.leaf import LONG
from elumenta_tui.markdown.structure import Structure
from elumenta_tui.markdown.verbatim import Plain

_MARK = re.compile(
    r"[-+*_=#]+|[`~]+|\d{1,9}[.)]?|<[/!]?|[|:\- ]+|\[[ xX]?\]?|[-+*] \[[ xX]?\]?|\[![A-Za-z]{0,9}\]?|\[\^[^\[\]\s^]{0,50}\]?:?",
)
"""Matches the beginning of a line that may still turn out to be a mark instead of text. It is not shown until that is known."""
_FENCE_MARK = re.compile(r"[ \t>]*[`~]+ *$")


_MUCH = 1_000_000
"""Characters of one step of `close`."""


class Lines:
    """Feeds a text to a `Structure` line by line. A very long line is fed in slices of a fixed size, however it arrived."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._line = ""
        self._is_inside_long_line = False

    def feed(self, text: str) -> list[Block]:
        """Append text, and return the blocks that it completes."""
        *lines, rest = (self._line + text).split("\n")
        for line in lines:
            self._line = self._slice(line)
            self._end_line()
        self._line = self._slice(rest)
        return self._structure.pop_finished()

    def finish(self) -> list[Block]:
        """End the text, and return the blocks of the rest."""
        if self._line or self._is_inside_long_line:
            self._end_line()
        self._structure.finish()
        return self._structure.pop_finished()

    @property
    def last(self) -> Block | None:
        """See `Structure.last`."""
        return self._structure.last

    def preview(self) -> list[Block]:
        """Return the blocks of the rest as if the text ended here, without changing anything."""
        draft = self._structure.draft()
        if self._is_inside_long_line:
            draft.more(self._line)
        elif self._line and not self._is_undecided:
            draft.line(self._line)
        draft.finish()
        return draft.pop_finished()

    @property
    def _is_undecided(self) -> bool:
        if self._structure.is_in_code:
            return bool(_FENCE_MARK.match(self._line))
        # No two parts of the expression may match the same character: on a long row of blanks the matcher would try every
        # division.
        mark = self._line.lstrip(" \t>").rstrip(" ")
        return not mark or bool(_MARK.fullmatch(mark))

    def _slice(self, line: str) -> str:
        start = 0
        while len(line) - start > (size := self._slice_size):
            self._feed_structure(line[start : start + size], is_long=True)
            start += size
        return line[start:]

    @property
    def _slice_size(self) -> int:
        return self._structure.slice_size if self._is_inside_long_line else LONG

    def _end_line(self) -> None:
        self._feed_structure(self._line, is_long=False)
        self._line = ""
        self._is_inside_long_line = False

    def _feed_structure(self, text: str, is_long: bool) -> None:
        if self._is_inside_long_line:
            self._structure.more(text)
        else:
            self._structure.line(text, is_long)
            self._is_inside_long_line = is_long


class GrowingMarkdown:
    """Blocks of a text that arrives in pieces.

    Each line is parsed once, when it is complete, and the result depends on the lines alone. So every cut of a text gives
    the same blocks, and `render` is just one big piece. Only two things reach back: a link reference definition whose label
    was used before it, and a mark of emphasis that a long paragraph never closes. For these, closing parses the whole text
    again, once.
    """

    def __init__(self, join_lines: bool = False) -> None:
        self.blocks: list[Block] = []
        """Finished blocks. The list is only appended to, except that closing may replace it (see above)."""
        self._inline = Inline(join_lines=join_lines)
        self._lines = Lines(Structure(self._inline))
        self._source: list[str] = []
        self._open: list[Block] | None = []
        self._reparse: _Reparse | None = None

    def feed(self, text: str) -> None:
        """Append a piece of the text, which may be cut anywhere."""
        if text:
            self._source.append(text)
            self.blocks += self._lines.feed(text)
            self._open = None

    def close(self) -> None:
        """End the text."""
        while self.closing(_MUCH):
            pass

    @property
    def last(self) -> Block | None:
        """The next of `blocks`, as soon as it is complete. Only its gap is not known: what follows it has not come."""
        return self._lines.last

    def end(self) -> None:
        """End the text for a reader who cannot take back what was shown: nothing is parsed again, and `blocks` only grows."""
        self.blocks += self._lines.finish()
        self._open = []

    def closing(self, limit: int) -> bool:
        """Do the next step of `close`, at the cost of about `limit` characters. Return whether more steps follow.

        Until the last step `blocks` holds the blocks of the first parse.
        """
        if self._reparse is None:
            self.blocks += self._lines.finish()
            self._open = []
            if self._inline.references.needs_reparse or self._inline.never_closed:
                self._reparse = _Reparse("".join(self._source), Lines(Structure(self._inline)))
            self._source.clear()
        if self._reparse is None:
            return False
        if self._reparse.advance(limit):
            return True
        self.blocks = self._reparse.blocks
        self._reparse = None
        return False

    @property
    def open(self) -> list[Block]:
        """Blocks of the unfinished end, laid out as if the text ended here. Computed on access."""
        if self._open is None:
            self._open = self._lines.preview()
        return self._open


class _Reparse:
    """A second parse of a complete text, with what is known at its end."""

    def __init__(self, source: str, lines: Lines) -> None:
        self.blocks: list[Block] = []
        self._source = source
        self._lines = lines
        self._done = 0

    def advance(self, limit: int) -> bool:
        """Parse the next `limit` characters. Return whether more are left."""
        piece = self._source[self._done : self._done + limit]
        self._done += limit
        self.blocks += self._lines.feed(piece)
        if self._done < len(self._source):
            return True
        self.blocks += self._lines.finish()
        return False


def render(source: str, join_lines: bool = False) -> list[Block]:
    """Return the blocks of a complete text."""
    markdown = GrowingMarkdown(join_lines)
    markdown.feed(source)
    markdown.close()
    return markdown.blocks


def plain_blocks(source: str) -> list[Block]:
    """Return the blocks of a text that is not Markdown, such as a prompt: shown verbatim, and wrapped."""
    plain = Plain()
    plain.add("\n".join(line.rstrip() for line in source.expandtabs(4).split("\n")))
    return plain.finish(Margin())


COMMON_LANGUAGES = (
    "python",
    "javascript",
    "bash",
    "json",
    "typescript",
    "sql",
    "html",
    "css",
    "go",
    "rust",
    "yaml",
    "java",
    "c++",
)
"""Languages of most code in answers. The first use of a lexer takes up to 40 ms, because it compiles its rules."""


_warm: set[str] = set()
"""Languages whose code can be highlighted at once."""


def warm(language: str = "python") -> None:
    """Import and prepare what an answer with code in that language needs. Call it while the program is idle."""
    if language in _warm:
        return
    render("*warm* [up](https://example.com)\n")
    Highlighter(language).warm()
    _warm.add(language)


def is_warm(language: str) -> bool:
    """Whether what code in that language needs is prepared already."""
    return language in _warm
