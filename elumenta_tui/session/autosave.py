"""Decides what of a session's conversation is saved, and when. The store writes it, in its own thread.

A prompt is saved before its request leaves, an answer piece by piece while it streams and as a whole at its
end, and the draft a moment after it was typed.

(Over 400 lines: prompts, answers, drafts and facts are saved by the one who knows what was saved of them.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from time import time
from typing import Any

from elumenta_tui.chat.conversation import Conversation, together
from elumenta_tui.chat.draft import NOTHING, Draft, Parked
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.chat.turn import Answer, AnswerState, Progress, Turn
from elumenta_tui.store import Store
from elumenta_tui.store.changes import (
    DeleteBranch,
    OpenHere,
    Rename,
    SaveAnswer,
    SaveCharge,
    SaveDraft,
    SaveParked,
    SaveQueued,
    SaveReading,
    SetFacts,
)
from elumenta_tui.store.events import Trouble
from elumenta_tui.store.facts import Values
from elumenta_tui.store.ids import new_id
from elumenta_tui.store.records import AnswerRecord, ConversationRecord, TurnRecord

SAVE_EVERY = 0.5
"""Seconds between two saves of a growing answer, at least."""

DRAFT_AFTER = 1.0
"""Seconds from typing to the save of the draft."""

COMMIT_PATIENCE = 3.0
"""Seconds that a request waits for its prompt to be on the disk. After that it is sent anyway."""


_NOTHING = Progress()


@dataclass(slots=True, eq=False, repr=False)
class _Kept:
    """The state of an answer as the store has it."""

    answer: Answer
    owner: Conversation
    """The conversation that the answer belongs to."""
    conversation: ConversationRecord
    record: tuple[TurnRecord, AnswerRecord] | None = None
    """The records as they were saved; None if none were, or if nobody may compare them: see `lead`."""
    progress: Progress = _NOTHING
    """The revision and the length of the saved text."""
    is_whole: bool = False
    """The text was saved as a whole, at the answer's end."""
    is_stored: bool = False
    """The answer comes from the store."""

    def record_now(self) -> tuple[TurnRecord, AnswerRecord]:
        """Return the records of the answer and its turn as they are now."""
        return TurnRecord.of(self.answer.turn, self.conversation.id), AnswerRecord.of(self.answer)


