"""One answer as a section of the transcript: its prompt, the answer itself, and its foot."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, groupby
from typing import Literal, NamedTuple

from rich.cells import cell_len
from textual.strip import Strip

from elumenta_tui.chat.conversation import split_thoughts
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.bounded import BoundedMarkdown
from elumenta_tui.markdown.code import Code
from elumenta_tui.markdown.container import margin_source
from elumenta_tui.markdown.growing import plain_blocks
from elumenta_tui.markdown.style import Line, Link, Run, TextStyle, links
from elumenta_tui.markdown.table import Table
from elumenta_tui.markdown.verbatim import Thoughts, leading_thoughts
from elumenta_tui.markdown.wrap import run_width
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.widgets.foot import Foot, wrapped
from elumenta_tui.tui.widgets.line_renderer import MARGIN, Looks

OPENING = 0.1
"""Seconds that an answer may take to be laid out when it comes into view; what is left of it comes with the next frames."""
KEPT = 50_000
"""Characters of an answer that is not forgotten when it is far from the view: it would take too long to make again."""

FOLD = 12
"""Rows of a prompt that are shown of a longer one."""

NARROWEST = 20
"""Cells of a line of prose, at least, whatever the options say."""

FAR = 1.5
"""Widths of prose from the start of code to the right edge at which a language would stand alone there."""

_RIGHT = 1

_ROOMY = 60 + MARGIN + _RIGHT
"""Columns of a view in which an average line of Markdown is not wrapped."""

_YOU = TextStyle("you", bold=True)
_PROMPT = TextStyle("prompt")
_FOLDED = TextStyle("folded")
_STOPPED = TextStyle("stopped", bold=True)


class Row(NamedTuple):
    """A painted row and what copying has to know of it."""

    strip: Strip
    joint: str = "\n"
    """What stands between this row's text and the next one's: a wrapped row has lost a blank, or nothing."""
    skip: int = 0
    """Cells at the start that are not text."""
    margin: int = 0
    """Which of them are numbers, boxes, quote bars and indents: that many, after the cells left of everything."""
    edge: int = 0
    """Cells at the end that are not text."""
    is_text: bool = True
    """Whether it is of the prompt or the answer, and not the program's own words."""

    @property
    def text(self) -> str:
        """The text without what stands beside it."""
        return self.strip.crop(self.skip, self.strip.cell_length - self.edge).text.rstrip()

    def copied(self, first: int, start: int, end: int) -> str:
        """The text from one column to another, after the Markdown of that part of its margin that begins at `first`."""
        start = max(start, self.skip)
        text = self.strip.crop(min(start, end), end).text
        left, right = max(first, MARGIN), min(MARGIN + self.margin, end)
        if left < right:
            text = margin_source(self.strip.crop(left, right).text) + text
        return text.rstrip()


class Stop(NamedTuple):
    """Something that the keyboard's cursor can rest on: a prompt, an answer, or the thoughts or a code block in it."""

    first: int
    """Its first piece."""
    last: int
    """Its last piece."""
    text: str
    """What copying it gives: the source, not what is painted."""
    kind: Literal["prompt", "answer", "thoughts", "code"]
    language: str = ""
    """Of a code block, as its fence names it."""


