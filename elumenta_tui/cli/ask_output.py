"""What goes to standard output of the answers to one prompt, in each of its forms. Nothing else ever does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.turn import Answer, Preparation, Progress
from elumenta_tui.cli.ask_request import Form
from elumenta_tui.cli.background_output import BackgroundOutput
from elumenta_tui.cli.tables import standard_look
from elumenta_tui.i18n import say
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.config.settings import Settings

Tell = Callable[[str], object]
"""Says something on standard error once the answer is there, so that it does not stand in the middle of it."""


class Flow(Protocol):
    """Makes what is written out of a text that comes in pieces."""

    def feed(self, text: str) -> str:
        """Take a piece of the text. Return what can be written now."""

    def close(self) -> str:
        """End the text. Return the rest of what is written, to the end of its last line."""


class Source:
    """Writes a text as it is."""

    def feed(self, text: str) -> str:
        return text

    def close(self) -> str:
        return "\n"


class Writer(Protocol):
    """Writes answers in one form. Whatever it is told of comes in order."""

    def go_on(self, answer: Answer) -> None:
        """Take news of an answer: its text, its state."""

    def wait(self, answer: Answer) -> None:
        """Take the wait of an answer for a retry."""

    def finish(self, answers: Sequence[Answer], balance: Amount | None) -> None:
        """Write the rest, once nothing more comes."""


def flow_of(form: Form, settings: Settings, environ: Mapping[str, str]) -> Callable[[], Flow]:
    """Return what makes the flow of an answer: laid out on a terminal, unless the command line asks for the source."""
    if form is not Form.TEXT or environ.get("TERM") == "dumb" or standard_look(environ).width is None:
        return Source
    from elumenta_tui.cli.rendering import TerminalMarkdown

    look = partial(standard_look, environ)
    return partial(TerminalMarkdown, look, measure=settings.measure, join_lines=settings.join_lines)


def form_of(
    form: Form,
    output: BackgroundOutput,
    *,
    flow: Callable[[], Flow],
    several: bool,
    tell: Tell,
    conversation: Callable[[], str],
) -> Writer:
    """Return what writes answers in a form.

    Args:
        flow: makes the flow of an answer.
        several: whether several models are asked.
        tell: says something at the end.
        conversation: returns the id of the conversation; empty if nothing is stored.
    """
    match form:
        case Form.JSON:
            return OneObject(output, several=several, conversation=conversation)
        case Form.LINES:
            return Lines(output, conversation=conversation)
        case Form.FIRST_BLOCK | Form.LAST_BLOCK:
            return CodeBlock(output, tell, place=0 if form is Form.FIRST_BLOCK else -1)
        case _:
            return Headed(output, flow) if several else Streamed(output, flow, tell)


class Streamed:
    """Writes one answer while it comes. `flow` makes the flow of a text, `tell` says that it began anew."""

    def __init__(self, output: BackgroundOutput, flow: Callable[[], Flow], tell: Tell) -> None:
        self._output = output
        self._new_flow = flow
        self._flow = flow()
        self._tell = tell
        self._written = Progress()
        """Which text of the answer was written, and how much of it."""

    def go_on(self, answer: Answer) -> None:
        if answer.has_text:
            self._write_new(answer)

    def wait(self, answer: Answer) -> None:
        pass

    def finish(self, answers: Sequence[Answer], balance: Amount | None) -> None:
        answer = answers[0]
        if answer.has_text or self._written.length:
            self._write_new(answer)
            if answer.has_text:
                self._output.write(self._flow.close())

    def _write_new(self, answer: Answer) -> None:
        """Write the part of the text that was not written yet. A text that another one has replaced cannot be taken back: its
        line is ended, and the new text begins below it."""
        written, self._written = self._written, answer.progress
        if written.revision != answer.revision:
            if written.length:
                self._output.write(self._flow.close())
                self._flow = self._new_flow()
                self._tell(say("ask.began_anew"))
            written = Progress(answer.revision)
        if written != answer.progress and (shown := self._flow.feed(answer.text_since(written.length))):
            self._output.write(shown)


class Headed:
    """Writes several answers, each as a whole under the name of its model, in the order in which they are over."""

    def __init__(self, output: BackgroundOutput, flow: Callable[[], Flow]) -> None:
        self._output = output
        self._new_flow = flow
        self._done: set[Answer] = set()
        self._has_written = False

    def go_on(self, answer: Answer) -> None:
        if not answer.over or answer in self._done:
            return
        self._done.add(answer)
        if not answer.has_text:
            return
        flow = self._new_flow()
        # A heading of Markdown: in a file it is one, and on a terminal it is laid out as one.
        text = f"# {clean_line(answer.model.name)}\n\n{answer.text.strip(chr(10))}"
        self._output.write(f"{chr(10) if self._has_written else ''}{flow.feed(text)}{flow.close()}")
        self._has_written = True

    def wait(self, answer: Answer) -> None:
        pass

    def finish(self, answers: Sequence[Answer], balance: Amount | None) -> None:
        for answer in answers:
            self.go_on(answer)


class CodeBlock:
    """Writes one block of code of an answer and nothing else, or all of it where there is no code."""

    def __init__(self, output: BackgroundOutput, tell: Tell, *, place: int) -> None:
        """`place`: 0 for the first block, -1 for the last one."""
        self._output = output
        self._tell = tell
        self._place = place

    def go_on(self, answer: Answer) -> None:
        pass

    def wait(self, answer: Answer) -> None:
        pass

    def finish(self, answers: Sequence[Answer], balance: Amount | None) -> None:
        answer = answers[0]
        if not answer.has_text:
            return
        from elumenta_tui.cli.rendering import code_blocks

        blocks = code_blocks(answer.text)
        if not blocks:
            self._tell(say("ask.no_code"))
        self._output.write(f"{blocks[self._place] if blocks else answer.text}\n")


class OneObject:
    """Writes one object of JSON at the end. `conversation` returns the id of the conversation; empty if nothing is stored."""

    def __init__(self, output: BackgroundOutput, *, several: bool, conversation: Callable[[], str]) -> None:
        self._output = output
        self._several = several
        self._conversation = conversation

    def go_on(self, answer: Answer) -> None:
        pass

    def wait(self, answer: Answer) -> None:
        pass

    def finish(self, answers: Sequence[Answer], balance: Amount | None) -> None:
        objects = [answer_json(answer, self._conversation()) for answer in answers]
        whole: dict[str, Any] = objects[0]
        if self._several:
            costs = [answer.charge.amount for answer in answers]
            known = [cost for cost in costs if cost is not None]
            cost = sum(known) if len(known) == len(costs) else None
            whole = {"answers": objects, "cost": cost, "balance": balance}
        _write_json(self._output, whole)


class Lines:
    """Writes one object of JSON a line for everything that happens, as it happens. `conversation` as in `OneObject`."""

    def __init__(self, output: BackgroundOutput, *, conversation: Callable[[], str]) -> None:
        self._output = output
        self._conversation = conversation
        self._started: set[Answer] = set()
        self._ended: set[Answer] = set()
        self._written: dict[Answer, Progress] = {}
        self._prepared: dict[Answer, Preparation] = {}
        self._balance: Amount | None = None
        """The balance that was told last."""

    def go_on(self, answer: Answer) -> None:
        if answer not in self._started and (answer.generation_id or answer.has_text):
            self._started.add(answer)
            generation, served = answer.generation_id or None, answer.served_by or None
            self._tell("started", answer, model=served, generation=generation)
        if answer.preparation is not None and self._prepared.get(answer) != answer.preparation:
            self._prepared[answer] = answer.preparation
            self._tell("preparing", answer, **answer.preparation.as_dict())
        written = self._written.get(answer, Progress())
        if written.revision != answer.revision:
            self._tell("reset", answer)
            written = Progress(answer.revision)
        if written != answer.progress:
            self._tell("delta", answer, text=answer.text_since(written.length))
        self._written[answer] = answer.progress
        if answer.over and answer.charge.stated is not None:
            self._end(answer)

    def wait(self, answer: Answer) -> None:
        if (wait := answer.retry_wait) is not None:
            from elumenta_tui.transfer.export import failure_json

            facts = {"seconds": wait.seconds(monotonic()), "number": wait.number, "of": wait.of}
            self._tell("retry", answer, **facts, failure=failure_json(wait.failure))

    def finish(self, answers: Sequence[Answer], balance: Amount | None) -> None:
        for answer in answers:
            self.go_on(answer)
        self._tell_balance(balance)
        for answer in answers:
            self._end(answer)

    def _end(self, answer: Answer) -> None:
        if answer not in self._ended:
            self._ended.add(answer)
            self._tell_balance(answer.charge.after)
            _write_json(self._output, {"event": "end", **answer_json(answer, self._conversation())})

    def _tell_balance(self, balance: Amount | None) -> None:
        if balance is not None and balance != self._balance:
            self._balance = balance
            _write_json(self._output, {"event": "balance", "balance": balance})

    def _tell(self, event: str, answer: Answer, **facts: object) -> None:
        _write_json(self._output, {"event": event, "asked": answer.model.slug, **facts})


def answer_json(answer: Answer, conversation: str) -> dict[str, Any]:
    """Return what is known of an answer as JSON values. `conversation`: id of its conversation; empty if nothing is stored."""
    from elumenta_tui.transfer.export import failure_json

    failure = answer.failure
    return {
        "text": answer.text,
        "state": answer.state.value,
        "model": answer.served_by or answer.model.slug,
        "asked": answer.model.slug,
        "cost": answer.charge.amount,
        "balance": answer.charge.after,
        "ids": {
            "conversation": conversation or None,
            "turn": answer.turn.id if conversation else None,
            "answer": answer.id if conversation else None,
            "generation": answer.generation_id or None,
        },
        "failure": None
        if failure is None
        else {**failure_json(failure), "status": failure.status, "retry_after": failure.retry_after},
    }


def _write_json(output: BackgroundOutput, value: object) -> None:
    from elumenta_tui.transfer.export import json_text

    output.write(f"{json_text(value)}\n")
