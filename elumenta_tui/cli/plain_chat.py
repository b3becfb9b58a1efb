"""A session that is typed to and read out, line by line.

(Over 400 lines: reading a line, asking and waiting take turns at one terminal, and each can be interrupted.)
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from elumenta_tui.chat.failure import NO_KEY
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.cli import plain_words
from elumenta_tui.cli.ask_output import Streamed
from elumenta_tui.cli.ask_report import code_of
from elumenta_tui.cli.background_output import BackgroundOutput
from elumenta_tui.cli.exit_codes import ExitCode, NotAsked
from elumenta_tui.cli.plain_commands import Commands
from elumenta_tui.cli.plain_flow import AtEnd, BySentence, Marked
from elumenta_tui.cli.plain_input import Lines, decoded
from elumenta_tui.cli.plain_pasting import Pasting
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.cli.prompt import checked
from elumenta_tui.cli.startup import Access, Configuration
from elumenta_tui.cli.waiting import until
from elumenta_tui.config.paths import data_dir
from elumenta_tui.config.settings import last_model
from elumenta_tui.i18n import say, spoken
from elumenta_tui.i18n.failures import Place, failure_words
from elumenta_tui.i18n.objections import objection_words
from elumenta_tui.session import AsyncioTasks, Refusal, Session
from elumenta_tui.session.accounting import GROUP as ACCOUNT
from elumenta_tui.session.events import (
    AnswerChanged,
    AnswerCompleted,
    AnsweredBeside,
    ConversationShown,
    KeyRefused,
    OpenFailed,
    SessionEvent,
    WaitChanged,
)
from elumenta_tui.session.guardrails import OF_MONEY
from elumenta_tui.terminal.daemon_executor import DaemonExecutor
from elumenta_tui.transfer.event_words import notice_of

OPENING_PATIENCE = 15.0
"""Seconds that the first conversation may take to be read: another program may be opening the database."""

BALANCE_PATIENCE = 3.0
"""Seconds that the balance may take which tells what is left, or what an answer cost."""

RECOVERY_PATIENCE = 60.0
"""Seconds that a search in the service's history may take."""


class Wishes(NamedTuple):
    """What the command line says."""

    resume: bool = False
    demo: bool = False
    model: str | None = None
    base_url: str | None = None


