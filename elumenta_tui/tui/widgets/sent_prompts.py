"""The prompts that were sent, from which the up key brings one back."""

from __future__ import annotations

from collections.abc import Sequence


class SentPrompts:
    """The history of prompts, oldest first, and which one of them is shown."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._recalled: int | None = None
        """Index of the shown one; None if none is shown."""
        self._draft = ""
        """Text that was typed before the first one was recalled."""

    def copy(self) -> SentPrompts:
        """Return a history of the same prompts, which grows apart from this one."""
        twin = SentPrompts()
        twin._texts = [*self._texts]
        return twin

    def __len__(self) -> int:
        return len(self._texts)

    def add_before(self, texts: Sequence[str]) -> None:
        """Add prompts of earlier sessions, oldest first, before those of this session."""
        self._texts[:0] = texts
        if self._recalled is not None:
            self._recalled += len(texts)

    def add(self, text: str) -> None:
        """Add a prompt at the end, if it is not the one there. No prompt is recalled then."""
        if text.strip() and (not self._texts or self._texts[-1] != text):
            self._texts.append(text)
        self._recalled = None

    def recall(self, step: int, typed: str) -> str | None:
        """Return the prompt before (-1) or after (1) the shown one; None at either end. Behind the last one is what was `typed`."""
        if self._recalled is None:
            if step > 0 or not self._texts:
                return None
            self._draft, self._recalled = typed, len(self._texts)
        target = self._recalled + step
        if target < 0 or target > len(self._texts):
            return None
        if target == len(self._texts):
            self._recalled = None
            return self._draft
        self._recalled = target
        return self._texts[target]
