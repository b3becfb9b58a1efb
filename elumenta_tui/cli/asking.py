"""Ask one prompt without a screen: the answer goes to standard output, and what there is to say about it to standard error."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from elumenta_tui.chat.failure import NO_KEY, Failure
from elumenta_tui.chat.models import DOCUMENTED_MODELS, Model, find_model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.spending import NO_LIMITS, Kind, SpendingLimits, most_of
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.cli import ask_output
from elumenta_tui.cli.ask_report import Report, code_of
from elumenta_tui.cli.ask_request import Inquiry, Wishes, inquiry
from elumenta_tui.cli.background_output import BackgroundOutput
from elumenta_tui.cli.countdown import Countdown
from elumenta_tui.cli.exit_codes import ExitCode, NotAsked, code_of_failure
from elumenta_tui.cli.prompt import read_given
from elumenta_tui.cli.startup import Access, configure, find_access
from elumenta_tui.cli.stdio import complain
from elumenta_tui.cli.waiting import until
from elumenta_tui.config.paths import data_dir
from elumenta_tui.config.settings import last_model
from elumenta_tui.i18n import number, say, spoken
from elumenta_tui.i18n.objections import objection_words, price_of
from elumenta_tui.process.setup import leave_no_core, silence_developers_words
from elumenta_tui.process.signals import Signals, exit_code
from elumenta_tui.session import AsyncioTasks, Refusal, Session
from elumenta_tui.session.accounting import GROUP as ACCOUNT
from elumenta_tui.session.events import AccountFailed, AnswerChanged, KeyRefused, SessionEvent, WaitChanged
from elumenta_tui.terminal.daemon_executor import DaemonExecutor
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment

OPENING_PATIENCE = 15.0
"""Seconds that the conversation which is continued may take to be read: another program may be opening the database."""

BALANCE_PATIENCE = 3.0
"""Seconds that the balance may take which tells what an answer cost."""

BALANCE_PATIENCE_AFTER_SIGNAL = 0.7
"""The same after a signal, when all has to be over in little more than two seconds."""

Result = TypeVar("Result")


def ask(wishes: Wishes, environ: Mapping[str, str]) -> int:
    """Ask, and return the exit code. Raises NotConfigured, or NotAsked for a prompt that can't be asked."""
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
    given = read_given([*wishes.words, *wishes.text])
    asked = inquiry(wishes, given, access.settings.personas, configuration.path.parent)
    usual = partial(last_model, configuration.state_file, configuration.settings, demo=wishes.demo)
    question = Question(asked, usual, wishes, access, environ)
    with Signals(question, save=question.save) as signals:
        try:
            code = asyncio.run(question.run())
        except NotAsked as why:
            code = why.code
            if str(why) and signals.received is None:
                complain(str(why))
    return code if signals.received is None else exit_code(signals.received)


