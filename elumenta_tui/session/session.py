"""A running chat: what is asked, what comes of it, and what is saved. It has no screen and no sentences.

(Over 400 lines: asking, stopping and conversations share the one who knows which answers are coming.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.draft import NOTHING, Draft
from elumenta_tui.chat.failure import STOPPED, Billing, Failure
from elumenta_tui.chat.ledger import Ledger
from elumenta_tui.chat.models import Model, find_model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.request import Options, Request
from elumenta_tui.chat.spending import NO_LIMITS, Kind, SpendingLimits
from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.session.accounting import GROUP, Accounting
from elumenta_tui.session.backend import Account, Backend
from elumenta_tui.session.events import (
    AccountSwitched,
    AnswerChanged,
    AnswerCompleted,
    AnsweredBeside,
    AnsweredElsewhere,
    AnswerEnded,
    ConversationShown,
    CrashFound,
    NothingRecovered,
    Notify,
    SideAnswerEnded,
    WaitChanged,
)
from elumenta_tui.session.guardrails import MOST_AT_ONCE, REACTION, Hold, Refusal, are_too_many, is_echo
from elumenta_tui.session.tasks import Tasks

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.history import HistoryEntry
    from elumenta_tui.chat.queue import QueuedPrompt
    from elumenta_tui.session.autosave import Autosave
    from elumenta_tui.session.branches import Branches
    from elumenta_tui.session.comparing import Comparing
    from elumenta_tui.session.context import Context
    from elumenta_tui.session.generation import Generation
    from elumenta_tui.session.library import Library
    from elumenta_tui.session.queue import Queues
    from elumenta_tui.session.recovery import Recovery
    from elumenta_tui.session.service_history import ServiceHistory
    from elumenta_tui.session.side_question import SideQuestion
    from elumenta_tui.session.spending import Spending
    from elumenta_tui.session.temporary import TemporaryChats
    from elumenta_tui.store.events import StoreEvent
    from elumenta_tui.store.records import CutAnswer
    from elumenta_tui.store.tree import Stored

CLOSING_PATIENCE = 0.5
"""Seconds that the end of a session waits for connections to be closed."""


class Session:
    """The current conversation, its model, the running answers, and what is saved of them.

    Call every method on the session's event loop; only `close_store` is safe in any thread. A call has its effect before it
    returns. Everything that happens later is reported to `notify`, in order.

    (Over 30 methods: this is what the app, `ask` and programs of others call; a third are properties and the calls of its parts.)

    Args:
        account: the account to ask; None until there is a key.
        tasks: starts tasks beside the caller.
        data: the directory of the stored conversations.
        model: the slug of the model to ask.
        notify: receives the events.
        read_draft: returns the text that is typed and not sent, which is saved with the conversation. None: nobody types, and
            the draft of a stored conversation stays as it is.
        read_chips: returns its quotes and files, which are saved with it.
        on_store_event: receives the store's events in the store's thread, and must hand them to `apply_store_event` on the
            loop. None: asyncio hands them over.
        stores: whether to store conversations. If not, the disk is neither read nor written.
        looks_back: whether to begin with a conversation that a crash has cut, or with an unsent draft. A crash is reported to
            one program only, so set this for a session that a user looks at.
        resume: whether to begin with the conversation that was used last; a text: with the one whose id begins so, where
            `looks_back` is False.
        keeps_model: whether to ask `model` also after a conversation was resumed.
        limits: what a request may cost without being refused first; nothing is guarded by default.
        kind: what the prompts are counted as.
        clock: seconds of a monotonic clock. `calendar`: Unix seconds. `sleep`: waits for seconds.
    """

    def __init__(
        self,
        account: Account | None,
        *,
        tasks: Tasks,
        data: Path,
        model: str,
        notify: Notify = lambda event: None,
        read_draft: Callable[[], str] | None = None,
        read_chips: Callable[[], Draft] = lambda: NOTHING,
        on_store_event: Callable[[StoreEvent], object] | None = None,
        stores: bool = True,
        looks_back: bool = True,
        resume: bool | str = False,
        keeps_model: bool = False,
        limits: SpendingLimits = NO_LIMITS,
        kind: Kind = Kind.CHAT,
        clock: Callable[[], float] = monotonic,
        calendar: Callable[[], float] = time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """(Over 60 lines: all that a session knows begins here.)"""
        self.backend = Backend(account)
        self.conversation = Conversation()
        self.accounting = Accounting(self, self.backend, tasks, notify)
        """The account's money and models, and what the answers cost."""
        self.model = find_model(self.models, model)
        self.clock = clock
        self.calendar = calendar
        self.reaction = REACTION
        """Seconds in which a prompt that has just failed is not sent again: see `guardrails`."""
        self.library: Library | None = None
        """The stored conversations; None until `open_library`."""
        self.asked_in: Conversation | None = None
        """The conversation of the last request, which the next session resumes."""
        self.limits = limits
        self._kind = kind
        self._tasks = tasks
        self._notify = notify
        self._data = data
        self._stored_draft = ""
        self._read_chips = read_chips
        self._read_draft = read_draft or (lambda: self._stored_draft)
        self._on_store_event = on_store_event
        self._stores = stores
        self._looks_back = looks_back
        self._resume = resume
        self._keeps_model = keeps_model
        self._sleep = sleep
        self._generations: dict[Answer, Generation] = {}
        self.recent: dict[str, str] = {}
        """Titles of the conversations that were left in this session, by id, the one left last at the end."""
        self._unread: dict[str, Generation] = {}
        """The newest answer that has ended in each conversation since it was left, by the conversation's id."""
        self._beside: dict[Answer, Generation] = {}
        """The answers that have ended on other versions of the current conversation, and were not shown since."""
        self.leaving_temporary: Callable[[], object] = lambda: None
        """Called before a temporary conversation is left: it takes along what is typed there."""
        self.latest: Answer | None = None
        """The answer of the last request, in any conversation or beside it."""

    # ------------------------------------------------------------------------------------------------------ the store

    def open_library(self) -> Library:
        """Open the stored conversations in the store's thread. An event reports the result."""
        from elumenta_tui.session.autosave import Autosave
        from elumenta_tui.session.library import Library
        from elumenta_tui.store import Store

        if self.library is None:
            tell = self._on_store_event or self._store_events_to_loop()
            if self._stores:
                store = Store(self._data, tell, self.calendar, looks_back=self._looks_back)
            else:
                from elumenta_tui.store.nothing import NoStore

                store = NoStore(self._data, tell, self.calendar)
            autosave = Autosave(
                store,
                self.conversation,
                demo=self.backend.is_demo,
                read_draft=self._read_draft,
                read_chips=self._read_chips,
                calendar=self.calendar,
            )
            self.library = Library(
                self,
                autosave,
                self._tasks,
                self._notify,
                resume=self._resume,
                keeps_model=self._keeps_model,
                looks_back=self._looks_back,
            )
            store.start()
            if self._read_draft():
                autosave.draft_changed()
        return self.library

    def _store_events_to_loop(self) -> Callable[[StoreEvent], object]:
        loop = asyncio.get_running_loop()

        def hand_over(event: StoreEvent) -> None:
            # The loop may have ended.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self.apply_store_event, event)

        return hand_over

    async def begun(self) -> None:
        """Open the library, and wait until the first conversation is current or can't be read."""
        await self.open_library().begun.wait()

    def apply_store_event(self, event: StoreEvent) -> None:
        """Apply an event of the store, on the session's loop."""
        if self.library is not None:
            self.library.apply_store_event(event)
            if self.limits != NO_LIMITS:
                # The file has just been opened, or is another one.
                self.spending.refresh()

    @property
    def autosave(self) -> Autosave | None:
        """The part that saves the session; None before the library is open."""
        return self.library.autosave if self.library is not None else None

    def draft_changed(self) -> None:
        """Save the draft a moment later, and learn in time what speaks against sending it."""
        if self.library is not None and self.limits != NO_LIMITS:
            self.spending.typed()
        # What is typed before the library is there, it looks for itself.
        if self.library is not None:
            self.library.autosave.draft_changed()

    def close_store(self) -> int:
        """Save everything and close the file. Return the number of changes that could not be saved. Safe in any thread."""
        return self.library.close() if self.library is not None else 0

    @property
    def unsaved(self) -> int:
        """Number of changes that would be lost if the session ended now."""
        return self.library.autosave.unsaved if self.library is not None else 0

    @property
    def database(self) -> Path:
        """The file of the stored conversations."""
        from elumenta_tui.store import FILE

        return self._data / FILE

    async def close(self) -> None:
        """Close the store, and the connections to the service, for which it waits `CLOSING_PATIENCE` at most."""
        if self.library is not None:
            await asyncio.to_thread(self.library.at_rest)
        await asyncio.to_thread(self.close_store)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_PATIENCE):
                await self.backend.close()

    # --------------------------------------------------------------------------------------------------------- asking

    @property
    def current(self) -> Answer | None:
        """The running answer of the current conversation; None if there is none."""
        return self.conversation.current

    @property
    def last(self) -> Answer | None:
        """The answer at the end of the path, in any state; None in an empty conversation."""
        return self.conversation.newest

    @cached_property
    def side_question(self) -> SideQuestion:
        """The question beside the conversation."""
        from elumenta_tui.session.side_question import SideQuestion

        return SideQuestion(self)

    @property
    def _side_answer(self) -> Answer | None:
        return self.side_question.answer if "side_question" in vars(self) else None

    def leave_side_question(self) -> None:
        """Keep the open side answer as a branch, because what shows it goes away. Stops it if it is running."""
        if (answer := self._side_answer) is not None:
            if not answer.over:
                self.stop_answer(answer)
            self.side_question.keep()

    def refusal(self, prompt: str) -> Refusal | None:
        """Return why a prompt can't be sent now; None if it can."""
        return Refusal.BUSY if self.current is not None else self.refusal_beside(prompt)

    def refusal_beside(self, prompt: str) -> Refusal | None:
        """Return why a prompt can't be sent on another branch now; None if it can. Running answers go on beside it."""
        if self.backend.account is None:
            return Refusal.NO_ACCOUNT
        if are_too_many(len(self._generations), self.backend.limits):
            return Refusal.TOO_MANY
        if is_echo(prompt, self.last, self.clock(), self.reaction):
            return Refusal.ECHO
        return None

    @cached_property
    def spending(self) -> Spending:
        """The spending of this session, and the user's limits for it."""
        from elumenta_tui.session.spending import Spending

        return Spending(self, self._tasks, self._notify)

    def objection_to(
        self, prompt: str, models: Sequence[Model] = (), attachments: tuple[Attachment, ...] = ()
    ) -> Refusal | None:
        """Return what speaks against sending a prompt to the model, or to each of these, by the user's own limits."""
        if self.limits == NO_LIMITS:
            return None
        models = models or [self.model]
        requests = (self.conversation.next_request(model, prompt, attachments) for model in models)
        return self.spending.refusal(prompt, models, requests)

    def accept(
        self, prompt: str, models: Sequence[Model], attachments: tuple[Attachment, ...] = ()
    ) -> Refusal | None:
        """Return as `objection_to`. If nothing speaks against it, the caller sends it."""
        refusal = self.objection_to(prompt, models, attachments)
        if refusal is None and self.limits != NO_LIMITS:
            self.spending.accept(prompt, models)
        return refusal

    def guarded(self, what: str, models: Sequence[Model]) -> Refusal | None:
        """Return what speaks against a request by the user's own limits. If nothing does, the caller sends it.

        `what` tells the request from others to the same models.
        """
        if self.limits == NO_LIMITS:
            return None
        refusal = self.spending.refusal(what, models)
        if refusal is None:
            self.spending.accept(what, models)
        return refusal

    def send(
        self, prompt: str, attachments: tuple[Attachment, ...] = (), model: Model | None = None
    ) -> Answer | Refusal:
        """Send a prompt to a model, by default the chosen one, once it and its attachments are on the disk.

        Return the new answer, or why nothing is sent.
        """
        refusal = self.refusal(prompt) or self.accept(prompt, [model or self.model], attachments)
        return refusal or self.start(partial(self.conversation.ask, prompt, attachments=attachments), model)

    def send_queued(self, conversation: Conversation, queued: QueuedPrompt, model: Model) -> Answer:
        """Send a prompt that has left the queue of its conversation. Only the queue calls this."""
        return self.start(
            partial(conversation.ask, queued.text, attachments=queued.attachments),
            model,
            conversation=conversation,
            queued=queued.id,
        )

    @cached_property
    def queue(self) -> Queues:
        """The prompts that wait for the answers before them."""
        from elumenta_tui.session.queue import Queues

        return Queues(self, self._notify)

    @property
    def queued(self) -> int:
        """Number of prompts that are queued and stored, in all conversations that this session has shown."""
        return self.queue.count if "queue" in vars(self) else 0

    def balance_before(self) -> Amount | None:
        """Return the balance before the next request; None if it will not tell what that request alone costs."""
        return self.accounting.balance_before()

    def start(
        self,
        ask: Callable[..., Answer],
        model: Model | None = None,
        *,
        conversation: Conversation | None = None,
        queued: str = "",
        kind: Kind = Kind.CHAT,
    ) -> Answer:
        """Add a new answer with `ask`, which is `ask` or `ask_again` of the conversation, and send its request.

        The conversation and the model are the current ones by default. `queued` is the id of a prompt that was queued.
        """
        conversation = conversation or self.conversation
        earlier, title = conversation.newest, conversation.title
        answer = ask(model or self.model, now=self.clock(), on=self.calendar(), balance=self.balance_before())
        if not conversation.is_temporary:
            self.asked_in = conversation
        autosave = self.open_library().autosave
        request = conversation.request(answer)
        answer.request_hash = self.spending.hash_of(request)
        autosave.prompt_sent(answer, conversation, queued=queued)
        if title and title != conversation.title:
            autosave.save_title(conversation, title)
        self.start_generation(answer, conversation, request, autosave.stored, earlier, kind=kind)
        return answer

    def start_generation(
        self,
        answer: Answer,
        conversation: Conversation,
        request: Request,
        stored: Callable[[Answer], Awaitable[object]],
        earlier: Answer | None,
        *,
        is_aside: bool = False,
        kind: Kind = Kind.CHAT,
    ) -> None:
        """Send a request; `earlier` is the answer before it in its conversation. Others as in `Generation`."""
        self.ledger.charges[answer.id] = answer.charge
        self.open_library()
        self.spending.begin(answer, conversation, self._kind if kind is Kind.CHAT else kind)
        self.accounting.begin(answer)
        for before in filter(None, (earlier, self.latest)):
            # From now on the balance says nothing of it alone, and the keys mean the new one.
            self.accounting.set_settling(before, is_settling=False)
            self.mark_changed(before)
        self.latest = answer
        from elumenta_tui.session.generation import Generation

        generation = Generation(
            answer,
            conversation,
            request,
            connect=partial(self._client_for, answer),
            account=self.backend.account,
            stored=stored,
            permit=self.spending.permit,
            changed=self._has_come,
            clock=self.clock,
            sleep=self._sleep,
            is_aside=is_aside,
        )
        self._generations[answer] = generation
        self._tasks.start(generation.run, generation.group)

    async def _client_for(self, answer: Answer) -> ElumentaClient:
        """Return the client for the request of an answer. After another key was entered, a repeat goes to that account."""
        client = await self.backend.client()
        if (generation := self._generations.get(answer)) is not None:
            generation.account = self.backend.account
        return client

    def refusal_of_retry(self) -> Refusal | None:
        """Return why the last prompt can't be sent again; None if it can, as it got no whole answer."""
        last = self.last
        if last is None or (last.over and last.failure is None):
            return Refusal.NOTHING
        return self.refusal(last.prompt)

    def retry(self, model: Model | None = None) -> Answer | Refusal:
        """Send the last prompt again if it got no whole answer; to another model, if one is named.

        The partial answer stays, but is no longer sent.
        """
        last, refusal = self.last, self.refusal_of_retry()
        if refusal is not None or last is None:
            return refusal or Refusal.NOTHING
        again = partial(self.conversation.ask_again, last.turn)
        model = model or self.model
        return self.guarded(f"again {last.turn.id}", [model]) or self.start(again, model, kind=Kind.AGAIN)

    def refusal_of_continuation(self) -> Refusal | None:
        """Return why the rest of the last answer can't be asked for; None if it can, as the answer was interrupted."""
        if self.current is not None:
            return Refusal.BUSY
        if self.last is None or self.last.state is not AnswerState.INTERRUPTED:
            return Refusal.NOTHING
        return self.refusal("")

    def continue_answer(self, prompt: str) -> Answer | Refusal:
        """Ask for the rest of an interrupted answer with this prompt."""
        return self.refusal_of_continuation() or self.send(prompt)

    @property
    def is_answering(self) -> bool:
        """Whether any answer is running, in any conversation."""
        return bool(self._generations)

    @property
    def running(self) -> Sequence[Generation]:
        """All running generations, in the current conversation and in those that were left, oldest first."""
        return list(self._generations.values())

    @property
    def answering(self) -> set[str]:
        """Ids of the conversations in which an answer is running, the current one included."""
        return {each.conversation.id for each in self.running}

    @property
    def running_elsewhere(self) -> set[str]:
        """Ids of the conversations that were left while an answer is running in them."""
        return {each.conversation.id for each in self.running if each.conversation is not self.conversation}

    @property
    def unread(self) -> set[str]:
        """Ids of the conversations in which an answer has ended since they were left."""
        return set(self._unread)

    @property
    def ended_elsewhere(self) -> Sequence[Generation]:
        """The newest answer of each conversation in which one has ended since it was left."""
        return list(self._unread.values())

    @property
    def ended_beside(self) -> Sequence[Generation]:
        """The answers that have ended on other versions of the current conversation, and were not shown since."""
        return list(self._beside.values())

    def mark_read(self, answers: Iterable[Answer]) -> None:
        """Count answers as shown."""
        for answer in answers if self._beside else ():
            self._beside.pop(answer, None)

    def live(self, id: str) -> Conversation | None:
        """Return the conversation with that id if an answer is running in it, or begins there by itself; else None."""
        found = next((each.conversation for each in self.running if each.conversation.id == id), None)
        return self.queue.live(id) if found is None and "queue" in vars(self) else found

    def forget_deleted(self, id: str) -> None:
        """Drop what is queued in a conversation, and do not open it, because it is deleted."""
        if self.library is not None:
            self.library.cancel_opening(id)
        self._unread.pop(id, None)
        if "queue" in vars(self):
            self.queue.forget(id)

    def stop(self) -> Answer | None:
        """Stop the running answer of the current conversation at once. Its partial text stays.

        Return the answer; None if none was coming.
        """
        answer = self.current
        if answer is not None:
            self.stop_answer(answer)
        return answer

    def stop_all(self) -> None:
        """Stop all running answers at once. Their partial texts stay, and nothing that is queued is sent behind them."""
        if "queue" in vars(self):
            self.queue.hold_all(Hold.STOPPED)
        for answer in list(self._generations):
            self.stop_answer(answer)

    def stop_answer(self, answer: Answer) -> None:
        """Stop a running answer at once. Its partial text stays."""
        # While it waits for its retry nothing is asked: what the last attempt cost is known.
        billing = answer.retry_wait.failure.billing if answer.retry_wait is not None else Billing.UNKNOWN
        answer.fail(Failure(STOPPED, billing))
        generation = self._generations.get(answer)
        if generation is not None:
            generation.cancel()
            self._tasks.cancel(generation.group)
        self._has_come(answer)

    def _has_come(self, answer: Answer) -> None:
        """Report that a running answer has changed or ended."""
        generation = self._generations.get(answer)
        if generation is None:
            return
        answer.note_time(self.clock(), self.calendar())
        if generation.retry_wait is not answer.retry_wait:
            generation.retry_wait = answer.retry_wait
            self._notify(WaitChanged(answer))
        if answer.over:
            self._end(generation)
        else:
            self.mark_changed(answer)

    def _end(self, generation: Generation) -> None:
        """Save and report an answer that is over, and go on with what has waited for its end."""
        answer, conversation = generation.answer, generation.conversation
        is_led = conversation is self.conversation
        del self._generations[answer]
        self.accounting.note_end(answer, generation.account)
        if not is_led and not generation.is_aside:
            self._unread[conversation.id] = generation
        self.mark_changed(answer)
        self.note_balance()
        if "comparing" in vars(self):
            self.comparing.note_end(answer, conversation)
        if generation.is_aside:
            self._notify(SideAnswerEnded(answer))
        elif not is_led:
            self._notify(AnsweredElsewhere(answer, conversation.title))
        elif answer in self.conversation.shown:
            self._notify(AnswerEnded(answer))
        else:
            self._beside[answer] = generation
            self._notify(AnsweredBeside(answer))
        self._look_after_end(answer)
        if "queue" in vars(self):
            self.queue.answer_ended(conversation, answer)

    def _look_after_end(self, answer: Answer) -> None:
        """Read the balance if the answer did not state it, and search the history if the answer is not whole."""
        if answer.failure is not None and self.accounting.refuses_key(answer.failure):
            return
        if self.accounting.must_be_read:
            self.accounting.read()
            if answer.is_doubtful:
                self._recovery.follow(answer, look=not answer.was_stopped)
                self.mark_changed(answer)

    def mark_changed(self, answer: Answer) -> None:
        """Save an answer that has changed, and report the change."""
        if self.library is not None:
            self.library.autosave.changed(answer)
        if "spending" in vars(self):
            self.spending.note(answer)
        self._notify(AnswerChanged(answer))

    def note_balance(self) -> None:
        """Save the balance that is known now, so that what is spent elsewhere can be told."""
        if self.library is not None and not self.ledger.stale:
            self.spending.note_balance(self.ledger.balance)

    async def ended(self) -> None:
        """Wait until no answer is running."""
        for generation in list(self._generations.values()):
            await self._tasks.ended(generation.group)

    async def settled(self) -> None:
        """Wait until no answer is running and the balance after the last one has been read."""
        await self.ended()
        await self._tasks.ended(GROUP)

    # -------------------------------------------------------------------------------------------------------- recovery

    @cached_property
    def branches(self) -> Branches:
        """Edits prompts, asks for other versions of answers, and leads the path through them."""
        from elumenta_tui.session.branches import Branches

        return Branches(self, self._notify)

    @cached_property
    def comparing(self) -> Comparing:
        """Asks one prompt of several models at once."""
        from elumenta_tui.session.comparing import Comparing

        return Comparing(self, self._notify)

    @cached_property
    def context(self) -> Context:
        """Leaves messages out of the requests, pins them, and asks for summaries."""
        from elumenta_tui.session.context import Context

        return Context(self, self._notify)

    @cached_property
    def _recovery(self) -> Recovery:
        from elumenta_tui.session.recovery import Recovery

        return Recovery(self, self.accounting, self.backend, self._tasks, self._sleep)

    def is_shown(self, answer: Answer) -> bool:
        """Whether the answer is part of the current conversation, or is its open side answer.

        After the conversation was read again, it has other objects.
        """
        return answer is self._side_answer or any(
            answer is other for other in self.conversation.all_answers()
        )

    async def generations_of_others(self, answer: Answer) -> set[str]:
        """Collect the ids of the generations of all other answers, of this conversation and of the stored ones."""
        stored = set(await self.library.generations()) if self.library is not None else set()
        shown = {other.generation_id for other in self.conversation.all_answers() if other is not answer}
        return (stored | shown) - {"", answer.generation_id}

    def recover(self, answer: Answer) -> None:
        """Replace a broken answer by the whole one that was found, or search the history for it now."""
        if answer.recovered is not None:
            self._complete(answer)
        else:
            self._tasks.start(partial(self._recover, answer), "recover", exclusive=True)

    async def _recover(self, answer: Answer) -> None:
        found = await self._recovery.find(answer)
        if isinstance(found, Failure):
            self.accounting.report(found)
        elif found is None:
            self._notify(NothingRecovered(answer))
        elif self.is_shown(answer):
            answer.offer(found)
            self._complete(answer)

    def _complete(self, answer: Answer) -> None:
        answer.complete()
        self.mark_changed(answer)
        self._notify(AnswerCompleted(answer))

    # --------------------------------------------------------------------------------------------------------- account

    @property
    def ledger(self) -> Ledger:
        """The account's money, and what this session has spent."""
        return self.accounting.ledger

    @property
    def models(self) -> Sequence[Model]:
        """The models that can be asked."""
        return self.accounting.models

    def read_account(self, *, asked_for: bool = False) -> None:
        """Read the balance, and the models if they are not known. `asked_for`: report the balance when it is there."""
        self.accounting.read(asked_for=asked_for)

    def models_read(self, models: Sequence[Model]) -> None:
        """Take the facts of the current model from the service's list."""
        self.model = find_model(models, self.model.slug)

    def is_settling(self, answer: Answer) -> bool:
        """Whether the balance is being read to learn what an answer has cost."""
        return self.accounting.is_settling(answer)

    def switch_account(self, account: Account) -> None:
        """Ask another account from now on.

        Between the demo and a real account, running answers are stopped and a new conversation begins: neither text nor money
        of the one may reach the other.
        """
        was_demo = self.backend.is_demo
        client = self.backend.switch(account)
        if client is not None:
            self._tasks.start(partial(self._close_client, client), "close")
        self.accounting.change_account(keeps_charges=was_demo == account.demo)
        if "queue" in vars(self):
            self.queue.hold_all(Hold.ACCOUNT)
        if was_demo != account.demo:
            self.stop_all()
            self.leave_side_question()
            self._leave_temporary()
            self._lead(Conversation())
            self.recent.clear()
            self.open_library().switch(self.conversation, demo=account.demo)
            self._notify(ConversationShown(keeps_draft=True))
        self._notify(AccountSwitched(from_or_to_demo=was_demo != account.demo))
        self.read_account()

    async def _close_client(self, client: ElumentaClient) -> None:
        """Close a client once no answer is running: one of them may be using it."""
        await self.ended()
        with suppress(asyncio.CancelledError):
            await client.aclose()

    # -------------------------------------------------------------------------------------------------- conversations

    def select_model(self, model: Model) -> None:
        """Ask that model from now on."""
        self.model = model

    def select_model_named(self, slug: str) -> None:
        """Ask the model of that slug from now on, listed or not."""
        self.model = find_model(self.models, slug)

    def set_system_prompt(self, text: str) -> None:
        """Begin all further requests of the conversation with this text; empty for none. It is no persona's any more."""
        if text != self.conversation.system_prompt:
            self.conversation.persona = ""
        self.conversation.system_prompt = text
        self.open_library().autosave.facts_changed()

    def set_options(self, options: Options) -> None:
        """Send these parameters with all further requests of the conversation."""
        self.conversation.options = options
        self.open_library().autosave.facts_changed()

    def set_persona(self, name: str, system_prompt: str, options: Options) -> None:
        """Begin all further requests of the conversation with a persona's text and parameters; an empty name for none."""
        conversation = self.conversation
        conversation.persona, conversation.system_prompt, conversation.options = name, system_prompt, options
        self.open_library().autosave.facts_changed()

    def new_conversation(self, conversation: Conversation | None = None) -> None:
        """Make a new conversation current: this one, or an empty one. A running answer goes on in the one that was left."""
        conversation = conversation or Conversation()
        if not conversation.is_temporary:
            self._leave_temporary()
        elif not conversation.id:
            self.temporary.admit(conversation)
        left = self.conversation
        self._lead(conversation)
        self.open_library().begin(self.conversation)
        if left.parked and not left.turns and left.is_temporary == conversation.is_temporary:
            self.open_library().autosave.take_over_parked(left)
        self._notify(ConversationShown(keeps_draft=True))

    @cached_property
    def temporary(self) -> TemporaryChats:
        """The conversations of which nothing is stored."""
        from elumenta_tui.session.temporary import TemporaryChats

        return TemporaryChats(self)

    @property
    def has_temporary(self) -> bool:
        """Whether there is a temporary conversation, on the screen or left."""
        return "temporary" in vars(self) and bool(self.temporary.chats)

    def held(self, id: str) -> Conversation | None:
        """Return the temporary conversation of that id; None if there is none."""
        return self.temporary.chats.get(id) if self.has_temporary else None

    def _leave_temporary(self) -> None:
        # While another one is being opened, what is typed belongs to that.
        if self.conversation.is_temporary and not (self.library is not None and self.library.is_opening):
            self.leaving_temporary()

    @cached_property
    def service_history(self) -> ServiceHistory:
        """What the account was asked anywhere. Nothing is read before it is asked for."""
        from elumenta_tui.session.service_history import ServiceHistory

        return ServiceHistory(self.backend, self.open_library().generations)

    def continue_entry(self, entry: HistoryEntry) -> Answer:
        """Copy an entry of the service's history into a new conversation, make that current, and return the answer.

        Nothing is asked. What the entry has cost was paid before, and does not count for this session.
        """
        self._leave_temporary()
        self._lead(Conversation())
        library = self.open_library()
        library.begin(self.conversation)
        model = find_model(self.models, entry.model)
        answer = self.conversation.ask(entry.prompt, model, now=self.clock(), on=entry.created_on)
        answer.begin(entry.id, entry.model)
        answer.add(entry.text)
        answer.end(entry.cost)
        answer.charge.is_final = True
        answer.note_time(answer.asked_at, entry.created_on)
        if model.streams:
            self.model = model
        library.autosave.save_new()
        self.service_history.own[entry.id] = self.conversation.id
        self._notify(ConversationShown(keeps_draft=True))
        return answer

    def start_empty(self) -> None:
        """Make an empty conversation current, because the one before was deleted."""
        self._lead(Conversation())
        self._notify(ConversationShown(keeps_draft=True))

    def show(
        self, stored: Stored, *, is_stuck: bool = False, sought: str = "", keeps_model: bool = False
    ) -> None:
        """Make a stored conversation current, with the model that it asked last."""
        model = self.model
        self._lead(stored.conversation)
        self._stored_draft = stored.draft
        if keeps_model:
            self.model = model
        self._notify(ConversationShown(stored, is_stuck=is_stuck, sought=sought))

    def _lead(self, conversation: Conversation) -> None:
        for answer in conversation.all_answers() if self.ledger.charges else ():
            # What it turns out to have cost counts for this session, also after the conversation was read from the disk again.
            answer.charge = self.ledger.charges.get(answer.id, answer.charge)
        left, model = self.conversation, self.model
        self.conversation = conversation
        if left.turns and left.id and left.id != conversation.id:
            self.recent.pop(left.id, None)
            self.recent[left.id] = left.title
        self._stored_draft = ""
        self._unread.pop(conversation.id, None)
        self._beside.clear()
        newest = conversation.newest
        if newest is not None and newest.turn.is_summary:
            # A summary is written by the cheapest model, and not by the one of the conversation.
            newest = next((each for each in reversed(conversation.shown) if not each.turn.is_summary), newest)
        if newest is not None and not newest.is_foreign:
            self.model = find_model(self.models, newest.model.slug)
        if left.queued or conversation.queued:
            self.model = self.queue.switched(left, model, conversation) or self.model

    def open(self, id: str, sought: str = "") -> Refusal | None:
        """Make a stored conversation current, unless it is that already. An event reports the result.

        A running answer goes on in the conversation that was left.
        """
        library = self.open_library()
        if id == self.conversation.id and not library.is_written_elsewhere(id):
            return Refusal.NOTHING
        self._leave_temporary()
        library.open(id, sought)
        return None

    def crash_found(self, cut: Sequence[CutAnswer]) -> None:
        """Report that an earlier program crashed, and search the history for the answers that it left unfinished here."""
        self._notify(CrashFound(cut))
        ids = {each.id for each in cut}
        shown = [answer for answer in self.conversation.all_answers() if answer.id in ids] if ids else []
        for answer in shown[-MOST_AT_ONCE:]:
            self._recovery.search_history(answer)