class Autosave:
    """Saves the session's conversation.

    Call every method on the session's loop; `close` is safe in any thread.

    (Over 30 methods: one for each occasion on which something is saved.)
    """

    def __init__(
        self,
        store: Store,
        conversation: Conversation,
        *,
        demo: bool,
        read_draft: Callable[[], str],
        read_chips: Callable[[], Draft] = lambda: NOTHING,
        calendar: Callable[[], float] = time,
    ) -> None:
        """`read_draft` returns what is typed, with its quotes before it; `read_chips` its quotes and files."""
        self.store = store
        self.demo = demo
        """True if new conversations belong to the demo."""
        self._read_draft = read_draft
        self._read_chips = read_chips
        self.calendar = calendar
        self._conversation = conversation
        self._kept: dict[str, _Kept] = {}
        self._commits: dict[str, Future[bool]] = {}
        self._latest: Future[bool] | None = None
        """The commit of the answer that was saved last."""
        self._charges: dict[str, Values] = {}
        """The charges of this session's requests as they were last saved, by the id of the answer."""
        self._facts: dict[str, Any] = {}
        """The conversation's facts as they were last saved."""
        self._growing: dict[Answer, None] = {}
        """Answers that are streaming, oldest first."""
        self._due: asyncio.TimerHandle | None = None
        self._saved_at = float("-inf")
        self.draft = ""
        """The draft of the session's conversation as it was saved last."""
        self._chips = NOTHING
        """Its quotes and files as they were saved last."""
        self._left: str | None = None
        """The draft of this conversation while another one is being opened; None otherwise."""
        self._draft_due: asyncio.TimerHandle | None = None
        self._unsaved: int | None = None
        self.trouble: Trouble | None = None
        """The reason why nothing can be saved now, as it was reported to the user; None if saving works."""

    # ------------------------------------------------------------------------------------------------- conversations

    def lead(self, conversation: Conversation, draft: str = "", chips: Draft = NOTHING) -> None:
        """Save this conversation from now on; `draft` is its draft in the store, with its quotes and files."""
        has_draft = bool(self._left or self.draft or self._chips != NOTHING or self._conversation.parked)
        if self._left is not None:
            self._restore_draft()
        self.flush()
        if conversation is not self._conversation and not has_draft:
            self._forget_if_empty(self._conversation)
        self._conversation, self.draft, self._chips = conversation, draft, chips
        self._facts = self.record(conversation).values if conversation.id else {}
        # A conversation that is neither shown nor has a running answer does not change any more. Each is asked once: the question
        # goes through all of its answers.
        owners = {id(kept.owner): kept.owner for kept in self._kept.values()}
        live = {key for key, owner in owners.items() if owner is conversation or owner.is_answering}
        self._kept = {name: kept for name, kept in self._kept.items() if id(kept.owner) in live}
        new = [answer for answer in conversation.all_answers() if answer.id not in self._kept]
        if new:
            owner = self.record(conversation)
            for answer in new:
                kept = _Kept(
                    answer, conversation, owner, progress=answer.progress, is_whole=True, is_stored=True
                )
                if answer is conversation.newest or answer.state is not AnswerState.COMPLETE:
                    # It may be reported as changed when it is not, while another program is receiving it. Of the others there
                    # may be thousands, and a report about one of them is a change.
                    kept.record = kept.record_now()
                self._kept[answer.id] = kept
        self.store.put(OpenHere(conversation.id))

    def _forget_if_empty(self, left: Conversation) -> None:
        """Delete the row of a conversation that has nothing but instructions: it is left, and no list leads back to it."""
        if left.id and not left.turns and left.has_instructions:
            from elumenta_tui.store.tables import NO_INSTRUCTIONS

            record = self.record(left)
            self.store.put(SetFacts(record, dict(NO_INSTRUCTIONS)))
            self.store.put(SaveDraft(record, ""))

    def _restore_draft(self) -> None:
        """Restore this conversation's draft: text typed since `leave` belongs to the next conversation."""
        self._cancel_draft()
        if self._left is not None and (self.draft, self._chips) != (self._left, NOTHING):
            # The text typed since then was saved here, so that a crash would not lose it. Quotes and files go along.
            self.store.put(SaveDraft(self.record(self._conversation), self._left))
        self._left = None

    @property
    def is_left(self) -> bool:
        """True if another conversation is being opened."""
        return self._left is not None

    def leave(self) -> None:
        """Another conversation is being opened: text typed from now on belongs to it."""
        if self._left is None:
            self.flush()
            self._left = self._read_draft()

    def stay(self) -> str:
        """Keep this conversation, because the other one could not be opened.

        Returns the draft from before `leave`.
        """
        left, self._left = self._left or "", None
        self.draft_changed()
        return left

    def record(self, conversation: Conversation) -> ConversationRecord:
        """Return the store's record of a conversation. Gives the conversation an id if it has none."""
        is_new = not conversation.id
        if is_new:
            conversation.id = new_id()
            self.store.put(OpenHere(conversation.id))
        if conversation.created_on is None:
            conversation.created_on = self.calendar()
        record = ConversationRecord.of(conversation, demo=self.demo)
        if is_new and conversation is self._conversation:
            self._facts = record.values
        return record

    def save_all(self) -> None:
        """Save all known answers and the draft again, because the database is a new one."""
        for kept in list(self._kept.values()):
            kept.record, kept.progress = None, _NOTHING
            kept.is_whole = kept.is_stored = False
            self._save(kept.answer)
        for values in self._charges.values():
            self.store.put(SaveCharge(values))
        for owner in {id(kept.owner): kept.owner for kept in self._kept.values()}.values():
            # The records of the answers are as old as these.
            record = self.record(owner)
            self.store.put(SetFacts(record, record.more), Rename(record, record.title))
            self.save_queue(owner)
        if self._conversation.id:
            self.store.put(OpenHere(self._conversation.id))
        if self._conversation.has_instructions and not self._conversation.turns:
            record = self.record(self._conversation)
            self.store.put(SetFacts(record, record.more))
        self.draft, self._chips = "", NOTHING
        self._save_draft()

    # ------------------------------------------------------------------------------------------------------- answers

    def prompt_sent(
        self, answer: Answer, conversation: Conversation | None = None, *, queued: str = ""
    ) -> None:
        """Save a prompt that is about to be sent in a conversation (None: the session's). The request must wait for `stored`.

        The draft stays if the prompt was queued, under the id `queued`, or if it is another text, still typed.
        """
        conversation = conversation or self._conversation
        self._keep(answer, conversation)
        keeps_draft = bool(queued) or self._read_draft().strip() not in ("", answer.prompt.strip())
        if not keeps_draft:
            self._forget_draft()
        if conversation is self._conversation:
            self.facts_changed()
        place = sum(1 for _ in conversation.all_answers())
        self._commits[answer.id] = self._put(answer, place=place, queued=queued, keeps_draft=keeps_draft)

    def save_queue(self, conversation: Conversation, *, removed: QueuedPrompt | None = None) -> None:
        """Save the prompts of a conversation's queue and their order; `removed` has left it unsent.

        This program is the one that sends them from now on.
        """
        record = self.record(conversation)
        for place, queued in enumerate(conversation.queued):
            self.store.put(
                SaveQueued(record, queued.id, place, queued.text, queued.attachments, queued.model)
            )
        if removed is not None:
            self.store.put(SaveQueued(record, removed.id, 0, ""))

    def save_new(self) -> None:
        """Save all answers of the session's conversation, which came from elsewhere and are in no file yet."""
        record = self.record(self._conversation)
        for answer in self._conversation.all_answers():
            self._keep(answer, self._conversation, record)
            self._put(answer)
        self.facts_changed()

    def save_whole(self, conversation: Conversation) -> None:
        """Save a conversation of which nothing was saved so far, although it has an id."""
        self.store.temporary.discard(conversation.id)
        record = self.record(conversation)
        for answer in conversation.all_answers():
            self._keep(answer, conversation, record)
            self._put(answer)
        if conversation.turns:
            self.store.put(SetFacts(record, record.more), Rename(record, record.title))
        self.save_queue(conversation)
        if conversation is self._conversation:
            self._facts = record.values
            self.store.put(OpenHere(conversation.id))
            self.draft, self._chips = "", NOTHING
            self.draft_changed()
        for place, parked in enumerate(conversation.parked):
            self.store.put(SaveParked(record, parked.id, place, parked.draft))

    def delete_branch(self, answer: Answer, turns: Sequence[Turn]) -> None:
        """Delete an answer and turns of the session's conversation, with their answers, none of which is running."""
        answers = {each.id: each for turn in turns for each in turn.answers} | {answer.id: answer}
        for id, each in answers.items():
            self._kept.pop(id, None)
            self._growing.pop(each, None)
        ids = dict.fromkeys([answer.turn.id, *(turn.id for turn in turns)])
        self.store.put(DeleteBranch(self.record(self._conversation), tuple(answers), tuple(ids)))

    def branch_kept(self, answer: Answer, conversation: Conversation) -> None:
        """Save a finished answer and its turn, which were not a part of that conversation until now. The draft stays."""
        record = self._keep(answer, conversation)
        # First: a newest turn would be the head of a conversation that names no other one.
        if conversation is self._conversation:
            self.facts_changed()
        elif record.more["head"]:
            self.store.put(SetFacts(record, {"head": record.more["head"]}))
        self._put(answer)

    def _keep(
        self, answer: Answer, conversation: Conversation, record: ConversationRecord | None = None
    ) -> ConversationRecord:
        """Save an answer of a conversation from now on. Return the conversation's record, by default as it is now."""
        answer.turn.id = answer.turn.id or new_id()
        answer.id = answer.id or new_id()
        record = record or self.record(conversation)
        self._kept[answer.id] = _Kept(answer, conversation, record)
        return record

    def facts_changed(self) -> None:
        """Save those facts of the conversation that differ from what was saved, except its title: see `save_title`."""
        if not self._conversation.id and not self._conversation.has_instructions:
            # They are saved with the conversation's first prompt or draft.
            return
        is_new = not self._conversation.id
        record = self.record(self._conversation)
        changed = {
            name: value for name, value in record.more.items() if is_new or self._facts.get(name) != value
        }
        if changed:
            self._facts.update(changed)
            self.store.put(SetFacts(record, changed))

    def save_title(self, conversation: Conversation, before: str) -> None:
        """Save the title that another prompt gave a conversation, unless the stored title is no longer `before`."""
        record = self.record(conversation)
        self.store.put(Rename(record, record.title, instead_of=before))

    async def stored(self, answer: Answer) -> bool:
        """Wait until the answer's prompt is on the disk; False if it can't be saved now."""
        commit = self._commits.pop(answer.id, None)
        if commit is None or self.trouble is not None:
            return self.trouble is None
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(commit)), COMMIT_PATIENCE)
        except TimeoutError:
            return False

    async def written(self) -> None:
        """Wait until the answer that was saved last is on the disk, for `COMMIT_PATIENCE` seconds at most."""
        if self._latest is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._latest)), COMMIT_PATIENCE)

    def changed(self, answer: Answer) -> None:
        """Save the answer: immediately if it is over, otherwise together with the next changes."""
        if answer.id not in self._kept:
            return
        if answer.over:
            self._save(answer)
            return
        self._growing[answer] = None
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(loop.time(), self._saved_at + SAVE_EVERY), self._save_growing)

    def _save_growing(self) -> None:
        self._due = None
        self._saved_at = asyncio.get_running_loop().time()
        growing, self._growing = self._growing, {}
        for answer in growing:
            self._save(answer)

    def _save(self, answer: Answer) -> None:
        if answer.over:
            self._growing.pop(answer, None)
            if not self._growing and self._due is not None:
                self._due.cancel()
                self._due = None
        kept = self._kept[answer.id]
        is_known = kept.progress == answer.progress and (kept.is_whole or not answer.over)
        if not is_known or kept.record != kept.record_now():
            self._put(answer)

    def _put(self, answer: Answer, **asked: Any) -> Future[bool]:
        kept = self._kept[answer.id]
        turn, record = kept.record_now()
        is_first = kept.record is None and not kept.is_stored
        has_new_text = kept.progress.revision != answer.revision
        pieces: dict[int, str] = {}
        text: str | None = None
        if not answer.over:
            start = 0 if has_new_text else kept.progress.length
            fresh = answer.text_since(start)
            pieces = {start: fresh} if fresh else {}
        elif is_first or has_new_text or not kept.is_whole:
            text = answer.text
        kept.record, kept.progress, kept.is_whole = (turn, record), answer.progress, answer.over
        self._latest = self.store.put(SaveAnswer(kept.conversation, turn, record, pieces, text, **asked))
        return self._latest

    # --------------------------------------------------------------------------------------------------------- money

    def save_charge(self, values: Values, *, was_kept: bool = False) -> Future[bool]:
        """Save what a request has cost, as far as that is known; `was_kept`: see `SaveCharge`."""
        self._charges[str(values["id"])] = values
        return self.store.put(SaveCharge(values, was_kept))

    def save_reading(self, account: str, balance: Amount) -> None:
        """Save a balance that was read while no request was in flight."""
        self.store.put(SaveReading(account, self.calendar(), balance))

    # --------------------------------------------------------------------------------------------------------- draft

    def draft_changed(self) -> None:
        """Schedule a save of the draft."""
        if self._draft_due is None:
            self._draft_due = asyncio.get_running_loop().call_later(DRAFT_AFTER, self._save_draft)

    def _save_draft(self) -> None:
        self._draft_due = None
        text, chips = self._read_draft(), self._read_chips()
        if self._left is not None:
            text = together(self._left, text)
        if (text, chips) != (self.draft, self._chips):
            self.draft, self._chips = text, chips
            if text or chips.attachments or self._conversation.id:
                self.store.put(SaveDraft(self.record(self._conversation), text, chips))

    def _cancel_draft(self) -> None:
        if self._draft_due is not None:
            self._draft_due.cancel()
            self._draft_due = None

    def _forget_draft(self) -> None:
        """Drop the draft that became a prompt: the store deletes it together with saving the prompt."""
        self._cancel_draft()
        self.draft, self._chips = "", NOTHING
        if self._read_draft() or self._read_chips().attachments:
            self.draft_changed()

    def hand_over_draft(self) -> None:
        """Delete this conversation's draft, because the typed text moves to another conversation."""
        self._cancel_draft()
        if self.draft or self._chips != NOTHING:
            self.draft, self._chips = "", NOTHING
            self.store.put(SaveDraft(self.record(self._conversation), ""))

    def park(self, draft: Draft) -> None:
        """Put a prompt aside in the session's conversation. It has left the prompt box already."""
        conversation = self._conversation
        parked = Parked(new_id(), draft)
        conversation.parked.append(parked)
        self.store.put(
            SaveParked(self.record(conversation), parked.id, len(conversation.parked) - 1, parked.draft)
        )
        # Behind it, so that it is in the file all the time.
        self._cancel_draft()
        self._save_draft()

    def take_over_parked(self, left: Conversation) -> None:
        """Move what was put aside in another conversation, which has nothing else, to the session's one."""
        conversation = self._conversation
        for old in left.parked:
            new = old.but(id=new_id())
            conversation.parked.append(new)
            place = len(conversation.parked) - 1
            self.store.put(SaveParked(self.record(conversation), new.id, place, new.draft))
            self.store.put(SaveParked(self.record(left), old.id, 0, None))
        left.parked.clear()

    def unpark(self, parked: Parked) -> None:
        """Forget a prompt that was put aside. It is back in the prompt box already."""
        self._conversation.parked.remove(parked)
        self._cancel_draft()
        self._save_draft()
        self.store.put(SaveParked(self.record(self._conversation), parked.id, 0, None))

    def forget(self) -> None:
        """Save nothing more of the session's conversation, because it is deleted."""
        for answer in self._conversation.all_answers():
            self._kept.pop(answer.id, None)
            self._growing.pop(answer, None)
        self._cancel_draft()
        self.draft, self._chips = "", NOTHING

    # ----------------------------------------------------------------------------------------------------------- end

    @property
    def unsaved(self) -> int:
        """The number of changes that are not on the disk; 0 unless saving is in trouble."""
        return self.store.unsaved if self.trouble is not None else 0

    def flush(self) -> None:
        """Save immediately whatever is scheduled to be saved."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        for answer in list(self._growing):
            self._save(answer)
        if self._draft_due is not None:
            self._cancel_draft()
            self._save_draft()

    def close(self, timeout: float) -> int:
        """Save everything and close the database within `timeout` seconds.

        Returns the number of changes that were lost.
        """
        if self._unsaved is None:
            self.flush()
            self._unsaved = self.store.close(timeout)
        return self._unsaved
