"""Markdown which grows at its end, as an answer does."""

from __future__ import annotations

import re

from elumenta_tui.markdown.blocks import Block, Margin
from elumenta_tui.markdown.highlight import Highlighter
from elumenta_tui.markdown.inline import Inline
from elumenta_tui.markdown.leaf import LONG
from elumenta_tui.markdown.structure import Structure
from elumenta_tui.markdown.verbatim import Plain

_MARK = re.compile(
    r"[-+*_=#]+|[`~]+|\d{1,9}[.)]?|<[/!]?|[|:\- ]+|\[[ xX]?\]?|[-+*] \[[ xX]?\]?",
)
"""The beginning of a line, less what is around it, which may still turn out to be a mark and no text: it is not shown before
that is known."""
_FENCE_MARK = re.compile(r"[ \t>]*[`~]+ *$")


_MUCH = 1_000_000
"""Characters."""


class _Lines:
    """Hands a text to a `Structure` line by line; a very long line in slices of one size, however they
    came."""

    def __init__(self, inline: Inline) -> None:
        self._structure = Structure(inline)
        self._line = ""
        self._is_inside_long_line = False

    def feed(self, text: str) -> list[Block]:
        """The blocks which the text completes."""
        *lines, rest = (self._line + text).split("\n")
        for line in lines:
            self._line = self._slice(line)
            self._end_line()
        self._line = self._slice(rest)
        return self._structure.take_finished()

    def finish(self) -> list[Block]:
        """The blocks of the rest, at the end of the text."""
        if self._line or self._is_inside_long_line:
            self._end_line()
        self._structure.finish()
        return self._structure.take_finished()

    def preview(self) -> list[Block]:
        """The blocks of the rest, if the text ended here."""
        draft = self._structure.draft()
        if self._is_inside_long_line:
            draft.more(self._line)
        elif self._line and not self._is_undecided:
            draft.line(self._line)
        draft.finish()
        return draft.take_finished()

    @property
    def _is_undecided(self) -> bool:
        if self._structure.is_in_code:
            return bool(_FENCE_MARK.match(self._line))
        # Nothing is left to the expression that two of its parts could take: on a long row of blanks they would try all
        # divisions of it.
        mark = self._line.lstrip(" \t>").rstrip(" ")
        return not mark or bool(_MARK.fullmatch(mark))

    def _slice(self, line: str) -> str:
        start = 0
        while len(line) - start > (size := self._slice_size):
            self._give(line[start : start + size], is_long=True)
            start += size
        return line[start:]

    @property
    def _slice_size(self) -> int:
        return self._structure.slice_size if self._is_inside_long_line else LONG

    def _end_line(self) -> None:
        self._give(self._line, is_long=False)
        self._line = ""
        self._is_inside_long_line = False

    def _give(self, text: str, is_long: bool) -> None:
        if self._is_inside_long_line:
            self._structure.more(text)
        else:
            self._structure.line(text, is_long)
            self._is_inside_long_line = is_long


class GrowingMarkdown:
    """Blocks of a text which comes piece by piece.

    Each line is looked at once, when it is complete, and what comes of it depends on the lines alone. So any
    cut of the text gives the same blocks, and `render` is nothing else than one big piece. Only two things
    reach back: a link reference definition whose label the text before it has used, and a mark of emphasis
    that a long paragraph never closes. For them closing does the whole again, once.
    """

    def __init__(self, join_lines: bool = False) -> None:
        self.blocks: list[Block] = []
        """Finished blocks. Only appended to, except that closing may replace them (see above)."""
        self._inline = Inline(join_lines=join_lines)
        self._lines = _Lines(self._inline)
        self._source: list[str] = []
        self._open: list[Block] | None = []
        self._reparse: _Reparse | None = None

    def feed(self, text: str) -> None:
        """Go on with the text, which may be cut anywhere."""
        if text:
            self._source.append(text)
            self.blocks += self._lines.feed(text)
            self._open = None

    def close(self) -> None:
        """The text is complete."""
        while self.closing(_MUCH):
            pass

    def closing(self, limit: int) -> bool:
        """Go on with `close`, at the cost of some `limit` characters; True if there is more to do.

        `blocks` shows what it did until all of it is done.
        """
        if self._reparse is None:
            self.blocks += self._lines.finish()
            self._open = []
            if self._inline.references.came_too_late or self._inline.never_closed:
                self._reparse = _Reparse("".join(self._source), _Lines(self._inline))
            self._source.clear()
        if self._reparse is None:
            return False
        if self._reparse.go_on(limit):
            return True
        self.blocks = self._reparse.blocks
        self._reparse = None
        return False

    @property
    def open(self) -> list[Block]:
        """The blocks of the end, which may still change, shown as if the text ended here. Made when asked
        for."""
        if self._open is None:
            self._open = self._lines.preview()
        return self._open


class _Reparse:
    """A complete text, done again with what is known at its end."""

    def __init__(self, source: str, lines: _Lines) -> None:
        self.blocks: list[Block] = []
        self._source = source
        self._lines = lines
        self._done = 0

    def go_on(self, limit: int) -> bool:
        """Do so many characters; True if there are more."""
        piece = self._source[self._done : self._done + limit]
        self._done += limit
        self.blocks += self._lines.feed(piece)
        if self._done < len(self._source):
            return True
        self.blocks += self._lines.finish()
        return False


def render(source: str, join_lines: bool = False) -> list[Block]:
    """The blocks of a complete text."""
    markdown = GrowingMarkdown(join_lines)
    markdown.feed(source)
    markdown.close()
    return markdown.blocks


def plain_blocks(source: str) -> list[Block]:
    """The blocks of a text which is no Markdown, such as what the user typed: shown as it is, and wrapped."""
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
"""What answers hold most of the code in. A lexer's first use takes up to 40 ms, for it compiles its rules."""


def warm(language: str = "python") -> None:
    """Import and prepare what an answer with code in that language needs, while nothing else is to do."""
    render("*warm* [up](https://example.com)\n")
    Highlighter(language).warm()