class _Part:
    """A piece of the view that is no block of the answer. Only its identity matters: a new one is painted anew."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


class _Body:
    """What there is of an answer while it is near the view: its blocks. They can be made again from its text."""

    __slots__ = (
        "fed",
        "folded",
        "foot",
        "gap",
        "is_whole",
        "markdown",
        "plain",
        "prompt",
        "revision",
        "thoughts",
    )

    def __init__(self, answer: Answer, join_lines: bool, *, plain: bool) -> None:
        self.prompt: list[Block] = plain_blocks(answer.prompt)
        self.markdown = BoundedMarkdown(join_lines, plain=plain)
        self.revision = answer.revision
        """Which text of the answer is rendered."""
        self.fed = 0
        """Characters of it that are."""
        self.is_whole = False
        self.folded, self.thoughts = _Part("folded"), _Part("thoughts")
        self.gap, self.plain, self.foot = _Part("gap"), _Part("plain"), _Part("foot")

    def grow(self, answer: Answer) -> bool:
        if self.fed < answer.length:
            fresh = answer.text_since(self.fed, self.markdown.feed_size)
            self.markdown.feed(fresh)
            self.fed += len(fresh)
        if self.fed < answer.length:
            return True
        if answer.over and not self.is_whole:
            if self.markdown.closing(self.markdown.feed_size):
                return True
            self.is_whole = True
        self.foot = _Part("foot")
        return False


class AnswerView:
    """An answer, below its prompt, as a section of the transcript's row layout."""

    __slots__ = ("_body", "_looks", "_plain", "answer", "is_first", "is_unfolded", "shows_thoughts")

    def __init__(self, answer: Answer, looks: Looks, plain: bool = False) -> None:
        """`plain`: nothing is laid out as Markdown."""
        self.answer = answer
        self.is_first = False
        """Whether no answer stands above it."""
        self.is_unfolded = False
        """Whether a long prompt is shown in full."""
        self.shows_thoughts = not answer.state.final
        """Whether the thoughts before an answer are shown in full."""
        self._plain = plain
        self._looks = looks
        self._body: _Body | None = None

    # ------------------------------------------------------------------------------------------------------- growth

    def grow(self) -> bool:
        """Render the next piece of what has come in; True if there is more to do."""
        if self._body is None:
            self._body = _Body(self.answer, self._looks.join_lines, plain=self._plain)
        # A frame may come between another text and the event that tells of it. Nothing of that may follow the old one.
        return not self.is_void and self._body.grow(self.answer)

    def prepare(self) -> bool:
        """Lay out the next piece of an answer that is not in view; True if there is more to do."""
        if self._body is not None and (self._body.is_whole or not self.answer.over):
            return False
        return self.grow()

    @property
    def is_void(self) -> bool:
        """Whether another text has taken the place of the one that is rendered."""
        return self._body is not None and self._body.revision != self.answer.revision

    @property
    def is_behind(self) -> bool:
        """Whether text has come that is not rendered yet."""
        return self._body is not None and self._body.fed < self.answer.length

    def tick(self) -> None:
        """Time has passed: the status line says something else."""
        if self._body is not None:
            self._body.foot = _Part("foot")

    def restyle(self) -> None:
        """Words or names have changed."""
        if self._body is not None:
            body = self._body
            body.plain, body.foot, body.folded, body.thoughts = map(
                _Part, ("plain", "foot", "folded", "thoughts")
            )

    # ------------------------------------------------------------------------------------------------------ section

    def guess(self, width: int) -> int:
        # Sixty: what a line of Markdown has on average, lists and code included.
        room = 60 if width >= _ROOMY else self._room(width)
        return 3 + (len(self.answer.prompt) + self.answer.length) // room

    def pieces(self) -> Sequence[object]:
        body = self._opened()
        markdown = body.markdown
        rest = [body.plain, *markdown.rest, *markdown.open_rest] if markdown.is_plain else []
        gap = [] if self.is_first else [body.gap]
        blocks: list[object] = [*markdown.blocks, *markdown.open]
        if not self.shows_thoughts and (count := self.thoughts):
            blocks[:count] = [body.thoughts]
        return [*gap, *self._prompt_pieces(), *blocks, *rest, body.foot]

    @property
    def thoughts(self) -> int:
        """How many blocks of thoughts the answer begins with."""
        markdown = self._opened().markdown
        return leading_thoughts(chain(markdown.blocks, markdown.open))

    @property
    def is_thinking(self) -> bool:
        """Whether thoughts may be all that there is so far: they are shown as they come."""
        return not self.answer.over and not self.thoughts

    @property
    def has_long_prompt(self) -> bool:
        """Whether the prompt may have more rows than a folded one."""
        prompt = self.answer.prompt
        return len(prompt) > FOLD * NARROWEST or prompt.count("\n") >= FOLD

    def _prompt_pieces(self) -> Sequence[object]:
        body = self._opened()
        return [body.folded] if self.has_long_prompt and not self.is_unfolded else body.prompt

    def _opened(self) -> _Body:
        if self._body is None:
            started = self._looks.clock()
            while self.grow():
                if self._looks.clock() - started > OPENING:
                    self._looks.behind.add(self.answer)
                    break
        assert self._body is not None
        return self._body

    def stops(self) -> list[Stop]:
        """From top to bottom, the whole before its parts."""
        pieces = self.pieces()
        prompt, foot = 0 if self.is_first else 1, len(pieces) - 1
        answer = prompt + len(self._prompt_pieces())
        stops = [Stop(prompt, answer - 1, self.answer.prompt, "prompt")]
        if self.answer.has_text:
            stops.append(Stop(answer, foot, self.answer.text, "answer"))
        if count := self.thoughts:
            last = answer + count - 1 if self.shows_thoughts else answer
            stops.append(Stop(answer, last, self._thoughts_text(), "thoughts"))
        return stops + self.code()

    def _thoughts_text(self) -> str:
        """The thoughts as the model wrote them, without the tags around them."""
        return split_thoughts(self.answer.text)[0]

    def code(self) -> list[Stop]:
        """The code blocks of the answer."""
        code = [(index, piece) for index, piece in enumerate(self.pieces()) if isinstance(piece, Code)]
        stops = []
        for _, block in groupby(code, key=lambda found: id(found[1].code)):
            found = list(block)
            code_block = found[0][1]
            stops.append(Stop(found[0][0], found[-1][0], code_block.source, "code", code_block.language))
        return stops

    def links(self, first: int, last: int) -> list[Link]:
        """The links in the pieces from one to another."""
        found: list[Run] = []
        for piece in self.pieces()[first : last + 1]:
            if piece is self._opened().plain:
                # All that follows is plain text.
                break
            if isinstance(piece, Block):
                found += [*piece.linked_runs(), ("", TextStyle())]
        return links(found)

    def href_at(self, index: int, row: int, column: int, width: int) -> str:
        """Where the link leads that is painted in a cell of a piece; empty if there is none."""
        piece = self.pieces()[index]
        if not isinstance(piece, Block):
            return ""
        lines = piece.lines(self._room_of(piece, width))
        end = MARGIN
        for text, style in lines[row].runs if row < len(lines) else ():
            end += cell_len(text)
            if MARGIN <= column < end:
                return style.href
        return ""

    def close(self) -> bool:
        if self._body is not None and (not self._body.is_whole or self.answer.length > KEPT):
            return False
        self._body = None
        return True

    def renew(self) -> None:
        """Make everything anew, at once: another answer has taken the place of the one that was there."""
        self._body = None
        self._opened()

    def guess_piece(self, piece: object, width: int) -> int:
        if isinstance(piece, _Part):
            return FOLD if piece.kind == "folded" else 1
        assert isinstance(piece, Block)
        return piece.estimate(self._room_of(piece, width))

    def rows(self, piece: object, width: int) -> list[Row]:
        if isinstance(piece, _Part):
            if piece.kind == "folded":
                return self._folded_rows(width)
            lines: list[Line] = getattr(self, f"_{piece.kind}_lines")(self._prose(width))
            return [self._row(line, width)._replace(is_text=False) for line in lines]
        assert isinstance(piece, Block)
        lines = piece.lines(self._room_of(piece, width))
        if any(block is piece for block in self._opened().prompt):
            return [self._prompt_row(line, width) for line in lines]
        return [self._row(line, width) for line in lines]

    @staticmethod
    def _room(width: int) -> int:
        return max(4, width - MARGIN - _RIGHT)

    def _prose(self, width: int) -> int:
        """The cells that a line of prose may take."""
        room = self._room(width)
        return min(room, max(NARROWEST, self._looks.measure)) if self._looks.measure else room

    def _room_of(self, piece: Block, width: int) -> int:
        return self._room(width) if isinstance(piece, Code | Table) else self._prose(width)

    def _row(self, line: Line, width: int) -> Row:
        renderer = self._looks.renderer
        beyond = edge = 0
        if line.edge:
            label = run_width(line.edge)
            room, prose = self._room(width), self._prose(width)
            if room > FAR * prose:
                # At the edge it would be nobody's: it stands where prose ends, unless the code is in the way.
                beyond = max(0, room - max(prose, run_width(line.runs) + 2 + label))
            edge = _RIGHT + beyond + label
        margin = ((" " * MARGIN, TextStyle()),) if line.runs else ()
        strip = renderer.strip(line, width, margin=margin, right=_RIGHT, edge_right=beyond)
        return Row(strip, _joint(line), MARGIN + line.skip, line.margin, edge)

    def _prompt_row(self, line: Line, width: int, style: TextStyle = _PROMPT) -> Row:
        renderer = self._looks.renderer
        runs = tuple((text, style) for text, _ in line.runs)
        strip = renderer.strip(
            Line(runs, line.soft, _PROMPT), width, margin=(("▌", _YOU), (" ", _PROMPT)), right=0
        )
        return Row(strip, _joint(line), MARGIN)

    # -------------------------------------------------------------------------------------------------------- parts

    def _folded_rows(self, width: int) -> list[Row]:
        """The beginning of a long prompt, and how much there is of it."""
        room, rows = self._prose(width), []
        for block in self._opened().prompt:
            rows += [self._prompt_row(line, width) for line in block.lines(room)]
            if len(rows) > FOLD:
                break
        else:
            return rows
        shown = rows[: FOLD - 1]
        lines = self.answer.prompt.count("\n") + 1 - sum(row.joint == "\n" for row in shown)
        if lines > 1:
            what = say("turn.more_lines", n=lines)
        else:
            read = sum(len(row.text) + len(row.joint) for row in shown)
            what = say("turn.more_characters", n=max(1, len(self.answer.prompt) - read))
        note = Line(((f"… {what} · {say('turn.unfold', key=hint('cursor_up'))}", _FOLDED),))
        return [*shown, self._prompt_row(note, width, _FOLDED)._replace(skip=width, is_text=False)]

    def _thoughts_lines(self, room: int) -> list[Line]:
        """What stands for thoughts that are folded."""
        words = say("turn.thoughts", n=len(self._thoughts_text().split()))
        markdown = self._opened().markdown
        last = [*markdown.blocks, *markdown.open][self.thoughts - 1]
        return [Line((Thoughts.BAR, (words, _FOLDED)), skip=2), *[Line(())] * last.gap]

    def _gap_lines(self, room: int) -> list[Line]:
        return [Line(())]

    def _plain_lines(self, room: int) -> list[Line]:
        return [
            Line(()),
            *wrapped(say("turn.all_plain" if self._plain else "turn.plain"), _STOPPED, room),
            Line(()),
        ]

    def _foot_lines(self, room: int) -> list[Line]:
        return Foot(self.answer, self._looks).lines(room)


def _joint(line: Line) -> str:
    return line.lost if line.soft else "\n"
