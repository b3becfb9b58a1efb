"""One answer as a section of the transcript: its prompt, the answer itself, and its foot.

(Over 400 lines: a section paints every kind of its pieces, and finds stops, links and code in them.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby
from typing import TypeVar

from rich.cells import cell_len

from elumenta_tui.chat.conversation import split_thoughts, without_thoughts
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import number, say
from elumenta_tui.markdown.alert import AlertTitle
from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.code import Code
from elumenta_tui.markdown.readable import readable
from elumenta_tui.markdown.style import Line, Link, Run, TextStyle, links
from elumenta_tui.markdown.table import Table
from elumenta_tui.markdown.verbatim import Thoughts, leading_thoughts
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.widgets.answer_body import AnswerBody, Part
from elumenta_tui.tui.widgets.context_note import note_lines
from elumenta_tui.tui.widgets.faces import Faces, FoldLine
from elumenta_tui.tui.widgets.foot import Foot, wrapped
from elumenta_tui.tui.widgets.line_renderer import MARGIN, ViewContext
from elumenta_tui.tui.widgets.row import Row
from elumenta_tui.tui.widgets.row_painter import (
    NARROWEST,
    PROMPT,
    RIGHT,
    painted_row,
    prompt_row,
    prose_width,
    room,
    room_of,
)
from elumenta_tui.tui.widgets.stop import Stop, paragraphs
from elumenta_tui.tui.widgets.versions import prompt_mark, shortened, with_mark

_Piece = TypeVar("_Piece", bound=Block)

OPENING = 0.1
"""Seconds that an answer may take to lay out when it comes into view. The next frames lay out the rest."""
KEPT = 50_000
"""Characters above which an answer keeps its layout when it is far from the view, because repeating it would take too long."""

FOLD = 12
"""Rows of a folded prompt, the note about the rest included. A prompt of at most so many rows is shown in full."""

_BEGIN = 400
"""Characters of a folded answer that its line is made of, at most."""

_ROOMY = 60 + MARGIN + RIGHT
"""Columns of a view in which an average line of Markdown fits without wrapping."""

_FOLDED = TextStyle("folded")
_FOLDED_ANSWER = TextStyle("meta")
_META = TextStyle("meta")
_STOPPED = TextStyle("stopped", bold=True)

_NOTHING: frozenset[str] = frozenset()
"""One for all turns: Python makes another empty one, of 216 bytes, each time."""


class AnswerView:
    """An answer, below its prompt, as a section of the transcript's row layout.

    (Over 30 methods: a section paints every kind of its pieces, and finds stops, links and code in them.)
    """

    __slots__ = (
        "_body",
        "_faces",
        "_plain",
        "_view_context",
        "answer",
        "is_all_shown",
        "is_first",
        "is_folded",
        "is_unfolded",
        "shows_thoughts",
        "turned",
    )

    def __init__(self, answer: Answer, view_context: ViewContext, plain: bool = False) -> None:
        """Create the section. `plain`: show the answer's text without rendering Markdown."""
        self.answer = answer
        self.is_first = False
        """True if no answer is above this one."""
        self.is_folded = False
        """True if a line stands for the text of the answer."""
        self.is_unfolded = False
        """True if a long prompt is shown in full."""
        self.shows_thoughts = not answer.state.final
        """True if the thoughts before the answer are shown in full."""
        self.turned = _NOTHING
        """What the reader has turned over: see `Faces`."""
        self.is_all_shown = False
        """True if nothing is folded or drawn."""
        self._faces: Faces | None = None
        self._plain = plain
        self._view_context = view_context
        self._body: AnswerBody | None = None

    @property
    def faces(self) -> Faces:
        """How blocks of the answer are shown."""
        if self._faces is None:
            self._faces = Faces()
        return self._faces

    # ------------------------------------------------------------------------------------------------------- growth

    def grow(self) -> bool:
        """Render the next piece of the text that has arrived. Return whether there is more to do."""
        if self._body is None:
            self._body = AnswerBody(self.answer, self._view_context.join_lines, plain=self._plain)
        # A frame may come after the text was replaced and before the event that reports it. The new text must not be appended
        # to the old one.
        return not self.is_void and self._body.grow(self.answer)

    def prepare(self) -> bool:
        """Render the next piece of an answer that need not be in view. Return whether there is more to do.

        The text of a running answer that is already open is left to the frames.
        """
        if self._body is not None and (self._body.is_whole or not self.answer.over):
            return False
        return self.grow()

    @property
    def is_void(self) -> bool:
        """True if the rendered text was replaced by another one."""
        return self._body is not None and self._body.revision != self.answer.revision

    @property
    def is_behind(self) -> bool:
        """True if text has arrived that is not rendered yet."""
        return self._body is not None and self._body.fed < self.answer.length

    def tick(self) -> None:
        """Have the foot painted again, because its time or its facts have changed."""
        if self._body is not None:
            self._body.foot = Part("foot")

    def renew_attachments(self) -> None:
        """Have the rows of the attached files painted again, because a search shows other lines of them."""
        if self._body is not None:
            self._body.attachments = Part("attachments")

    def restyle(self) -> None:
        """Have all text of the program painted again, because the language has changed."""
        if self._body is not None:
            body = self._body
            body.plain, body.foot, body.folded, body.thoughts, body.line = map(
                Part, ("plain", "foot", "folded", "thoughts", "line")
            )
            body.prompt_note, body.answer_note = Part("prompt_note"), Part("answer_note")
            body.attachments = Part("attachments")

    # ------------------------------------------------------------------------------------------------------ section

    def guess(self, width: int) -> int:
        return guesses([self.answer], width, are_folded=self.is_folded)[0]

    def pieces(self) -> Sequence[object]:
        body = self._opened()
        markdown = body.markdown
        rest = [body.plain, *markdown.rest, *markdown.open_rest] if markdown.is_plain else []
        gap = [] if self.is_first else [body.gap]
        if self.is_folded:
            return [*gap, *self._prompt_pieces(), body.line, body.foot]
        blocks = self.faces.pieces(markdown.blocks, markdown.open, self.turned, every=self.is_all_shown)
        if not self.shows_thoughts and (count := self.thoughts):
            blocks[:count] = [body.thoughts]
        answer = self.answer
        note = [body.answer_note] if answer.left_out or (answer.pinned and not answer.turn.is_summary) else []
        return [*gap, *self._prompt_pieces(), *blocks, *rest, *note, body.foot]

    @property
    def thoughts(self) -> int:
        """Number of blocks of thoughts that the answer begins with; 0 while nothing follows them."""
        markdown = self._opened().markdown
        return leading_thoughts(chain(markdown.blocks, markdown.open))

    @property
    def is_thinking(self) -> bool:
        """True while all text so far may be thoughts. They are shown as they arrive."""
        return not self.answer.over and not self.thoughts

    @property
    def has_long_prompt(self) -> bool:
        """True if the prompt may need more rows than a folded one has."""
        prompt = self.answer.prompt
        return len(prompt) > FOLD * NARROWEST or prompt.count("\n") >= FOLD

    @property
    def prompt_at(self) -> int:
        """Index of the first piece of the prompt."""
        return 0 if self.is_first else 1

    @property
    def answer_at(self) -> int:
        """Index of the first piece below the prompt."""
        return self.prompt_at + len(self._prompt_pieces())

    def _prompt_pieces(self) -> Sequence[object]:
        if self._view_context.foot is not None:
            return ()
        body, turn = self._opened(), self.answer.turn
        note = [body.prompt_note] if turn.left_out or turn.pinned or turn.is_summary else []
        prompt = [body.folded] if self.has_long_prompt and not self.is_unfolded else body.prompt
        return [*note, *prompt, *([body.attachments] if turn.attachments else [])]

    def _opened(self) -> AnswerBody:
        if self._body is None:
            started = self._view_context.clock()
            while self.grow():
                if self._view_context.clock() - started > OPENING:
                    self._view_context.behind.add(self.answer)
                    break
        assert self._body is not None
        return self._body

    def stops(self) -> list[Stop]:
        """Return the stops from top to bottom, an answer before the parts in it."""
        pieces = self.pieces()
        prompt, answer, foot = self.prompt_at, self.answer_at, len(pieces) - 1
        stops = [Stop(prompt, answer - 1, self.answer.prompt, "prompt")]
        if self.answer.has_text:
            stops.append(Stop(answer, foot, self.answer.text, "answer"))
        if (count := self.thoughts) and not self.is_folded:
            last = answer + count - 1 if self.shows_thoughts else answer
            stops.append(Stop(answer, last, self._thoughts_text(), "thoughts"))
        begin = answer + (count if self.shows_thoughts else min(1, count))
        blocks = [*self.code(), *self.tables(), *self.faces.stops(pieces), *paragraphs(pieces, begin)]
        blocks.sort(key=lambda stop: stop.first)
        # A paragraph that is all of the answer is the answer.
        is_whole = len(blocks) == 1 and blocks[0].kind == "paragraph" and not count
        return stops if is_whole else stops + blocks

    def _thoughts_text(self) -> str:
        """Return the thoughts as the model wrote them, without the tags around them."""
        return split_thoughts(self.answer.text)[0]

    def code(self) -> list[Stop]:
        """Return a stop for each code block of the answer, which may consist of several pieces."""
        return [
            Stop(first, last, piece.source, "code", piece.language, piece.code.info)
            for first, last, piece in self._wholes(Code, lambda piece: piece.code)
        ]

    def tables(self) -> list[Stop]:
        """Return a stop for each table of the answer, which may consist of several pieces."""
        return [
            Stop(first, last, piece.source, "table")
            for first, last, piece in self._wholes(Table, lambda piece: piece.columns)
        ]

    def _wholes(
        self, kind: type[_Piece], whole: Callable[[_Piece], object]
    ) -> Iterator[tuple[int, int, _Piece]]:
        """Yield the first and the last index of the pieces of each code block or table, and the first piece.

        `whole` returns the object that all pieces of one of them share.
        """
        found = [(index, piece) for index, piece in enumerate(self.pieces()) if isinstance(piece, kind)]
        for _, group in groupby(found, key=lambda each: id(whole(each[1]))):
            pieces = list(group)
            yield pieces[0][0], pieces[-1][0], pieces[0][1]

    def links(self, first: int, last: int) -> list[Link]:
        """Return the links in the pieces from index `first` to `last`, both included."""
        found: list[Run] = []
        for piece in self.pieces()[first : last + 1]:
            if piece is self._opened().plain:
                # All pieces below are plain text, which has no links.
                break
            if isinstance(piece, Block):
                found += [*piece.linked_runs(), ("", TextStyle())]
        return links(found)

    def href_at(self, index: int, row: int, column: int, width: int) -> str:
        """Return the target of the link in a cell of the piece with that index; empty if there is no link."""
        piece = self.pieces()[index]
        if not isinstance(piece, Block):
            return ""
        lines = piece.lines(room_of(self._view_context, piece, width))
        end = MARGIN
        for text, style in lines[row].runs if row < len(lines) else ():
            end += cell_len(text)
            if MARGIN <= column < end:
                return style.href
        return ""

    def close(self) -> bool:
        if self._body is not None and (not self._body.is_whole or self.answer.length > KEPT):
            return False
        self.forget()
        return True

    def renew(self) -> None:
        """Rebuild immediately after the answer's text was replaced."""
        self.forget()
        self._opened()

    def forget(self) -> None:
        """Forget what was rendered; it is rendered anew when it comes into view."""
        self._body = None
        # They know the blocks, which would stay for as long as the conversation is open.
        self._faces = None

    def recolour(self) -> bool:
        """Rebuild if there is code, because lexers were loaded. Return whether that was so; the rows stay as many."""
        if self._body is None or not self.code():
            return False
        self.renew()
        return True

    def guess_piece(self, piece: object, width: int) -> int:
        if isinstance(piece, Part):
            if isinstance(piece, FoldLine):
                return 1 + piece.gap
            if piece.kind == "attachments":
                from elumenta_tui.tui.widgets.attachment_rows import attachment_height

                return attachment_height(self.answer.turn, self._view_context, width)
            return FOLD if piece.kind == "folded" else 1
        assert isinstance(piece, Block)
        return piece.estimate(room_of(self._view_context, piece, width))

    def rows(self, piece: object, width: int) -> list[Row]:
        if isinstance(piece, Part):
            if piece.kind == "folded":
                return self._marked(self._folded_rows(width), width)
            if piece.kind == "attachments":
                from elumenta_tui.tui.widgets.attachment_rows import attachment_rows

                return attachment_rows(self.answer.turn, self._view_context, width, _FOLDED)
            room = prose_width(self._view_context, width)
            if isinstance(piece, FoldLine):
                return [
                    painted_row(self._view_context, line, width)._replace(is_text=False)
                    for line in piece.lines(room)
                ]
            if piece.kind.endswith("_note"):
                source = self.answer if piece.kind == "answer_note" else self.answer.turn
                lines = note_lines(source, self._view_context, room)
            else:
                lines = getattr(self, f"_{piece.kind}_lines")(room)
            return [painted_row(self._view_context, line, width)._replace(is_text=False) for line in lines]
        if isinstance(piece, AlertTitle):
            piece = piece.named(say(f"alert.{piece.kind}"))
        assert isinstance(piece, Block)
        lines = piece.lines(room_of(self._view_context, piece, width))
        prompt = self._opened().prompt
        if any(block is piece for block in prompt):
            style = _FOLDED if self.answer.turn.left_out else PROMPT
            rows = [prompt_row(self._view_context, line, width, style) for line in lines]
            return self._marked(rows, width) if piece is prompt[0] else rows
        if self.answer.left_out:
            lines = [line._replace(runs=tuple((text, _META) for text, _ in line.runs)) for line in lines]
        return [painted_row(self._view_context, line, width) for line in lines]

    def _marked(self, rows: list[Row], width: int) -> list[Row]:
        """Return the first rows of the prompt with the mark of its version, if it has several."""
        mark = prompt_mark(self._view_context.conversation(), self.answer.turn)
        return with_mark(rows, mark, self._view_context, width) if mark else rows

    # -------------------------------------------------------------------------------------------------------- parts

    def first_line(self, width: int) -> Row:
        """Return the first line of the prompt as a row, to stand above its answer while the prompt is out of view."""
        first = next((line for line in self.answer.prompt.splitlines() if line.strip()), "")
        line = Line(((shortened(first, prose_width(self._view_context, width)), _FOLDED),))
        return prompt_row(self._view_context, line, width, _FOLDED)

    def _line_lines(self, room: int) -> list[Line]:
        """Return the line that stands for a folded answer: its first words, and how long it is."""
        text = without_thoughts(self.answer.text)
        begin = " ".join(" ".join(readable(text[:_BEGIN], _BEGIN)).split())
        behind = f" · {say('turn.words', n=len(text.split()))}"
        words = shortened(begin, room - 2 - cell_len(behind))
        return [Line((("▸ ", _FOLDED_ANSWER), (words, TextStyle()), (behind, _FOLDED_ANSWER)))]

    def _folded_rows(self, width: int) -> list[Row]:
        """Return the first rows of a long prompt and a note about the rest, or all rows if there are at most `FOLD`."""
        room, rows = prose_width(self._view_context, width), []
        for block in self._opened().prompt:
            rows += [prompt_row(self._view_context, line, width) for line in block.lines(room)]
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
        return [
            *shown,
            prompt_row(self._view_context, note, width, _FOLDED)._replace(skip=width, is_text=False),
        ]

    def _thoughts_lines(self, room: int) -> list[Line]:
        """Return the lines that replace folded thoughts."""
        words = say("turn.thoughts", n=len(self._thoughts_text().split()))
        began, ended = self.answer.first_text_at, self.answer.thoughts_ended_at
        if began is not None and ended is not None and ended - began >= 1:
            words += f" · {say('turn.seconds', seconds=number(round(ended - began)))}"
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
        if (draw := self._view_context.foot) is not None:
            return draw(self.answer, self._view_context, room)
        return Foot(self.answer, self._view_context).lines(room)


def guesses(answers: Sequence[Answer], width: int, *, are_folded: bool = False) -> list[int]:
    """Estimate the rows of each answer. There may be thousands."""
    # 60 is the average number of characters of a line of Markdown, lists and code included.
    characters = 60 if width >= _ROOMY else room(width)
    shown = 0 if are_folded else 1
    return [3 + (len(answer.turn.prompt) + shown * answer.length) // characters for answer in answers]
