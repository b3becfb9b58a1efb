"""The foot of a turn: who answers and how it stands, what it cost, what has gone wrong, and what can be done about it."""

from __future__ import annotations

from rich.cells import cell_len

from elumenta_tui.chat.turn import Hold, Progress, Turn, TurnState
from elumenta_tui.i18n import number, say
from elumenta_tui.i18n.failures import failure_values, known_kind, quoted, sentence, what_failed
from elumenta_tui.i18n.turns import again_words, answering_model, charge_words, outcome_facts, state_word
from elumenta_tui.markdown.growing import plain_blocks
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.line_renderer import Looks

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
SPINS_PER_SECOND = 4
"""How often an answer that is coming is painted even if nothing comes."""

SILENCE = 3
"""Seconds without a word after which the foot says so."""

_META = TextStyle("meta")
_NAME = TextStyle("name")
_OFFER = TextStyle("offer")
_LIVE = TextStyle("live")
_PROBLEM = TextStyle("problem", bold=True)
_STOPPED = TextStyle("stopped", bold=True)


class Foot:
    """The sentences below a turn."""

    def __init__(self, turn: Turn, looks: Looks) -> None:
        self.turn = turn
        self._looks = looks

    def lines(self, room: int) -> list[Line]:
        """What they say now, in rows of at most `room` cells."""
        turn = self.turn
        if not turn.over and turn.hold is not None:
            return self._hold_lines(turn.hold, room)
        if not turn.over and turn.progress is not None:
            return wrapped(f"{self._spinner()} {answering_model(self.turn)} · {self._live()}", _LIVE, room)
        if not turn.over:
            return self._facts(self._spinner(), _LIVE, [self._live()], room)
        if turn.state is TurnState.COMPLETE:
            return self._outcome_lines(room)
        if not self._looks.is_last(turn):
            return self._past_lines(room)
        return self._problem_lines(room)

    def _facts(self, mark: str, style: TextStyle, facts: list[str], room: int) -> list[Line]:
        """The model's name and some facts in one row; in several where there is no room."""
        name = answering_model(self.turn)
        behind = "".join(f" · {fact}" for fact in facts)
        if cell_len(mark) + 1 + cell_len(name + behind) <= room:
            return [Line(((f"{mark} ", style), (name, _NAME), (behind, _META)))]
        # A whole sentence may break anywhere.
        facts = [_unbroken([fact]) if 2 * cell_len(fact) <= room else fact for fact in (name, *facts)]
        return wrapped(f"{mark} {' · '.join(facts)}", _META, room)

    def _hold_lines(self, hold: Hold, room: int) -> list[Line]:
        """Why the request waits, and when it goes out again."""
        lines = wrapped(f"✗ {sentence(what_failed(hold.failure, self.turn.model.slug))}", _PROBLEM, room)
        if said := quoted(hold.failure):
            lines += wrapped(said, _META, room)
        seconds = hold.seconds(self._looks.clock())
        return lines + wrapped(
            f"{self._spinner()} {say('turn.hold', n=seconds, number=hold.number, of=hold.of)}", _LIVE, room
        )

    def _spinner(self) -> str:
        return SPINNER[int(self.turn.seconds(self._looks.clock()) * SPINS_PER_SECOND) % len(SPINNER)]

    def _live(self) -> str:
        turn, now = self.turn, self._looks.clock()
        seconds = int(turn.seconds(now))
        if turn.state is TurnState.WAITING or not turn.deltas:
            if turn.progress is not None:
                return self._prepared(turn.progress, seconds)
            return say("turn.waiting", n=seconds) if seconds else say("turn.sent")
        parts = [say("turn.streaming", n=seconds) if seconds else say("turn.started")]
        silence = int(turn.silence(now))
        if silence >= SILENCE:
            parts.append(say("turn.silent", n=silence))
        return " · ".join(parts)

    @staticmethod
    def _prepared(progress: Progress, seconds: int) -> str:
        parts = [say("turn.prepared", n=seconds)]
        if progress.percent is not None:
            parts.append(say("turn.percent", n=progress.percent))
        if progress.seconds is not None:
            parts.append(say("turn.eta", n=round(progress.seconds)))
        return _unbroken(parts)

    def _outcome_lines(self, room: int) -> list[Line]:
        # In two steps: else the noise of a difference decides between 1.1 and 1.2.
        seconds = round(round(self.turn.seconds(self._looks.clock()), 3), 1)
        facts = outcome_facts(self.turn)
        lines = self._facts("✓", _META, [*facts, say("turn.seconds", seconds=number(seconds))], room)
        # How long it took is not worth a row.
        return lines if len(lines) == 1 else self._facts("✓", _META, facts, room)

    def _past_lines(self, room: int) -> list[Line]:
        """How an answer ended that is not whole, and what it cost, once the conversation has gone on."""
        turn = self.turn
        facts = [state_word(turn), charge_words(turn, is_past=True).rstrip(".")]
        if turn.asked_again:
            facts.append(say("turn.asked_again"))
        mark, style = ("■", _STOPPED) if turn.was_stopped else ("✗", _PROBLEM)
        lines = self._facts(mark, style, facts, room)
        if turn.found is not None:
            # It is paid for, and can be had.
            lines += [line for offer in self._looks.offers(turn) for line in wrapped(offer, _OFFER, room)]
        return lines

    def _problem_lines(self, room: int) -> list[Line]:
        turn, failure = self.turn, self.turn.failure
        assert failure is not None
        style = _STOPPED if turn.was_stopped else _PROBLEM
        known = known_kind(failure)
        values = failure_values(failure, turn.model.slug)
        if turn.was_stopped:
            lines = wrapped(f"■ {answering_model(self.turn)} · {say('turn.stopped')}", style, room)
        else:
            what = what_failed(failure, turn.model.slug)
            lines = wrapped(f"✗ {answering_model(self.turn)} · {state_word(turn)}: {what}", style, room)
        if said := quoted(failure):
            lines += wrapped(said, _META, room)
        after = [charge_words(turn)]
        if failure.retry_after is not None:
            after.append(again_words(turn, failure.retry_after, self._looks.calendar()))
        after.append(say(f"error.{known}.next", **values))
        if turn.generation_id and (turn.progress is not None or known == "pending"):
            after.append(say("turn.number", id=clean_line(turn.generation_id)))
        after.append(say(f"turn.kept_{self._kept()}"))
        if turn.unreadable:
            after.append(say("turn.unreadable_after", n=turn.unreadable))
        lines += wrapped(" ".join(part for part in after if part), _META, room)
        for offer in self._looks.offers(turn):
            lines += wrapped(offer, _OFFER, room)
        return lines

    def _kept(self) -> str:
        """What has become of the prompt and the text, as the catalogue names it."""
        if self.turn.asked_again:
            return "apart" if self.turn.has_text else "again"
        if self.turn.has_text:
            return "partial"
        return "returned" if self.turn.given_back else "prompt"


def _unbroken(parts: list[str]) -> str:
    """Facts in a row, which breaks between them only."""
    return " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def wrapped(text: str, style: TextStyle, room: int) -> list[Line]:
    """A sentence in rows of at most `room` cells."""
    lines: list[Line] = []
    for block in plain_blocks(text):
        for line in block.lines(room):
            # They have kept the row together; who copies it wants blanks.
            runs = tuple((piece.replace("\N{NO-BREAK SPACE}", " "), style) for piece, _ in line.runs)
            lines.append(line._replace(runs=runs))
    return lines
