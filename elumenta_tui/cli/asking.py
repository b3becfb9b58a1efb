"""Ask one prompt without a screen: the answer goes to standard output, and what there is to say about it to standard error."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals as Signal
from time import time
from typing import Any

from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.models import find_model
from elumenta_tui.chat.spending import Kind, SpendingLimits
from elumenta_tui.chat.turn import Answer, Progress, Turn
from elumenta_tui.cli.background_output import BackgroundOutput
from elumenta_tui.cli.countdown import Countdown
from elumenta_tui.cli.exit_codes import ExitCode, code_of_failure
from elumenta_tui.cli.prompt import read_prompt
from elumenta_tui.cli.startup import Access, configure, find_access
from elumenta_tui.cli.stdio import INTERRUPTED, complain
from elumenta_tui.config.paths import data_dir
from elumenta_tui.config.settings import last_model
from elumenta_tui.i18n import say, spoken
from elumenta_tui.i18n.answers import again_words, answering_model, charge_words, outcome_facts
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.i18n.objections import objection_words
from elumenta_tui.process.setup import leave_no_core, silence_developers_words
from elumenta_tui.process.signals import Signals, exit_code
from elumenta_tui.session import AsyncioTasks, Refusal, Session
from elumenta_tui.session.events import (
    AnswerChanged,
    CannotSave,
    DatabaseReplaced,
    DatabaseSetAside,
    SessionEvent,
    WaitChanged,
    WrittenElsewhere,
)
from elumenta_tui.terminal.daemon_executor import DaemonExecutor
from elumenta_tui.text.sanitize import clean_line

OPENING_PATIENCE = 15.0
"""Seconds that the conversation which is continued may take to be read: another program may be opening the database."""

BALANCE_PATIENCE = 3.0
"""Seconds that the balance may take which tells what an answer cost."""

BALANCE_PATIENCE_AFTER_SIGNAL = 0.7
"""The same after a signal, when all has to be over in little more than two seconds."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says."""

    words: tuple[str, ...] = ()
    """The prompt, or what is asked about what comes on standard input."""
    model: str | None = None
    resume: bool = False
    stores: bool = True
    as_json: bool = False
    quiet: bool = False
    confirms: bool = False
    """True if a price above `confirm_above` is confirmed beforehand."""
    demo: bool = False
    base_url: str | None = None
    config: Path | None = None


def ask(wishes: Wishes, environ: Mapping[str, str]) -> int:
    """Ask, and return the exit code. Raises NotConfigured and NoPrompt before anything is sent."""
    configuration = configure(wishes.config, environ)
    # Where click is installed, httpx loads its own command line, and with it Rich and Pygments.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: Python takes it for missing
    if environ is os.environ:
        leave_no_core()
        silence_developers_words()
    access = find_access(configuration, environ, demo=wishes.demo, base_url=wishes.base_url)
    for warning in [] if wishes.quiet else access.warnings:
        complain(warning)
    guarded = access.keychain.guard_file()
    if guarded is not None:
        # It is told only once, like what has become of a database.
        complain(spoken(guarded))
    prompt = read_prompt(wishes.words)
    model = wishes.model or last_model(configuration.state_file, configuration.settings, demo=wishes.demo)
    question = Question(prompt, model, wishes, access, data_dir(environ))
    with Signals(question, save=question.save) as signals:
        code = asyncio.run(question.run())
    return code if signals.received is None else exit_code(signals.received)


