"""How one turn looks: the prompt, the model's name, the answer, and a line that says how it stands and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from textual.strip import Strip

from elumenta_tui.chat import Charge, Failure, Hold, Progress, Turn, TurnState
from elumenta_tui.gate import clean_line
from elumenta_tui.rendering.blocks import Block
from elumenta_tui.rendering.bounded import BoundedMarkdown
from elumenta_tui.rendering.code import Code
from elumenta_tui.rendering.growing import plain_blocks
from elumenta_tui.rendering.ink import Ink, Line, Link, Run, links
from elumenta_tui.widgets.inks import Looks
from elumenta_tui.widgets.moments import duration, moment
from elumenta_tui.words import knows, number, say

OPENING = 0.1
"""Seconds that a turn may take to be laid out when it comes into view; what is left of it comes with the next frames."""
KEPT = 50_000
"""Characters of an answer that is not forgotten when it is far from the view: it would take too long to make again."""

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
SPINS_PER_SECOND = 4
"""How often an answer that is coming is painted even if nothing comes."""

_MARGIN = 2
"""Cells left of everything, where the marks stand."""

_RIGHT = 1

_YOU = Ink("you", bold=True)
_PROMPT = Ink("prompt")
_MODEL = Ink("model", bold=True)
_META = Ink("meta")
_LIVE = Ink("live")
_PROBLEM = Ink("problem", bold=True)
_STOPPED = Ink("stopped", bold=True)


class Row(NamedTuple):
    """A painted row and what copying has to know of it."""

    strip: Strip
    joint: str = "\n"
    """What stands between this row's text and the next one's: a wrapped row has lost a blank, or nothing."""
    skip: int = 0
    """Cells at the start that are not text."""


class Stop(NamedTuple):
    """Something that the keyboard's cursor can rest on: a prompt, an answer, or a code block in it."""

    first: int
    """Its first piece."""
    last: int
    """Its last piece."""
    text: str
    """What copying it gives: the source, not what is painted."""


