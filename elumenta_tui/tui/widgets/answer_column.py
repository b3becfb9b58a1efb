"""One column of a comparison: the head with the facts of an answer, and the answer itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from elumenta_tui.chat.ledger import total
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.i18n import number, say
from elumenta_tui.i18n.answers import price_words
from elumenta_tui.text.words import WordCount
from elumenta_tui.tui.widgets.foot import failure_mark, spinner
from elumenta_tui.tui.widgets.transcript import Transcript

LEAST_TIME = 0.2
"""Seconds of text from which on a speed says something."""


class DrawnLine(Widget):
    """Rows that are drawn for the width that they have."""

    def __init__(
        self, draw: Callable[[int], Content], *, id: str | None = None, classes: str = "line"
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._draw = draw
        self._drawn: Content | None = None
        """Content that is painted; None if it is to be drawn as soon as it is seen."""

    def renew(self) -> None:
        """Paint the rows again if they are drawn differently by now, and make room if there are more or fewer of them."""
        # In a hidden column there is no width to draw for.
        drawn = self._draw(self.size.width) if self.size.width else None
        before, self._drawn = self._drawn, drawn
        if drawn is None or before is None:
            if drawn is not before:
                self.refresh()
        elif not drawn.is_same(before):
            self.refresh(layout=drawn.plain.count("\n") != before.plain.count("\n"))

    def render(self) -> Content:
        self._drawn = self._draw(self.size.width)
        return self._drawn


def mark(answer: Answer, now: float) -> tuple[str, str]:
    """Return the sign of an answer's state, and its style. `now` is in seconds of the clock of `Answer.asked_at`."""
    if not answer.over:
        return spinner(answer, now), "$primary"
    if answer.state is AnswerState.COMPLETE:
        return "✓", "$success"
    return failure_mark(answer)


def total_words(answers: Sequence[Answer]) -> str:
    """State what all answers together have cost so far, and what those that are coming may still cost."""
    paid = total(answer.charge for answer in answers)
    words = say("bar.tokens", n=paid.amount)
    if paid.unknown:
        words = say("stats.or_more", tokens=words)
    coming = [answer.model for answer in answers if not answer.over]
    prices = [model.most for model in coming]
    known = [price for price in prices if price is not None]
    if len(known) < len(prices):
        words += f" · {say('compare.more_unknown')}"
    elif known:
        words += f" · {say('compare.more', n=sum(known))}"
    return words


class Facts:
    """Counts the words of growing answers, and states how fast they came."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._counts: dict[Answer, tuple[int, WordCount]] = {}
        """The revision of the counted text, and its count."""

    def words(self, answer: Answer) -> int:
        """Return the number of words so far. Only what is new since the last call is read."""
        revision, count = self._counts.get(answer, (-1, WordCount()))
        if revision != answer.revision:
            count = WordCount()
            self._counts[answer] = (answer.revision, count)
        count.add(answer.text_since(count.length))
        return count.words

    def of(self, answer: Answer, *, is_blind: bool) -> list[str]:
        """List the time until the first text, the speed, the words and the cost, as far as they are known.

        `is_blind`: only the words. Whoever has seen a speed beside a name would know the model by it, as by its cost.
        """
        facts = []
        words = self.words(answer)
        if answer.first_text_at is not None and not is_blind:
            start = round(max(0.0, answer.first_text_at - answer.asked_at), 1)
            facts.append(say("compare.start", seconds=number(start)))
            taken = (answer.last_text_at or answer.first_text_at) - answer.first_text_at
            if taken >= LEAST_TIME:
                facts.append(say("compare.speed", n=round(words / taken)))
        if words:
            facts.append(say("compare.words", n=words))
        charge = answer.charge
        is_told = answer.failure is None or charge.amount is not None or charge.together is not None
        if not is_blind and answer.over and is_told:
            facts.append(price_words(answer))
        if not facts:
            seconds = int(answer.seconds(self._clock()))
            facts.append(say("turn.waiting", n=seconds) if seconds else say("turn.sent"))
        return facts


class AnswerColumn(Vertical):
    """Shows one answer. `draw_head` and `draw_facts` draw the two rows above it."""

    def __init__(
        self,
        number: int,
        answer: Answer,
        transcript: Transcript,
        draw_head: Callable[[AnswerColumn, int], Content],
        draw_facts: Callable[[AnswerColumn, int], Content],
    ) -> None:
        super().__init__(classes="answer")
        self.number = number
        """From 0."""
        self.transcript = transcript
        self.head = DrawnLine(lambda width: draw_head(self, width))
        self.lines = (self.head, DrawnLine(lambda width: draw_facts(self, width), classes="line -facts"))
        self.answer = answer
        self._is_behind = True
        """True if the transcript does not show the answer yet, or not all of it."""

    def compose(self) -> ComposeResult:
        yield from self.lines
        yield self.transcript

    def show(self, answer: Answer) -> None:
        """Show this answer, or its new state."""
        if answer is not self.answer:
            self.answer = answer
            self._is_behind = True
        elif self.display:
            self.transcript.mark_changed(answer)
        self._catch_up()

    def forget(self) -> None:
        """Draw everything again with the next `show`."""
        self.transcript.viewport.clear()
        self._is_behind = True

    def reveal(self, *, is_shown: bool) -> None:
        """Show or hide the column. What is hidden is not laid out."""
        if is_shown != self.display:
            self.display = is_shown
            self._is_behind = self._is_behind or not is_shown
        self._catch_up()

    def _catch_up(self) -> None:
        if not self.display or not self._is_behind or not self.transcript.is_attached:
            return
        self._is_behind = False
        transcript = self.transcript
        if transcript.viewport.index_of(self.answer) is None:
            transcript.show([self.answer])
            transcript.viewport.following = not self.answer.over
        else:
            transcript.mark_changed(self.answer)

    def on_mount(self) -> None:
        self.call_after_refresh(self._catch_up)