class Question:
    """One prompt, from the request to the last word about its answer."""

    def __init__(self, prompt: str, model: str, wishes: Wishes, access: Access, data: Path) -> None:
        self._prompt = prompt
        self._model = model
        self._wishes = wishes
        self._access = access
        self._data = data
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: Session
        self._tasks: AsyncioTasks
        self._output: BackgroundOutput
        self._countdown: Countdown
        self._leaving = asyncio.Event()
        """Set by a signal."""
        self._signal_code = 0
        """The exit code that the signal asked for."""
        self._answer: Answer | None = None
        self._written = Progress()
        """Which text of the answer was written, and how much of it."""
        self._has_told_preparing = False
        self._notices: list[str] = []
        """What is said when the answer is there, so that it does not stand in the middle of it."""
        self._is_guarded = False
        """True if a limit of the user's has kept the request back."""
        self._trouble: CannotSave | None = None
        """Why nothing can be saved, as the store said last."""

    # ------------------------------------------------------------------------------------------------------ signals

    def ask_to_leave(self, code: int) -> bool:
        """Stop the answer, at the request of a signal. False if nothing runs yet."""
        if self._loop is None:
            return False
        self._signal_code = code
        self._loop.call_soon_threadsafe(self._leave)
        return True

    def abandon_terminal(self) -> None:
        """Nothing about the terminal was changed."""

    def save(self) -> None:
        """Have everything on the disk, from any thread."""
        if self._loop is not None:
            self._session.close_store()

    def _leave(self) -> None:
        self._leaving.set()
        self._session.stop()

    # ---------------------------------------------------------------------------------------------------------- asking

    async def run(self) -> int:
        """Ask, write the answer, and say how it went. Return the exit code."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(DaemonExecutor())
        self._tasks = AsyncioTasks()
        self._output = BackgroundOutput()
        self._session = Session(
            self._access.account,
            tasks=self._tasks,
            data=self._data,
            model=self._model,
            notify=self._take_event,
            stores=self._wishes.stores,
            looks_back=False,
            resume=self._wishes.resume,
            keeps_model=self._wishes.model is not None,
            limits=self._limits(),
            kind=Kind.SHELL,
        )
        self._countdown = Countdown(self._session.clock)
        self._loop = loop
        try:
            answer = await self._ask()
        finally:
            await self._tasks.close()
            await self._session.close()
        if answer is None:
            return ExitCode.GUARDED if self._is_guarded else self._refuse_to_continue()
        await self._put_out(answer)
        self._say_end(answer)
        return self._code(answer)

    async def _ask(self) -> Answer | None:
        """Send the prompt, and wait for its end. None if the conversation to continue is not there."""
        session = self._session
        if session.backend.account is None:
            return self._unsent()
        if self._wishes.resume:
            with suppress(TimeoutError):
                async with asyncio.timeout(OPENING_PATIENCE):
                    await self._until(session.begun())
            if not session.conversation.turns or self._leaving.is_set():
                return None
        if session.limits.day or session.limits.month:
            with suppress(TimeoutError):
                async with asyncio.timeout(OPENING_PATIENCE):
                    await self._until(session.begun())
                    await self._until(session.spending.read())
        answer = session.send(self._prompt)
        if answer is Refusal.CONFIRM and await self._is_confirmed():
            session.spending.note_told()
            answer = session.send(self._prompt)
        if isinstance(answer, Refusal):
            self._is_guarded = True  # Nothing else speaks against it in a session that asks once.
            self._complain_of(answer)
            return None
        self._answer = answer
        await self._until(session.ended(), and_signals=False)
        self._countdown.show(None, answer.model.slug)
        patience = BALANCE_PATIENCE_AFTER_SIGNAL if self._leaving.is_set() else BALANCE_PATIENCE
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._until(session.settled(), and_signals=not self._leaving.is_set())
        return answer

    def _limits(self) -> SpendingLimits:
        """Return the user's limits. Scripts ask the same again and again: nothing is said of that."""
        limits = self._access.settings.spending_limits(names_repeats=False)
        return limits._replace(confirm_above=0) if self._wishes.confirms else limits

    def _complain_of(self, refusal: Refusal) -> None:
        """Say what speaks against the request, and what to do about it."""
        rest = say("guard.shell_confirm" if refusal is Refusal.CONFIRM else "guard.shell_cap")
        complain(f"{self._objections()} {rest}")

    def _objections(self) -> str:
        now = self._session.calendar()
        return " ".join(objection_words(each, now) for each in self._session.spending.objections)

    async def _is_confirmed(self) -> bool:
        """Ask the user at the terminal whether the price is all right. False if there is no terminal."""
        if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        complain(f"{self._objections()} {say('guard.question')}")
        line = asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        await self._until(asyncio.shield(line))
        # The session counts the time of a reaction from the moment at which the user was told.
        self._session.reaction = 0.0
        return line.done() and line.result().strip().lower() in say("guard.yes").split()

    async def _until(self, end: Any, *, and_signals: bool = True) -> None:
        """Wait for an end, or for a signal. An error in the program ends it, too, and is raised."""
        waits = [asyncio.ensure_future(end)]
        if and_signals:
            waits.append(asyncio.ensure_future(self._leaving.wait()))
        try:
            await asyncio.wait([*waits, self._tasks.failure], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._tasks.failure.done():
            self._tasks.failure.result()

    def _unsent(self) -> Answer:
        """An answer that is not stored, as it can't be sent: there is no key."""
        answer = Turn(self._prompt).answer(find_model(self._session.models, self._model))
        answer.fail(Failure("no_key", Billing.NOTHING_SENT))
        return answer

    # ------------------------------------------------------------------------------------------------------------ events

    def _take_event(self, event: SessionEvent) -> None:
        match event:
            case AnswerChanged(answer) if answer is self._answer:
                self._go_on(answer)
            case WaitChanged(answer) if not self._wishes.quiet:
                self._countdown.show(answer.retry_wait, answer.model.slug)
            case CannotSave():
                self._trouble = event
            case DatabaseSetAside(path, rescued, is_foreign):
                key = "notice.set_aside_foreign" if is_foreign else "notice.set_aside"
                self._notices.append(say(key, path=path, n=rescued))
            case DatabaseReplaced():
                self._notices.append(say("notice.replaced", path=self._session.database))
            case WrittenElsewhere() if not self._wishes.quiet:
                self._notices.append(say("ask.led_elsewhere"))
            case _:
                pass

    def _go_on(self, answer: Answer) -> None:
        """Write what is new of the answer."""
        if not self._wishes.as_json and answer.has_text:
            self._write_new(answer)
        if answer.preparation is not None and not self._has_told_preparing and not self._wishes.quiet:
            self._has_told_preparing = True
            complain(say("ask.preparing"))

    def _write_new(self, answer: Answer) -> None:
        """Write the part of the text that was not written yet. A text that another one has replaced cannot be taken back: its
        line is ended, and the new text begins below it."""
        written, self._written = self._written, answer.progress
        if written.revision != answer.revision:
            if written.length:
                self._output.write("\n")
                self._notices.append(say("ask.began_anew"))
            written = Progress(answer.revision)
        if written != answer.progress:
            self._output.write(answer.text_since(written.length))

    # --------------------------------------------------------------------------------------------------------- the end

    async def _put_out(self, answer: Answer) -> None:
        """Write the rest of what goes to standard output, and wait for that unless a signal says that there is no time."""
        if self._wishes.as_json:
            self._output.write(f"{self._json(answer)}\n")
        elif answer.has_text or self._written.length:
            self._write_new(answer)
            if answer.has_text:
                self._output.write("\n")
        finished = asyncio.ensure_future(self._output.finish())
        signalled = asyncio.ensure_future(self._leaving.wait())
        await asyncio.wait([finished, signalled], return_when=asyncio.FIRST_COMPLETED)
        if not finished.done():
            # What the reader takes at once, it gets.
            await asyncio.wait([finished], timeout=0.2)
        finished.cancel()
        signalled.cancel()

    def _json(self, answer: Answer) -> str:
        from elumenta_tui.transfer.export import failure_json, json_text

        failure, stored = answer.failure, self._wishes.stores and self._answer is not None
        return json_text(
            {
                "text": answer.text,
                "state": answer.state.value,
                "model": answer.served_by or answer.model.slug,
                "cost": answer.charge.amount,
                "balance": answer.charge.after,
                "ids": {
                    "conversation": self._session.conversation.id if stored else None,
                    "turn": answer.turn.id if stored else None,
                    "answer": answer.id if stored else None,
                    "generation": answer.generation_id or None,
                },
                "failure": None
                if failure is None
                else {
                    **failure_json(failure),
                    "status": failure.status,
                    "retry_after": failure.retry_after,
                },
            }
        )

    def _say_end(self, answer: Answer) -> None:
        problem = self._output.problem
        if problem is not None and not isinstance(problem, BrokenPipeError):
            complain(say("cli.not_printed", reason=problem.strerror or ""))
        if answer.failure is not None:
            complain(self._problem(answer, answer.failure))
        unsaved = self._session.close_store()
        if unsaved:
            complain(say("ask.unsaved", reason=self._why_unsaved()))
        elif answer.has_text and answer.is_doubtful and self._wishes.stores:
            command = f"elumenta-tui{' --demo' if self._wishes.demo else ''} --continue"
            complain(say("ask.incomplete", command=command))
        for notice in self._notices:
            complain(notice)
        if answer.failure is None and not self._wishes.quiet:
            complain(" · ".join((answering_model(answer), *outcome_facts(answer))))

    def _problem(self, answer: Answer, failure: Failure) -> str:
        """State why there is no whole answer, what it cost, and what to do."""
        if self._signal_code not in (0, INTERRUPTED):
            words = say("cli.ended_by_signal", name=Signal(self._signal_code - exit_code(0)).name)
        elif failure.kind == "bad_key" and self._access.keychain.complaint:
            words = spoken(self._access.keychain.complaint)
        else:
            words = failure_words(failure, model=answer.model.slug, place="shell")
        parts = [words, charge_words(answer)]
        if failure.retry_after is not None:
            parts.append(again_words(answer, failure.retry_after, time()))
        if failure.kind == "pending" and answer.generation_id:
            parts.append(say("turn.number", id=clean_line(answer.generation_id)))
        return " ".join(parts)

    def _why_unsaved(self) -> str:
        trouble, path = self._trouble, self._session.database
        if trouble is None:
            # The disk has not answered yet.
            return say("saving.disk", path=path)
        return say(f"saving.{trouble.trouble.value}", path=path, detail=trouble.detail)

    def _refuse_to_continue(self) -> int:
        if self._leaving.is_set():
            return ExitCode.FAILED
        if self._trouble is not None:
            complain(say("ask.not_continued", reason=self._why_unsaved()))
            return ExitCode.FAILED
        complain(say("notice.nothing_to_continue"))
        return ExitCode.NOTHING_THERE

    def _code(self, answer: Answer) -> int:
        if answer.failure is not None and not answer.was_stopped:
            return code_of_failure(answer.failure.kind)
        if self._output.problem is not None:
            is_closed = isinstance(self._output.problem, BrokenPipeError)
            return ExitCode.CLOSED if is_closed else ExitCode.FAILED
        return ExitCode.WHOLE