class _Part:
    """A piece of the view that is no block of the answer. Only its identity matters: a new one is painted anew."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


class _Body:
    """What there is of a turn while it is near the view: its blocks. They can be made again from its text."""

    __slots__ = ("answer", "fed", "foot", "head", "is_whole", "plain", "prompt", "said_by")

    def __init__(self, turn: Turn) -> None:
        self.prompt: list[Block] = plain_blocks(turn.prompt)
        self.answer = BoundedMarkdown()
        self.fed = 0
        """Characters of the answer that are rendered."""
        self.is_whole = False
        self.said_by = ("", False)
        self.head, self.plain, self.foot = _Part("head"), _Part("plain"), _Part("foot")

    def grow(self, turn: Turn) -> bool:
        if self.fed < turn.length:
            fresh = turn.text_since(self.fed, self.answer.mouthful)
            self.answer.feed(fresh)
            self.fed += len(fresh)
        if self.fed < turn.length:
            return True
        if turn.over and not self.is_whole:
            if self.answer.closing(self.answer.mouthful):
                return True
            self.is_whole = True
        self.foot = _Part("foot")
        if self.said_by != (turn.served_by, turn.has_text):
            self.said_by = turn.served_by, turn.has_text
            self.head = _Part("head")
        return False


class TurnView:
    """A turn as a section of the transcript's flow."""

    __slots__ = ("_body", "_looks", "turn")

    def __init__(self, turn: Turn, looks: Looks) -> None:
        self.turn = turn
        self._looks = looks
        self._body: _Body | None = None

    # ------------------------------------------------------------------------------------------------------- growth

    def grow(self) -> bool:
        """Render the next piece of what has come in; True if there is more to do."""
        if self._body is None:
            self._body = _Body(self.turn)
        return self._body.grow(self.turn)

    def tick(self) -> None:
        """Time has passed: the status line says something else."""
        if self._body is not None:
            self._body.foot = _Part("foot")

    def restyle(self) -> None:
        """Words or names have changed."""
        if self._body is not None:
            self._body.head, self._body.plain, self._body.foot = _Part("head"), _Part("plain"), _Part("foot")

    # ------------------------------------------------------------------------------------------------------ section

    def guess(self, width: int) -> int:
        # Sixty: what a line of Markdown has on average, lists and code included.
        return 6 + (len(self.turn.prompt) + self.turn.length) // min(60, self._room(width))

    def pieces(self) -> Sequence[object]:
        body = self._opened()
        answer = body.answer
        rest = [body.plain, *answer.rest, *answer.open_rest] if answer.is_plain else []
        return [*body.prompt, body.head, *answer.blocks, *answer.open, *rest, body.foot]

    def _opened(self) -> _Body:
        if self._body is None:
            started = self._looks.clock()
            while self.grow():
                if self._looks.clock() - started > OPENING:
                    self._looks.behind.add(self.turn)
                    break
        assert self._body is not None
        return self._body

    def stops(self) -> list[Stop]:
        """From top to bottom, the whole before its parts."""
        pieces = self.pieces()
        head, foot = pieces.index(self._opened().head), len(pieces) - 1
        stops = [Stop(0, head - 1, self.turn.prompt)]
        if self.turn.has_text:
            stops.append(Stop(head, foot, self.turn.text))
        code = [(index, piece) for index, piece in enumerate(pieces) if isinstance(piece, Code)]
        for _, block in groupby(code, key=lambda found: id(found[1].code)):
            found = list(block)
            stops.append(Stop(found[0][0], found[-1][0], found[0][1].source))
        return stops

    def links(self, first: int, last: int) -> list[Link]:
        """The links in the pieces from one to another."""
        found: list[Run] = []
        for piece in self.pieces()[first : last + 1]:
            if piece is self._opened().plain:
                # All that follows is plain text.
                break
            if isinstance(piece, Block):
                found += [*piece.linked_runs(), ("", Ink())]
        return links(found)

    def href_at(self, index: int, row: int, column: int, width: int) -> str:
        """Where the link leads that is painted in a cell of a piece; empty if there is none."""
        piece = self.pieces()[index]
        if not isinstance(piece, Block):
            return ""
        lines = piece.lines(self._room(width))
        end = _MARGIN
        for text, ink in lines[row].runs if row < len(lines) else ():
            end += cell_len(text)
            if _MARGIN <= column < end:
                return ink.href
        return ""

    def close(self) -> bool:
        if self._body is not None and (not self._body.is_whole or self.turn.length > KEPT):
            return False
        self._body = None
        return True

    def renew(self) -> None:
        """Make everything anew, at once: another answer has taken the place of the one that was there."""
        self._body = None
        self._opened()

    def guess_piece(self, piece: object, width: int) -> int:
        if isinstance(piece, _Part):
            return 2
        assert isinstance(piece, Block)
        return piece.estimate(self._room(width))

    def rows(self, piece: object, width: int) -> list[Row]:
        if isinstance(piece, _Part):
            lines = getattr(self, f"_{piece.kind}_lines")(self._room(width))
            return [self._row(line, width) for line in lines]
        assert isinstance(piece, Block)
        lines = piece.lines(self._room(width))
        if any(block is piece for block in self._opened().prompt):
            return [self._prompt_row(line, width) for line in lines]
        return [self._row(line, width) for line in lines]

    @staticmethod
    def _room(width: int) -> int:
        return max(4, width - _MARGIN - _RIGHT)

    def _row(self, line: Line, width: int) -> Row:
        inks = self._looks.inks
        strip = inks.strip(line, width, margin=((" " * _MARGIN, Ink()),) if line.runs else (), right=_RIGHT)
        return Row(strip, _joint(line), _MARGIN + line.skip)

    def _prompt_row(self, line: Line, width: int) -> Row:
        inks = self._looks.inks
        runs = tuple((text, ink._replace(role="prompt")) for text, ink in line.runs)
        strip = inks.strip(
            Line(runs, line.soft, _PROMPT), width, margin=(("▌", _YOU), (" ", _PROMPT)), right=0
        )
        return Row(strip, _joint(line), _MARGIN)

    # -------------------------------------------------------------------------------------------------------- words

    def _head_lines(self, room: int) -> list[Line]:
        turn = self.turn
        name = clean_line(turn.model.name)
        runs = [("◆ ", _MODEL), (name, _MODEL)]
        if turn.served_by and turn.served_by != turn.model.slug:
            runs.append((f"  {clean_line(turn.served_by)}", _META))
        # The mark hangs in the margin; _row adds it for every line.
        return [Line(()), Line(tuple(runs)), *([Line(())] if turn.has_text else [])]

    def _plain_lines(self, room: int) -> list[Line]:
        return [Line(()), *_wrapped(say("turn.plain"), _STOPPED, room), Line(())]

    def _foot_lines(self, room: int) -> list[Line]:
        turn = self.turn
        if not turn.over and turn.hold is not None:
            said = self._hold_lines(turn.hold, room)
        elif not turn.over and turn.progress is not None:
            said = _wrapped(self._live(), _LIVE, room)
        elif not turn.over:
            said = [Line(((self._live(), _LIVE),))]
        elif turn.state is TurnState.COMPLETE:
            said = self._outcome_lines(room)
        else:
            said = self._problem_lines(room)
        return [Line(()), *said, Line(())]

    def _hold_lines(self, hold: Hold, room: int) -> list[Line]:
        """Why the request waits, and when it goes out again."""
        lines = _wrapped(f"✗ {_sentence(self._what(hold.failure))}", _PROBLEM, room)
        if said := quoted(hold.failure):
            lines += _wrapped(said, _META, room)
        seconds = hold.seconds(self._looks.clock())
        return lines + _wrapped(
            f"{self._spinner()} {say('turn.hold', n=seconds, number=hold.number, of=hold.of)}", _LIVE, room
        )

    def _spinner(self) -> str:
        return SPINNER[int(self.turn.seconds(self._looks.clock()) * SPINS_PER_SECOND) % len(SPINNER)]

    def _live(self) -> str:
        turn, now = self.turn, self._looks.clock()
        spinner = self._spinner()
        if turn.state is TurnState.WAITING or not turn.deltas:
            seconds = int(turn.seconds(now))
            if turn.progress is not None:
                return f"{spinner} {self._prepared(turn.progress, seconds)}"
            return f"{spinner} " + (say("turn.waiting", n=seconds) if seconds else say("turn.sent"))
        rate = turn.rate(now)
        parts = [say("turn.streaming", rate=number(round(rate))) if rate is not None else say("turn.started")]
        silence = int(turn.silence(now))
        if silence >= 3:
            parts.append(say("turn.silent", n=silence))
        return f"{spinner} " + " · ".join(parts)

    @staticmethod
    def _prepared(progress: Progress, seconds: int) -> str:
        parts = [say("turn.prepared", n=seconds)]
        if progress.percent is not None:
            parts.append(say("turn.percent", n=progress.percent))
        if progress.seconds is not None:
            parts.append(say("turn.eta", n=round(progress.seconds)))
        return _unbroken(parts)

    def _outcome_lines(self, room: int) -> list[Line]:
        outcome = _unbroken(self._outcome())
        marked = f"✓ {say('state.complete')} · {outcome}"
        return _wrapped(marked if cell_len(marked) <= room else f"✓ {outcome}", _META, room)

    def _outcome(self) -> list[str]:
        turn, now = self.turn, self._looks.clock()
        parts = [self._price()]
        if turn.balance_after is not None:
            parts.append(say("bar.left", n=turn.balance_after))
        parts.append(say("turn.seconds", seconds=number(round(turn.seconds(now), 1))))
        if turn.was_found:
            parts.append(say("turn.was_found"))
        if turn.asked_again:
            parts.append(say("turn.asked_again"))
        if turn.unreadable:
            parts.append(say("turn.unreadable", n=turn.unreadable))
        return parts

    def _price(self) -> str:
        turn = self.turn
        if turn.cost is not None:
            return say("bar.tokens", n=turn.cost)
        if turn.paid is not None:
            return say("turn.seen_cost", n=turn.paid)
        return say("turn.cost_unknown")

    def _problem_lines(self, room: int) -> list[Line]:
        turn, failure = self.turn, self.turn.failure
        assert failure is not None
        stopped = failure.kind == "stopped"
        ink = _STOPPED if stopped else _PROBLEM
        known = known_kind(failure)
        values = failure_values(failure, turn.model.slug)
        if stopped:
            lines = _wrapped(f"■ {say('turn.stopped')}", ink, room)
        else:
            what = self._what(failure)
            lines = _wrapped(f"✗ {say(f'state.{turn.state.value}')}: {what}", ink, room)
        if said := quoted(failure):
            lines += _wrapped(said, _META, room)
        after = [self._charge()]
        if failure.retry_after is not None:
            after.append(self._when(failure.retry_after))
        after.append(say(f"error.{known}.next", **values))
        if turn.generation_id and (turn.progress is not None or known == "pending"):
            after.append(say("turn.number", id=clean_line(turn.generation_id)))
        after.append(say(f"turn.kept_{self._kept()}"))
        if turn.unreadable:
            after.append(say("turn.unreadable_after", n=turn.unreadable))
        lines += _wrapped(" ".join(part for part in after if part), _META, room)
        for offer in self._looks.offers(turn):
            lines += _wrapped(offer, _LIVE, room)
        return lines

    def _kept(self) -> str:
        """What has become of the prompt and the text, as the catalogue names it."""
        if self.turn.asked_again:
            return "apart" if self.turn.has_text else "again"
        if self.turn.has_text:
            return "partial"
        return "returned" if self.turn.given_back else "prompt"

    def _when(self, seconds: float) -> str:
        """When the service takes a request again: so many seconds after the end."""
        now = self._looks.calendar()
        ended = self.turn.ended_on if self.turn.ended_on is not None else now
        time = moment(ended + seconds, now)
        retry = duration(seconds)
        return say("turn.again", retry=retry, time=time) if time else say("turn.again_in", retry=retry)

    def _what(self, failure: Failure) -> str:
        return say(f"error.{known_kind(failure)}.what", **failure_values(failure, self.turn.model.slug))

    def _charge(self) -> str:
        turn, failure = self.turn, self.turn.failure
        assert failure is not None
        if failure.charge is not Charge.UNKNOWN:
            return say(f"charge.{failure.charge.value}")
        if turn.cost is not None:
            return say("charge.stated", n=turn.cost) if turn.cost else say("charge.not_charged")
        if turn.balance_before is not None and turn.balance_after is not None:
            if turn.balance_after == turn.balance_before:
                return say("charge.unchanged", balance=turn.balance_after)
            return say("charge.changed", before=turn.balance_before, after=turn.balance_after)
        if turn.balance_after is not None:
            return say("charge.now", balance=turn.balance_after)
        return say("charge.being_read" if turn.settling else "charge.unknown")


