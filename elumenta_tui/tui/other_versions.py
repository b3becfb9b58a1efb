"""Counts the hits of a search in what the path of a conversation does not lead through: other versions and branches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer
from elumenta_tui.tui.widgets.attached_hits import AttachedHits
from elumenta_tui.tui.widgets.pacing import After
from elumenta_tui.tui.widgets.transcript_search import SEARCH_PAUSE, SEARCH_SLICE
from elumenta_tui.tui.widgets.whole_words import MOUTHFUL, whole_words

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.hits import Sought


class OtherVersions:
    """Counts in slices, from the oldest turn on. `tell` is called with the number of hits so far after each slice.

    A prompt with several answers off the path counts once.
    """

    def __init__(
        self, conversation: Conversation, sought: Sought, after: After, tell: Callable[[int], object]
    ) -> None:
        self._sought = sought
        self._after = after
        self._tell = tell
        shown, path = set(conversation.shown), set(conversation.path())
        self._answers = [answer for answer in conversation.all_answers() if answer not in shown]
        self._path = path
        self._attached = AttachedHits(sought)
        self._hits: dict[Answer, int] = {}
        self._at = 0
        """Index of the answer that is looked through."""
        self._done = 0
        """Characters of it that were looked through."""
        self._count = 0
        self._words: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_stopped = False

    @property
    def total(self) -> int:
        """Number of hits found so far."""
        return sum(self._hits.values())

    @property
    def is_done(self) -> bool:
        """True if all of them were counted."""
        return self._at >= len(self._answers) or self._sought.is_too_slow

    def stop(self) -> None:
        """Count no further."""
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def next(self, visited: set[Answer], step: int) -> Answer | None:
        """Return the first answer with a hit that is not among `visited`, or the last one if `step` is -1."""
        answers = self._answers if step > 0 else reversed(self._answers)
        return next((answer for answer in answers if self._hits.get(answer) and answer not in visited), None)

    def go_on(self) -> None:
        """Count for one slice, and go on after a pause."""
        self._timer = None
        end = monotonic() + SEARCH_SLICE
        while self._at < len(self._answers) and not self._is_stopped and not self._sought.is_too_slow:
            self._look_through(self._answers[self._at])
            if monotonic() >= end:
                break
        if self._is_stopped:
            return
        self._tell(self.total)
        if self._at < len(self._answers) and not self._sought.is_too_slow:
            self._timer = self._after(SEARCH_PAUSE, self.go_on)

    def _look_through(self, answer: Answer) -> None:
        if not self._done:
            turn = answer.turn
            if not self._attached.look(turn.attachments):
                return
            is_counted = turn not in self._path and answer is turn.shown
            hits, self._words = self._attached.hits(turn.attachments)
            self._count = hits if is_counted else 0
            self._add(answer.prompt, is_counted=is_counted)
        text = answer.text_since(self._done, MOUTHFUL)
        is_end = self._done + len(text) >= answer.length
        text = whole_words(text, self._sought, is_end=is_end)
        self._add(text, is_counted=True)
        self._done += len(text)
        if is_end or not text:
            if self._count and self._sought.has_all(self._words):
                self._hits[answer] = self._count
            self._at += 1
            self._done = 0

    def _add(self, text: str, *, is_counted: bool) -> None:
        for place in self._sought.places(text):
            self._words.add(place.word)
            self._count += is_counted
