"""The footer of an answer: its model and state, cost, failure, and the actions that are offered."""

from __future__ import annotations

from rich.cells import cell_len

from elumenta_tui.chat.turn import Answer, AnswerState, Preparation, RetryWait
from elumenta_tui.i18n import number, say
from elumenta_tui.i18n.answers import (
    again_words,
    answering_model,
    charge_words,
    outcome_facts,
    replaced_words,
    state_word,
)
from elumenta_tui.i18n.failures import advice, known_kind, quoted, sentence, what_failed
from elumenta_tui.markdown.growing import plain_blocks
from elumenta_tui.markdown.style import Line, TextStyle
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.key_hints import keys_of
from elumenta_tui.tui.widgets.line_renderer import ViewContext
from elumenta_tui.tui.widgets.versions import answer_mark

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
SPINS_PER_SECOND = 4
"""Repaints per second of a running answer while nothing arrives."""

SILENCE = 3
"""Seconds without a delta after which the footer says so."""

_META = TextStyle("meta")
_NAME = TextStyle("name")
_OFFER = TextStyle("offer")
_OFFER_KEY = TextStyle("offer", bold=True)
_LIVE = TextStyle("live")
_PROBLEM = TextStyle("problem", bold=True)
_STOPPED = TextStyle("stopped", bold=True)


class Foot:
    """Writes the footer of an answer."""

    def __init__(self, answer: Answer, view_context: ViewContext) -> None:
        self.answer = answer
        self._view_context = view_context

    def lines(self, room: int) -> list[Line]:
        """Return the footer as it is now, in rows of at most `room` cells."""
        return [*self._state_lines(room), *self._version_lines(room)]

    def _version_lines(self, room: int) -> list[Line]:
        """State what the version was asked for, and that the path ends here though more was said below."""
        answer = self.answer
        lines: list[Line] = []
        conversation = self._view_context.conversation()
        temperature = answer.options.temperature
        if temperature is not None and temperature != conversation.options.temperature:
            lines += wrapped(say("turn.temperature", n=number(temperature)), _META, room)
        if answer.remark:
            lines += wrapped(say("turn.remark", remark=clean_line(answer.remark)), _META, room)
        if self._view_context.is_last(answer):
            below = len(conversation.continuations(answer))
            if below:
                lines += wrapped(say("turn.ends_here", n=below), _OFFER, room)
        return lines

    @property
    def _name(self) -> str:
        """The model that was asked, and which version of the answer this is."""
        return " ".join(filter(None, (answering_model(self.answer), answer_mark(self.answer))))

    def _state_lines(self, room: int) -> list[Line]:
        answer = self.answer
        if not answer.over and answer.retry_wait is not None:
            return self.wait_lines(answer.retry_wait, room)
        if not answer.over and answer.preparation is not None:
            return wrapped(f"{self.spinner()} {self._name} · {self.live()}", _LIVE, room)
        if not answer.over:
            return self._facts(self.spinner(), _LIVE, [self.live()], room)
        if answer.state is AnswerState.COMPLETE:
            return self._outcome_lines(room)
        if not self._view_context.is_last(answer):
            return self._past_lines(room)
        return self._problem_lines(room)

    def _facts(self, mark: str, style: TextStyle, facts: list[str], room: int) -> list[Line]:
        """Lay out the model's name and some facts in one row, or in several if they do not fit."""
        name = self._name
        behind = "".join(f" · {fact}" for fact in facts)
        if cell_len(mark) + 1 + cell_len(name + behind) <= room:
            return [Line(((f"{mark} ", style), (name, _NAME), (behind, _META)))]
        # A fact that is a whole sentence may break anywhere; short facts must not break inside.
        facts = [_unbroken([fact]) if 2 * cell_len(fact) <= room else fact for fact in (name, *facts)]
        return wrapped(f"{mark} {' · '.join(facts)}", _META, room)

    def wait_lines(self, wait: RetryWait, room: int) -> list[Line]:
        """State why the request waits, and when it is sent again."""
        lines = wrapped(f"✗ {sentence(what_failed(wait.failure, self.answer.model.slug))}", _PROBLEM, room)
        if said := quoted(wait.failure):
            lines += wrapped(said, _META, room)
        seconds = wait.seconds(self._view_context.clock())
        return lines + wrapped(
            f"{self.spinner()} {say('turn.hold', n=seconds, number=wait.number, of=wait.of)}", _LIVE, room
        )

    def spinner(self) -> str:
        """Return the sign of a running answer, which turns."""
        return spinner(self.answer, self._view_context.clock())

    def live(self) -> str:
        """State how far a running answer is."""
        answer, now = self.answer, self._view_context.clock()
        seconds = int(answer.seconds(now))
        if answer.state is AnswerState.WAITING or not answer.deltas:
            if answer.preparation is not None:
                return self._prepared(answer.preparation, seconds)
            return say("turn.waiting", n=seconds) if seconds else say("turn.sent")
        parts = [say("turn.streaming", n=seconds) if seconds else say("turn.started")]
        silence = int(answer.silence(now))
        if silence >= SILENCE:
            parts.append(say("turn.silent", n=silence))
        return " · ".join(parts)

    @staticmethod
    def _prepared(progress: Preparation, seconds: int) -> str:
        parts = [say("turn.prepared", n=seconds)]
        if progress.percent is not None:
            parts.append(say("turn.percent", n=progress.percent))
        if progress.seconds is not None:
            parts.append(say("turn.eta", n=round(progress.seconds)))
        return _unbroken(parts)

    def _outcome_lines(self, room: int) -> list[Line]:
        # Rounded in two steps, because the float noise of a difference would decide between 1.1 and 1.2.
        seconds = round(round(self.answer.seconds(self._view_context.clock()), 3), 1)
        facts = outcome_facts(self.answer)
        if self.answer.ended_at != self.answer.asked_at:
            # Of an answer that was copied from the service's history no duration is known.
            lines = self._facts("✓", _META, [*facts, say("turn.seconds", seconds=number(seconds))], room)
        else:
            lines = self._facts("✓", _META, facts, room)
        # The duration is left out rather than taking a second row.
        return lines if len(lines) == 1 else self._facts("✓", _META, facts, room)

    def _past_lines(self, room: int) -> list[Line]:
        """State how an incomplete answer ended and what it cost, after the conversation has gone on."""
        answer = self.answer
        facts = [state_word(answer), charge_words(answer, is_past=True).rstrip(".")]
        if answer.is_replaced:
            facts.append(replaced_words(answer))
        mark, style = ("■", _STOPPED) if answer.was_stopped else ("✗", _PROBLEM)
        lines = self._facts(mark, style, facts, room)
        if answer.recovered is not None:
            # The recovered answer is paid for and available, so the offer stays.
            lines += [
                line for offer in self._view_context.offers(answer) for line in offer_lines(offer, room)
            ]
        return lines

    def _problem_lines(self, room: int) -> list[Line]:
        answer, failure = self.answer, self.answer.failure
        assert failure is not None
        style = _STOPPED if answer.was_stopped else _PROBLEM
        known = known_kind(failure)
        if answer.was_stopped:
            lines = wrapped(f"■ {self._name} · {say('turn.stopped')}", style, room)
        else:
            what = what_failed(failure, answer.model.slug)
            lines = wrapped(f"✗ {self._name} · {state_word(answer)}: {what}", style, room)
        if said := quoted(failure):
            lines += wrapped(said, _META, room)
        after = [charge_words(answer, is_being_read=self._view_context.is_settling(answer))]
        if failure.retry_after is not None:
            after.append(again_words(answer, failure.retry_after, self._view_context.calendar()))
        after.append(advice(failure, answer.model.slug))
        if answer.generation_id and (answer.preparation is not None or known == "pending"):
            after.append(say("turn.number", id=clean_line(answer.generation_id)))
        after.append(say(f"turn.kept_{self._kept()}"))
        if answer.unreadable:
            after.append(say("turn.unreadable_after", n=answer.unreadable))
        lines += wrapped(" ".join(part for part in after if part), _META, room)
        for offer in self._view_context.offers(answer):
            lines += offer_lines(offer, room)
        return lines

    def _kept(self) -> str:
        """Return the catalogue's name for what happened to the prompt and the text."""
        if self._view_context.is_aside:
            return "aside"
        if self.answer.is_replaced:
            return "apart" if self.answer.has_text else "again"
        if self.answer.has_text:
            return "partial"
        return "returned" if self.answer in self._view_context.given_back else "prompt"