class Question:
    """One prompt, from the request to the last word about its answers."""

    def __init__(
        self,
        asked: Inquiry,
        usual_model: Callable[[], str],
        wishes: Wishes,
        access: Access,
        environ: Mapping[str, str],
    ) -> None:
        self._asked = asked
        self._usual_model = usual_model
        self._wishes = wishes
        self._access = access
        self._environ = environ
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: Session
        self._tasks: AsyncioTasks
        self._output: BackgroundOutput
        self._countdown: Countdown
        self._report: Report
        self._form: ask_output.Writer
        self._leaving = asyncio.Event()
        """Set by a signal."""
        self._answers: Sequence[Answer] = ()
        self._account_failure: Failure | None = None
        """Why the account could not be read."""

    # ------------------------------------------------------------------------------------------------------ signals

    def ask_to_leave(self, code: int) -> bool:
        """Stop the answers, at the request of a signal. False if nothing runs yet."""
        if self._loop is None:
            return False
        self._report.signal_code = code
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
        self._session.stop_all()

    # ---------------------------------------------------------------------------------------------------------- asking

    async def run(self) -> int:
        """Ask, write the answers, and say how it went. Return the exit code. Raises NotAsked."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(DaemonExecutor())
        wishes = self._wishes
        self._tasks = AsyncioTasks()
        self._output = BackgroundOutput()
        self._session = Session(
            self._access.account,
            tasks=self._tasks,
            data=data_dir(self._environ),
            model=self._asked.model or self._usual_model(),
            notify=self._take_event,
            stores=wishes.stores,
            looks_back=False,
            resume=False if wishes.resume is None else wishes.resume or True,
            keeps_model=bool(self._asked.model),
            limits=self._limits(),
            kind=Kind.SHELL,
        )
        self._report = Report(wishes, self._access.keychain, self._session)
        self._countdown = Countdown(self._session.clock)
        self._form = ask_output.form_of(
            wishes.form,
            self._output,
            flow=ask_output.flow_of(wishes.form, self._access.settings, self._environ),
            several=bool(wishes.compared),
            tell=self._report.tell,
            conversation=self._conversation,
        )
        self._loop = loop
        try:
            answers = await self._ask()
        finally:
            await self._tasks.close()
            await self._session.close()
        self._form.finish(answers, self._session.ledger.balance)
        await self._finish_output()
        self._report.end(answers, self._output.problem)
        return code_of(answers, self._output.problem)

    async def _ask(self) -> Sequence[Answer]:
        """Send the prompt, and wait for its end."""
        session = self._session
        if self._lacks_account():
            return self._unsent()
        attachments = await self._attachments()
        if self._wishes.resume is not None:
            await self._opened()
            if not session.conversation.turns:
                raise self._report.refusal_to_continue()
            await asyncio.to_thread(self._wishes.check_doubt, self._environ)
        models = await self._models(attachments)
        if self._lacks_account():
            # Looking for the key has shown that there is none.
            return self._unsent()
        if session.limits.day or session.limits.month:
            await self._opened()
            with suppress(TimeoutError):
                async with asyncio.timeout(OPENING_PATIENCE):
                    await self._until(session.spending.read())
        self._answers = await self._sent(models, attachments)
        await self._until(session.ended(), and_signals=False)
        self._countdown.show(None, models[0].slug)
        patience = BALANCE_PATIENCE_AFTER_SIGNAL if self._leaving.is_set() else BALANCE_PATIENCE
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._until(session.settled(), and_signals=not self._leaving.is_set())
        return self._answers

    async def _opened(self) -> None:
        """Wait until the stored conversations can be read."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OPENING_PATIENCE):
                await self._until(self._session.begun())
        self._stay()

    async def _sent(self, models: Sequence[Model], attachments: tuple[Attachment, ...]) -> Sequence[Answer]:
        """Send the prompt to the models, if the user's limits or the user allow it."""
        session, prompt = self._session, self._asked.prompt
        refusal = session.objection_to(prompt, models, attachments)
        if refusal is Refusal.CONFIRM and await self._is_confirmed(self._objections()):
            session.spending.note_told()
            refusal = session.objection_to(prompt, models, attachments)
        self._stay()
        if refusal is not None:
            rest = say("guard.shell_confirm" if refusal is Refusal.CONFIRM else "guard.shell_cap")
            raise NotAsked(f"{self._objections()} {rest}", ExitCode.GUARDED)
        # Not before: what is not asked changes no conversation.
        self._asked.apply(session)
        answers = self._send(models, attachments)
        if isinstance(answers, Refusal):
            # Nothing else speaks against it in a session that asks once.
            raise NotAsked(say("ask.too_few_requests", n=len(models)), ExitCode.BUSY)
        return answers

    def _send(
        self, models: Sequence[Model], attachments: tuple[Attachment, ...]
    ) -> Sequence[Answer] | Refusal:
        if self._wishes.compared:
            return self._session.comparing.ask(self._asked.prompt, models, attachments)
        answer = self._session.send(self._asked.prompt, attachments)
        return answer if isinstance(answer, Refusal) else [answer]

    def _unsent(self) -> Sequence[Answer]:
        """Answers that are not stored, as they can't be sent: there is no key."""
        turn = Turn(self._asked.prompt)
        for slug in self._slugs:
            turn.answer(find_model(self._session.models, slug))
        for answer in turn.answers:
            answer.fail(NO_KEY)
        return turn.answers

    # ----------------------------------------------------------------------------------------------------- before it

    def _lacks_account(self) -> bool:
        return self._session.backend.account is None

    @property
    def _slugs(self) -> Sequence[str]:
        return self._wishes.compared or [self._session.model.slug]

    async def _attachments(self) -> tuple[Attachment, ...]:
        """Read the files that go along. Asks before one goes that holds what looks like a secret."""
        if not self._wishes.files:
            return ()
        from elumenta_tui.cli.ask_files import read_attachments, secrets_in
        from elumenta_tui.transfer.attachment_words import note_words

        attachments = await self._result(read_attachments(self._wishes.files))
        for each in attachments if not self._wishes.quiet else ():
            if notes := note_words(each):
                complain(say("attach.changed", name=clean_line(each.name, 60), notes=", ".join(notes)))
        secrets = "" if self._wishes.sends_secrets else secrets_in(attachments)
        if secrets and not await self._is_confirmed(secrets):
            self._stay()
            raise NotAsked(f"{secrets} {say('ask.secret')}", ExitCode.SECRET)
        return attachments

    async def _models(self, attachments: Sequence[Attachment]) -> Sequence[Model]:
        """Return the models to ask. Reads the service's list where their prices, or whether they see images, have to be known."""
        session, most = self._session, self._wishes.max_cost
        documented = {model.slug for model in DOCUMENTED_MODELS}
        is_guarded = session.limits != NO_LIMITS and not documented.issuperset(self._slugs)
        has_images = any(each.kind == "image" for each in attachments)
        are_earlier = not has_images and self._has_images_before
        sees = all(find_model(session.models, slug).vision for slug in self._slugs)
        if most is not None or is_guarded or ((has_images or are_earlier) and not sees):
            session.read_account()
            await self._until(self._tasks.ended(ACCOUNT))
            self._stay()
        models = [find_model(session.models, slug) for slug in self._slugs]
        if most is not None:
            self._check_price(models, most)
        blind = next((model for model in models if not model.vision), None)
        if (has_images or are_earlier) and blind is not None:
            from elumenta_tui.cli.ask_files import blind_words

            raise NotAsked(blind_words(blind, session.models, are_earlier=are_earlier))
        return models

    @property
    def _has_images_before(self) -> bool:
        conversation = self._session.conversation
        return any(
            each.is_sent and each.message.images
            for each in (conversation.entries() if conversation.turns else ())
        )

    def _check_price(self, models: Sequence[Model], most: Amount) -> None:
        """Raise NotAsked if the requests together may cost more than the command line allows, or if that is not known."""
        price = most_of(models)
        if price is not None and price <= most:
            return
        failure = self._account_failure
        if price is None and failure is not None:
            words = self._report.failure_words(failure, models[0].slug)
            raise NotAsked(f"{words} {say('guard.shell_cap')}", code_of_failure(failure.kind))
        if price is None:
            unknown = next(model for model in models if model.most is None)
            why = say("ask.price_unknown", model=clean_line(unknown.name, 60))
        else:
            why = say("ask.too_dear", price=price_of(models), most=number(most))
        raise NotAsked(f"{why} {say('guard.shell_cap')}", ExitCode.TOO_DEAR)

    def _limits(self) -> SpendingLimits:
        """Return the user's limits. Scripts ask the same again and again: nothing is said of that."""
        limits = self._access.settings.spending_limits(names_repeats=False)
        return limits.but(confirm_above=0) if self._wishes.confirms else limits

    def _objections(self) -> str:
        now = self._session.calendar()
        objections = self._session.spending.objections
        return " ".join(objection_words(each, now, has_commands=False) for each in objections)

    async def _is_confirmed(self, what: str) -> bool:
        """Ask the user at the terminal whether something is all right. False if there is no terminal."""
        if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
            return False
        complain(f"{what} {say('guard.question')}")
        line = asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        await self._until(asyncio.shield(line))
        # The session counts the time of a reaction from the moment at which the user was told.
        self._session.reaction = 0.0
        return line.done() and line.result().strip().lower() in say("guard.yes").split()

    # ---------------------------------------------------------------------------------------------------------- waiting

    async def _until(self, end: Any, *, and_signals: bool = True) -> None:
        """Wait for an end, or for a signal. An error in the program ends it, too, and is raised."""
        await until(end, self._tasks.failure, self._leaving if and_signals else None)

    async def _result(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return the result of some work. Raises NotAsked if a signal comes first."""
        task = asyncio.ensure_future(work)
        await self._until(task)
        if not task.done():
            raise NotAsked("", ExitCode.FAILED)
        return task.result()

    def _stay(self) -> None:
        """Raise NotAsked if a signal has come."""
        if self._leaving.is_set() and not self._answers:
            raise NotAsked("", ExitCode.FAILED)

    # ------------------------------------------------------------------------------------------------------------ events

    def _take_event(self, event: SessionEvent) -> None:
        match event:
            case AnswerChanged(answer) if answer in self._answers:
                self._form.go_on(answer)
                if answer.preparation is not None:
                    self._report.tell_preparing()
            case WaitChanged(answer):
                self._form.wait(answer)
                if not self._wishes.quiet:
                    self._countdown.show(answer.retry_wait, answer.model.slug)
            case AccountFailed(failure) | KeyRefused(failure):
                self._account_failure = failure
            case _:
                self._report.take(event)

    # ---------------------------------------------------------------------------------------------------------- output

    def _conversation(self) -> str:
        """Return the id of the conversation; empty if nothing is stored."""
        return self._session.conversation.id if self._wishes.stores and self._answers else ""

    async def _finish_output(self) -> None:
        """Wait until everything is written, unless a signal says that there is no time."""
        finished = asyncio.ensure_future(self._output.finish())
        signalled = asyncio.ensure_future(self._leaving.wait())
        await asyncio.wait([finished, signalled], return_when=asyncio.FIRST_COMPLETED)
        if not finished.done():
            # What the reader takes at once, it gets.
            await asyncio.wait([finished], timeout=0.2)
        finished.cancel()
        signalled.cancel()