def _joint(line: Line) -> str:
    return line.lost if line.soft else "\n"


def known_kind(failure: Failure) -> str:
    """The kind under which the catalogue has words for a failure."""
    return failure.kind if knows(f"error.{failure.kind}.what") else "http_error"


def failure_values(failure: Failure, model: str = "") -> dict[str, object]:
    """What the sentences about a failure may name."""
    return {
        "status": failure.status or "",
        "model": clean_line(model),
        "detail": clean_line(failure.message),
    }


def quoted(failure: Failure) -> str:
    """The message of a failure, and whose words it is; empty if it says nothing new."""
    if not failure.message or failure.kind in _SAID:
        return ""
    from_service = failure.status is not None or failure.kind == "stream_error"
    message = clean_line(failure.message, 500)
    if message[-1] not in '.!?…»”")':
        message += "."
    return say("turn.server_said" if from_service else "turn.details", message=message)


_SAID = frozenset({"not_an_answer", "bad_key", "bad_url", "proxy", "certificates", "pending"})
"""Failures whose message is said already, or is the client's own English, for callers without a catalogue of words."""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unbroken(parts: list[str]) -> str:
    """Facts in a row, which breaks between them only."""
    return " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def _wrapped(text: str, ink: Ink, room: int) -> list[Line]:
    lines: list[Line] = []
    for block in plain_blocks(text):
        for line in block.lines(room):
            # They have kept the row together; who copies it wants blanks.
            runs = tuple((piece.replace("\N{NO-BREAK SPACE}", " "), ink) for piece, _ in line.runs)
            lines.append(line._replace(runs=runs))
    return lines