class PlainChat:
    """A session that is typed to and read out."""

    def __init__(
        self, wishes: Wishes, configuration: Configuration, access: Access, environ: Mapping[str, str]
    ) -> None:
        self.is_talk = os.isatty(0)
        """Whether a person types the prompts. If not, they come from a pipe, and the first one that fails ends it."""
        self._wishes = wishes
        self._configuration = configuration
        self._access = access
        self._environ = environ
        self._place: Place = "plain" if self.is_talk else "shell"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._session: Session
        self._tasks: AsyncioTasks
        self._output: BackgroundOutput
        self._voice: Voice
        self._lines: Lines
        self._pasting: Pasting
        self._commands: Commands
        self._leaving = asyncio.Event()
        """Set by a signal, or by who quits."""
        self._is_impatient = asyncio.Event()
        """Set by Ctrl+C while only the balance is waited for."""
        self._is_armed = False
        """Whether Ctrl+C quits."""
        self._typed_at = ""
        """What stands before the text that is being typed; empty if nothing is asked for."""
        self._streamed: Streamed | None = None
        """Reads the answer out that is coming."""
        self._answer: Answer | None = None
        """The answer that is coming, or was the last one."""
        self._has_told_preparing = False

    # -------------------------------------------------------------------------------------------------------- signals

    def ask_to_leave(self, code: int) -> bool:
        """Stop the answers, at the request of a signal. False if nothing runs yet."""
        if self._loop is None:
            return False
        self._loop.call_soon_threadsafe(self.leave)
        return True

    def abandon_terminal(self) -> None:
        """Nothing about the terminal was changed."""

    def save(self) -> int:
        """Have everything on the disk, from any thread. Return the number of changes that could not be saved."""
        return self._session.close_store() if self._loop is not None else 0

    def leave(self) -> None:
        """End, and stop the answers."""
        self._leaving.set()
        self._session.stop_all()

    def unread(self) -> tuple[int, bool]:
        """Return how many lines of a pipe have come and were not read, and whether these are all."""
        return (0, True) if self._loop is None or self.is_talk else self._lines.rest()

    def interrupt(self) -> None:
        """Stop the answer, or quit where Ctrl+C was pressed before and nothing was typed since."""
        if self._session.stop() is not None:
            self._is_armed = True
        elif not self._typed_at:
            self._is_impatient.set()
        elif self._is_armed:
            self._voice.write("\n")
            self.leave()
        else:
            self._is_armed = True
            # The terminal has forgotten what was typed in that line.
            self._voice.write("\n")
            self._voice.note_now(say("plain.again_quits"))
            self._voice.write(self._typed_at)

    # ------------------------------------------------------------------------------------------------------------- running

    async def run(self) -> int:
        """Chat until the input ends. Return the exit code. Raises NotAsked for what ends a pipe."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(DaemonExecutor())
        settings, demo = self._access.settings, self._wishes.demo
        model = self._wishes.model or last_model(self._configuration.state_file, settings, demo=demo)
        self._tasks = AsyncioTasks()
        self._output = BackgroundOutput()
        self._voice = Voice(self._output, is_talk=self.is_talk)
        self._lines = Lines()
        self._pasting = Pasting(self._lines, self._voice, self.read_line)
        self._session = session = Session(
            self._access.account,
            tasks=self._tasks,
            data=data_dir(self._environ),
            model=model,
            notify=self._take_event,
            resume=self._wishes.resume,
            looks_back=self.is_talk or self._wishes.resume,
            keeps_model=bool(self._wishes.model),
            limits=settings.spending_limits(names_repeats=self.is_talk),
        )
        # Whole lines come, and not the second half of a key press.
        session.reaction = 0.0
        self._commands = Commands(
            self, session, self._voice, self._configuration, self._access, self._environ
        )
        self._loop = loop
        if self.is_talk and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGINT, self.interrupt)
        try:
            await self._begin()
            code = await self._converse()
        finally:
            await self._tasks.close()
            await session.close()
            self._voice.release()
            if self.is_talk:
                self._voice.note(plain_words.bye_words(session, are_saved=not self.save()))
            await self._finish_output()
        return code

    async def _begin(self) -> None:
        """Read the first conversation and the account, and say what there is to say of both."""
        access, voice = self._access, self._voice
        for warning in access.warnings:
            voice.note(warning)
        if (guarded := access.keychain.guard_file()) is not None:
            voice.note(spoken(guarded))
        if self.is_talk:
            voice.note(say("plain.welcome"))
            if self._wishes.demo:
                voice.note(say("greeting.demo"))
        await self._within(OPENING_PATIENCE, self._session.begun())
        await self.read_account()
        if self._session.backend.account is None:
            if not self.is_talk:
                self._refuse(Refusal.NO_ACCOUNT)
            await self._commands.key("")
        limits = self._session.limits
        if limits.day or limits.month:
            await self._within(OPENING_PATIENCE, self._session.spending.read())

    async def read_account(self, *, asked_for: bool = False) -> None:
        """Read the balance and the models."""
        self._session.read_account(asked_for=asked_for)
        await self._within(BALANCE_PATIENCE, self._tasks.ended(ACCOUNT))

    async def until_ended(self, group: str) -> None:
        """Wait until the session's tasks of a group have ended, for a signal, or for Ctrl+C."""
        await self._within(RECOVERY_PATIENCE, self._tasks.ended(group))

    async def _converse(self) -> int:
        """Take prompts and commands until there are no more. Return the exit code."""
        has_asked = False
        while not self._leaving.is_set() and self._output.problem is None:
            try:
                text = await self._read_prompt()
                if text is None:
                    break
                if not text.strip():
                    continue
                has_asked = True
                await self._take(text)
            except NotAsked as why:
                if not self.is_talk:
                    raise
                self._voice.note(str(why))
            if not self.is_talk and self._answer is not None and self._answer.failure is not None:
                break
        if not (self.is_talk or has_asked or self._leaving.is_set()):
            raise NotAsked(say("plain.no_prompt"))
        answers = [self._answer] if self._answer is not None and not self.is_talk else []
        return code_of(answers, self._output.problem)

    async def _take(self, text: str) -> None:
        """Run a command, or send a prompt."""
        if (command := self._commands.parse(text)) is not None:
            await command()
            return
        if not self.is_talk:
            self._voice.tell(plain_words.read_out(say("plain.you"), text, self._session.models))
        await self.send(self._commands.without_escape(text))

    # ---------------------------------------------------------------------------------------------------------- asking

    async def send(self, prompt: str) -> None:
        """Send a prompt with the files that wait for it, and read the answer out."""
        prompt = checked(self._commands.with_quotes(checked(prompt)))
        attachments = self._commands.attachments()
        self._commands.check_sight()
        if await self.ask(partial(self._session.send, prompt, attachments)):
            self._commands.forget_sent()

    async def ask(self, start: Callable[[], Answer | Refusal]) -> bool:
        """Start a request, once the user has agreed to what speaks against it, and read its answer out. Return whether it was sent."""
        while isinstance(answer := start(), Refusal):
            if answer not in OF_MONEY:
                self._refuse(answer)
                return False
            now = self._session.calendar()
            objections = " ".join(objection_words(each, now) for each in self._session.spending.objections)
            if not await self.confirm(objections):
                raise NotAsked(
                    say("guard.shell_cap") if self.is_talk else f"{objections} {say('guard.shell_cap')}",
                    ExitCode.GUARDED,
                )
            self._session.spending.note_told()
        await self._read_out(answer)
        return True

    def _refuse(self, refusal: Refusal) -> None:
        """Raise NotAsked with the reason why nothing is sent."""
        if refusal is Refusal.NO_ACCOUNT:
            raise NotAsked(failure_words(NO_KEY, place=self._place), ExitCode.KEY)
        if refusal is Refusal.TOO_MANY:
            raise NotAsked(say("ask.too_few_requests", n=1), ExitCode.BUSY)
        raise NotAsked(say("notice.nothing_to_repeat"))

    async def _read_out(self, answer: Answer) -> None:
        """Read an answer out while it comes, and say how it has ended."""
        session, voice = self._session, self._voice
        self._answer, self._has_told_preparing = answer, False
        voice.note(plain_words.begin_words(answer))
        voice.hold()
        self._streamed = Streamed(self._output, partial(self._flow, answer), voice.note)
        await until(session.ended(), self._tasks.failure)
        self._streamed.finish([answer], None)
        self._streamed = None
        voice.release()
        self._is_impatient.clear()
        await self._within(BALANCE_PATIENCE, session.settled())
        voice.note(plain_words.end_words(session, answer, self._place))

    def _flow(self, answer: Answer) -> BySentence | AtEnd:
        others = plain_words.other_beginnings(self._session.models)
        marked = Marked(plain_words.name_of(answer), others)
        return AtEnd(marked) if self._access.settings.plain_text == "end" else BySentence(marked)

    # ----------------------------------------------------------------------------------------------------------- typing

    async def _read_prompt(self) -> str | None:
        """Return the next prompt, of one or more lines; None if there is none, and empty if nothing is to be sent."""
        if self._pasting.has_more:
            is_whole = self._answer is None or self._answer.state is AnswerState.COMPLETE
            return await self._pasting.next(self._session.model, may_go_on=is_whole)
        begin = plain_words.prompt_line(self._session, len(self._commands.attachments()))
        lines: list[str] = []
        while True:
            line = await self.read_line(say("plain.more") + " " if lines else begin)
            if line is None:
                # What a pipe has begun is a prompt; who types has not yet pressed Enter.
                return "\n".join(lines) if lines and not self.is_talk and not self._leaving.is_set() else None
            is_open = line.endswith("\\") and not line.endswith("\\\\")
            lines.append(line[:-1] if is_open else line)
            if not is_open:
                break
        prompt = "\n".join(lines)
        if not self.is_talk or not prompt.strip() or self._commands.parse(prompt) is not None:
            return prompt
        return await self._pasting.with_rest(prompt, self._session.model)

    async def read_line(self, begin: str) -> str | None:
        """Return the next line; None at the end of the input, or after a signal. `begin` stands before what is typed."""
        if self.is_talk:
            self._voice.release()
            self._voice.write(begin)
            self._voice.hold()
        self._typed_at = begin
        line = self._lines.next()
        try:
            await self._until(line)
        finally:
            self._typed_at = ""
        found = line.result() if line.done() and not line.cancelled() else None
        if self.is_talk:
            if found is None and not self._leaving.is_set():
                self._voice.write("\n")
            self._voice.release()
        if found is None:
            return None
        self._is_armed = False
        return decoded(found, is_terminal=self.is_talk)

    async def confirm(self, words: str, question: str = "") -> bool:
        """Ask a person a question, by default whether something is to be sent. False if there is none."""
        if not self.is_talk:
            return False
        self._lines.drop_typed_ahead()
        answer = await self.read_line(f"{say('plain.note')} {words} {question or say('guard.question')} ")
        return answer is not None and answer.strip().lower() in say("guard.yes").split()

    # ---------------------------------------------------------------------------------------------------------- waiting

    async def _until(self, end: Any) -> None:
        await until(end, self._tasks.failure, self._leaving)

    async def _within(self, seconds: float, end: Awaitable[object]) -> None:
        """Wait so long for an end, for a signal, or for Ctrl+C."""
        self._is_impatient.clear()

        async def any_end() -> None:
            await until(end, self._tasks.failure, self._is_impatient)

        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._until(any_end())

    # ------------------------------------------------------------------------------------------------------------ events

    def _take_event(self, event: SessionEvent) -> None:
        match event:
            case AnswerChanged(answer):
                if answer is self._answer and self._streamed is not None:
                    self._streamed.go_on(answer)
                    if answer.preparation is not None and not self._has_told_preparing:
                        self._has_told_preparing = True
                        self._voice.note_now(say("ask.preparing"))
            case WaitChanged(answer):
                if answer.retry_wait is not None:
                    words = plain_words.wait_words(answer, answer.retry_wait, self._session.clock())
                    self._voice.note_now(words)
            case AnsweredBeside(answer) if self._answer is not None and answer.turn is self._answer.turn:
                pass  # One of a comparison: it is read out next.
            case ConversationShown() | OpenFailed():
                self._commands.conversation_shown(event)
            case AnswerCompleted(answer):
                self._commands.answer_completed(answer)
            case KeyRefused(failure):
                if failure.kind != "no_key":
                    self._voice.note(
                        self._key_words(failure.kind) or failure_words(failure, place=self._place)
                    )
            case _:
                notice = notice_of(event, self._session.database, plain_words.hint, self._place)
                if notice is not None:
                    self._voice.note(notice.text)

    def _key_words(self, kind: str) -> str:
        complaint = self._access.keychain.complaint
        return spoken(complaint) if kind == "bad_key" and complaint else ""

    async def _finish_output(self) -> None:
        """Wait until everything is written, unless a signal says that there is no time."""
        await self._output.finish_within(0.2 if self._leaving.is_set() and not self.is_talk else None)