def spinner(answer: Answer, now: float) -> str:
    """Return the sign of a running answer at a time, in seconds of the clock of `Answer.asked_at`."""
    return SPINNER[int(answer.seconds(now) * SPINS_PER_SECOND) % len(SPINNER)]


def failure_mark(answer: Answer) -> tuple[str, str]:
    """Return the sign of an incomplete answer that is over, and its style."""
    return ("■", "$warning") if answer.was_stopped else ("✗", "$error")


def _unbroken(parts: list[str]) -> str:
    """Join facts so that the row breaks only between them."""
    return " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def offer_lines(offer: str, room: int) -> list[Line]:
    """Wrap what can be done to rows of at most `room` cells. The key or slash word that it begins with stands out."""
    first, *others = wrapped(offer, _OFFER, room)
    runs, left = [], len(keys_of(offer))
    for text, style in first.runs:
        head, rest = text[:left], text[left:]
        left -= len(head)
        runs += [(head, _OFFER_KEY)] if head else []
        runs += [(rest, style)] if rest else []
    return [first._replace(runs=tuple(runs)), *others]


def wrapped(text: str, style: TextStyle, room: int) -> list[Line]:
    """Wrap a sentence to rows of at most `room` cells."""
    lines: list[Line] = []
    for block in plain_blocks(text):
        for line in block.lines(room):
            # The no-break spaces have done their work; copied text should have plain spaces.
            runs = tuple((piece.replace("\N{NO-BREAK SPACE}", " "), style) for piece, _ in line.runs)
            lines.append(line._replace(runs=runs))
    return lines
