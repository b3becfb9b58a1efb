"""Quotes: parts of messages that are sent as quoted blocks, before the text of the next prompt or behind a remark."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from elumenta_tui.lean import Frozen
from elumenta_tui.text.blocks import code_block, quote_block

_REMEMBERED = 50
"""Sent prompts whose quotes are known, so that they can come back."""


class Quote(Frozen):
    """A part of a message."""

    text: str
    language: str | None = None
    """Language of a code block, maybe empty; None for anything but a code block."""

    @property
    def lines(self) -> int:
        """Number of its lines."""
        return self.text.count("\n") + 1

    @property
    def block(self) -> str:
        """The quote as it is sent: lines after `>`, or a fence that no line of the code can end."""
        lines = self.text.split("\n")
        return quote_block(lines) if self.language is None else code_block(self.language, lines)


def with_quotes(text: str, quotes: Sequence[str]) -> str:
    """Return a text, followed by numbered quotes."""
    parts = [text]
    for number, quote in enumerate(quotes, 1):
        parts.append(f"{number}.\n\n{quote_block(quote.strip().splitlines())}")
    return "\n\n".join(parts)


class Quotes:
    """The quotes of the next prompt. They stay when another conversation is shown."""

    def __init__(self) -> None:
        self._items: list[Quote] = []
        self._sent: dict[str, tuple[Sequence[Quote], str]] = {}
        """Quotes and typed text of what was sent, by the whole prompt."""
        self.changed: Callable[[], object] = lambda: None
        """Called after every change."""
        self.are_left_out = False
        """True while the draft of a conversation is saved that is being left: the quotes go along."""

    @property
    def items(self) -> Sequence[Quote]:
        """The quotes in the order in which they are sent."""
        return tuple(self._items)

    def compose(self, text: str) -> str:
        """Return a text with the quotes before it."""
        return "\n\n".join([*(quote.block for quote in self._items), *([text] if text else [])])

    def draft(self, text: str) -> str:
        """Return what is to be saved of a typed text and the quotes."""
        return text if self.are_left_out else self.compose(text)

    def add(self, quote: Quote) -> None:
        """Add a quote behind the others, unless it is there already."""
        if quote not in self._items:
            self._set([*self._items, quote])

    def remove(self, place: int = -1) -> bool:
        """Remove the quote at a place, or the last one. Return whether there was one."""
        if not -len(self._items) <= place < len(self._items):
            return False
        self._set([quote for n, quote in enumerate(self._items) if n != place % len(self._items)])
        return True

    def clear(self) -> None:
        """Remove all quotes."""
        if self._items:
            self._set([])

    def take(self, prompt: str, typed: str) -> None:
        """Remove the quotes, because they are sent with a typed text, as `prompt`. `come_back` brings them back."""
        if self._items:
            self._sent[prompt] = self.items, typed
            if len(self._sent) > _REMEMBERED:
                del self._sent[next(iter(self._sent))]
            self._set([])

    def typed_in(self, prompt: str) -> str:
        """Return the text that was typed of a sent prompt; all of it if it went without quotes."""
        return self._sent[prompt][1] if prompt in self._sent else prompt

    def come_back(self, prompt: str) -> None:
        """Put the quotes of a sent prompt before the others, because it is typed again."""
        if prompt in self._sent:
            self.put_before(self._sent[prompt][0])

    def put_before(self, items: Sequence[Quote]) -> None:
        """Put quotes before the others."""
        if items:
            self._set([*items, *(quote for quote in self._items if quote not in items)])

    def _set(self, items: list[Quote]) -> None:
        self._items = items
        self.changed()
