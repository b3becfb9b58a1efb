"""Has the conversation of a session on the disk.

It decides what is saved and when: a prompt before its request leaves, an answer piece by piece while it comes and as a whole at
its end, what is typed a moment after it was typed. The store does it, in its thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from time import time
from typing import Any

from elumenta_tui.chat.conversation import Conversation, together
from elumenta_tui.chat.turn import Answer, Progress
from elumenta_tui.store import Store
from elumenta_tui.store.changes import OpenHere, Rename, SaveAnswer, SaveDraft, SetFacts
from elumenta_tui.store.events import Trouble
from elumenta_tui.store.ids import new_id
from elumenta_tui.store.records import AnswerRecord, ConversationRecord, TurnRecord

SAVE_EVERY = 0.5
"""Seconds between two pieces of an answer, at most."""

DRAFT_AFTER = 1.0
"""Seconds after which what is typed is saved."""

COMMIT_PATIENCE = 3.0
"""Seconds that a request waits for its prompt to be on the disk. A disk that takes longer is no reason not to ask."""


_NOTHING = Progress()


@dataclass(slots=True)
class _Kept:
    """What the store has of a answer."""

    answer: Answer
    owner: Conversation
    """The conversation that the answer belongs to."""
    conversation: ConversationRecord
    record: tuple[TurnRecord, AnswerRecord] | None = None
    progress: Progress = _NOTHING
    """Which text of it, and how much."""
    is_whole: bool = False
    """The text was saved as a whole."""

    def record_now(self) -> tuple[TurnRecord, AnswerRecord]:
        """Take what is known of the answer and its turn now."""
        return TurnRecord.of(self.answer.turn, self.conversation.id), AnswerRecord.of(self.answer)


class Autosave:
    """Belongs to a session; every method is to be called on its loop, but for `close`."""

    def __init__(
        self,
        store: Store,
        conversation: Conversation,
        *,
        demo: bool,
        read_draft: Callable[[], str],
        calendar: Callable[[], float] = time,
    ) -> None:
        self.store = store
        self.demo = demo
        """Whether what begins now belongs to the demo."""
        self._read_draft = read_draft
        self._calendar = calendar
        self._conversation = conversation
        self._kept: dict[str, _Kept] = {}
        self._commits: dict[str, Future[bool]] = {}
        self._facts: dict[str, Any] = {}
        """Facts of the conversation, as they are saved."""
        self._growing: dict[Answer, None] = {}
        """Turns whose answers are coming, oldest first."""
        self._due: asyncio.TimerHandle | None = None
        self._saved_at = float("-inf")
        self._draft = ""
        self._left: str | None = None
        """What was typed in this conversation, while another one is being opened."""
        self._draft_due: asyncio.TimerHandle | None = None
        self._unsaved: int | None = None
        self.trouble: Trouble | None = None
        """Why nothing can be saved now, as the user knows."""

    # ------------------------------------------------------------------------------------------------- conversations

    def lead(self, conversation: Conversation, draft: str = "") -> None:
        """Save this conversation from now on; `draft` is what the store has for it."""
        if self._left is not None:
            self._go()
        self.flush()
        self._conversation, self._draft = conversation, draft
        self._facts = self.record(conversation).values if conversation.id else {}
        # A conversation that is neither led nor answered does not change any more.
        self._kept = {
            id: kept
            for id, kept in self._kept.items()
            if kept.owner is conversation or kept.owner.current is not None
        }
        new = [answer for answer in conversation.all_answers() if answer.id not in self._kept]
        if new:
            owner = self.record(conversation)
            for answer in new:
                kept = _Kept(answer, conversation, owner, progress=answer.progress, is_whole=True)
                kept.record = kept.record_now()
                self._kept[answer.id] = kept
        self.store.put(OpenHere(conversation.id))

    def _go(self) -> None:
        """What was typed since `leave` belongs to the next conversation, not to this one."""
        self._cancel_draft()
        if self._left is not None and self._draft != self._left:
            # It was saved here for safety.
            self.store.put(SaveDraft(self.record(self._conversation), self._left))
        self._left = None

    @property
    def is_left(self) -> bool:
        """Whether another conversation is being opened."""
        return self._left is not None

    def leave(self) -> None:
        """Another conversation is being opened: what is typed from now on is its own."""
        if self._left is None:
            self.flush()
            self._left = self._read_draft()

    def stay(self) -> str:
        """The other one could not be opened. What was typed here before."""
        left, self._left = self._left or "", None
        self.draft_changed()
        return left

    def record(self, conversation: Conversation) -> ConversationRecord:
        """What the store has to know of a conversation; it gets an id if it has none."""
        is_new = not conversation.id
        if is_new:
            conversation.id = new_id()
            self.store.put(OpenHere(conversation.id))
        if conversation.created_on is None:
            conversation.created_on = self._calendar()
        record = ConversationRecord.of(conversation, demo=self.demo)
        if is_new and conversation is self._conversation:
            self._facts = record.values
        return record

    def save_all(self) -> None:
        """Write what the session leads or answers anew: the database is another one."""
        for kept in list(self._kept.values()):
            kept.record, kept.progress, kept.is_whole = None, _NOTHING, False
            self._save(kept.answer)
        if self._conversation.id:
            self.store.put(OpenHere(self._conversation.id))
        self._draft = ""
        self._save_draft()

    # --------------------------------------------------------------------------------------------------------- turns

    def prompt_sent(self, answer: Answer) -> None:
        """Save a prompt that is about to be sent. It has to be on the disk before its request leaves: see `stored`."""
        answer.turn.id = answer.turn.id or new_id()
        answer.id = answer.id or new_id()
        self._kept[answer.id] = _Kept(answer, self._conversation, self.record(self._conversation))
        self._forget_draft()
        self.facts_changed("head")
        before = [other for other in self._conversation.all_answers() if other is not answer]
        follows = before[-1].id if before and answer.turn.parent is before[-1] else ""
        self._commits[answer.id] = self._put(answer, place=len(before) + 1, follows=follows)

    def facts_changed(self, *names: str) -> None:
        """Save facts of the conversation, by their names in the store, unless they are saved."""
        if not self._conversation.id:
            # They are saved with its first prompt or draft.
            return
        record = self.record(self._conversation)
        changed = {
            name: record.values[name] for name in names if self._facts.get(name) != record.values[name]
        }
        if changed:
            self._facts.update(changed)
            self.store.put(SetFacts(record, changed))

    def retitled(self, before: str) -> None:
        """The conversation is called after another prompt of its own, and not as before."""
        record = self.record(self._conversation)
        self.store.put(Rename(record, record.title, instead_of=before))

    async def stored(self, answer: Answer) -> bool:
        """Wait until the answer's prompt is on the disk; False if the disk does not take it now."""
        commit = self._commits.pop(answer.id, None)
        if commit is None or self.trouble is not None:
            return self.trouble is None
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(commit)), COMMIT_PATIENCE)
        except TimeoutError:
            return False

    def changed(self, answer: Answer) -> None:
        """Something about a answer is new. It is saved at once if it is over, else with what else comes soon."""
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

    def _put(self, answer: Answer, *, place: int = 0, follows: str = "") -> Future[bool]:
        kept = self._kept[answer.id]
        turn, record = kept.record_now()
        is_first, has_new_text = kept.record is None, kept.progress.revision != answer.revision
        pieces: dict[int, str] = {}
        text: str | None = None
        if not answer.over:
            start = 0 if has_new_text else kept.progress.length
            fresh = answer.text_since(start)
            pieces = {start: fresh} if fresh else {}
        elif is_first or has_new_text or not kept.is_whole:
            text = answer.text
        kept.record, kept.progress, kept.is_whole = (turn, record), answer.progress, answer.over
        return self.store.put(SaveAnswer(kept.conversation, turn, record, pieces, text, place, follows))

    # --------------------------------------------------------------------------------------------------------- draft

    def draft_changed(self) -> None:
        """Something was typed."""
        if self._draft_due is None:
            self._draft_due = asyncio.get_running_loop().call_later(DRAFT_AFTER, self._save_draft)

    def _save_draft(self) -> None:
        self._draft_due = None
        text = self._read_draft()
        if self._left is not None:
            text = together(self._left, text)
        if text != self._draft:
            self._draft = text
            if text or self._conversation.id:
                self.store.put(SaveDraft(self.record(self._conversation), text))

    def _cancel_draft(self) -> None:
        if self._draft_due is not None:
            self._draft_due.cancel()
            self._draft_due = None

    def _forget_draft(self) -> None:
        """The store forgets it with the prompt that it has become."""
        self._cancel_draft()
        self._draft = ""
        if self._read_draft():
            self.draft_changed()

    def hand_over_draft(self) -> None:
        """What is typed goes along to another conversation: this one has none any more."""
        self._cancel_draft()
        if self._draft:
            self._draft = ""
            self.store.put(SaveDraft(self.record(self._conversation), ""))

    def forget(self) -> None:
        """The conversation of the session is deleted: nothing more of it is saved."""
        for answer in self._conversation.all_answers():
            self._kept.pop(answer.id, None)
            self._growing.pop(answer, None)
        self._cancel_draft()
        self._draft = ""

    # ----------------------------------------------------------------------------------------------------------- end

    @property
    def unsaved(self) -> int:
        """How many changes are not on the disk, while it takes none."""
        return self.store.unsaved if self.trouble is not None else 0

    def flush(self) -> None:
        """Save now what would be saved a little later."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        for answer in list(self._growing):
            self._save(answer)
        if self._draft_due is not None:
            self._cancel_draft()
            self._save_draft()

    def close(self, timeout: float) -> int:
        """Save everything, and let the file go, in so many seconds; how many changes could not be saved."""
        if self._unsaved is None:
            self.flush()
            self._unsaved = self.store.close(timeout)
        return self._unsaved
