"""The messages of a conversation that a request carries, and those that can be left out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from math import ceil
from typing import NamedTuple

from elumenta_tui.chat.message import Message
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.text.lazy_pattern import LazyPattern


class Entry(NamedTuple):
    """A message of the path, sent or left out."""

    message: Message
    source: Turn | Answer | None
    """The turn whose prompt it is, or the answer; None for the system prompt."""

    @property
    def is_sent(self) -> bool:
        """True if the next request carries it. The system prompt always goes along."""
        return self.source is None or not self.source.left_out

    @property
    def is_pinned(self) -> bool:
        return self.source is not None and self.source.pinned

    @property
    def turn(self) -> Turn | None:
        """The turn that it belongs to; None for the system prompt."""
        return self.source.turn if isinstance(self.source, Answer) else self.source

    @property
    def length(self) -> int:
        """Characters of the message."""
        return len(self.message.text)


_CYRILLIC = LazyPattern("[\u0400-\u052f]+")
_WIDE = LazyPattern("[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]+")

PER_TOKEN, PER_TOKEN_CYRILLIC, PER_TOKEN_WIDE = 4.0, 2.5, 1.0
"""Characters of an LLM token: of most text, of Cyrillic letters, of Chinese, Japanese and Korean. Measured with the two public
vocabularies of OpenAI's models, o200k and cl100k: English and Markdown 3.8 to 3.9, Python 4.5, Russian letters 3.0 and 2.0,
Chinese 1.5 and 0.9. Prose in Russian may differ by a quarter, in Chinese by half; other vendors publish no vocabulary."""


def estimated_tokens(text: str) -> int:
    """Estimate the LLM tokens of a text by its characters: the service states no numbers."""
    if text.isascii():
        return ceil(len(text) / PER_TOKEN)
    cyrillic = _matched(_CYRILLIC, text)
    wide = _matched(_WIDE, text)
    rest = len(text) - cyrillic - wide
    return ceil(cyrillic / PER_TOKEN_CYRILLIC + wide / PER_TOKEN_WIDE + rest / PER_TOKEN)


PIXELS_PER_TOKEN, LARGEST_SIDE = 750, 1568
"""Pixels of an LLM token, and the pixels of a side beyond which an image is scaled down before: Anthropic states both numbers,
and what OpenAI and Google count is of the same size."""

UNKNOWN_IMAGE = 1_500
"""LLM tokens of an image whose size is not known."""


def image_tokens(width: int, height: int) -> int:
    """Estimate the LLM tokens of an image by its size in pixels."""
    if width <= 0 or height <= 0:
        return UNKNOWN_IMAGE
    scale = min(1.0, LARGEST_SIDE / max(width, height))
    return max(1, ceil(width * scale * height * scale / PIXELS_PER_TOKEN))


def message_tokens(message: Message) -> int:
    """Estimate the LLM tokens of a message, its images included."""
    images = sum(image_tokens(image.width, image.height) for image in message.images)
    return estimated_tokens(message.text) + images


def _matched(pattern: LazyPattern, text: str) -> int:
    return sum(found.end() - found.start() for found in pattern.finditer(text))


def _by_turn(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Group the messages that are sent by their turns, without the system prompt."""
    turns: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.turn is not None and entry.is_sent:
            turns.setdefault(id(entry.turn), []).append(entry)
    return list(turns.values())


def middle_of(entries: Sequence[Entry], more: int = 0) -> list[Entry]:
    """Return the messages to leave out so that about half of a context is sent.

    What stays: the system prompt, the first turn, the last one, turns with anything pinned, summaries, and the turns before the
    last that fit into half of the characters together with those. `more`: characters of the prompt to be sent, which stay, too.
    """
    turns = _by_turn(entries)
    loose = [turn for turn in turns[1:-1] if not _stays(turn)]
    half = (sum(entry.length for entry in entries if entry.is_sent) + more) / 2
    # Of the half that is sent, what stays in any case leaves so much.
    room = sum(entry.length for turn in loose for entry in turn) - half
    while loose and (last := sum(entry.length for entry in loose[-1])) <= room:
        room -= last
        loose.pop()
    return [entry for turn in loose for entry in turn]


def _stays(turn: Sequence[Entry]) -> bool:
    """Return whether a turn is never left out for its length.

    It stays whole: a question without its answer, or an answer without its question, would only mislead the model.
    """
    return _has_pinned(turn) or any(entry.turn is not None and entry.turn.is_summary for entry in turn)


def oldest_of(entries: Sequence[Entry]) -> list[Entry]:
    """Return the messages of the oldest turn that is sent and has nothing pinned; empty if there is none."""
    return next((turn for turn in _by_turn(entries) if not _has_pinned(turn)), [])


def trimmed_to(entries: Sequence[Entry], tokens: int, more: int = 0) -> list[Entry]:
    """Return the oldest messages to leave out, turn by turn, until a context has at most so many estimated LLM tokens.

    Turns with anything pinned stay whole. `more`: tokens of the prompt to be sent.
    """
    total = more + sum(message_tokens(entry.message) for entry in entries if entry.is_sent)
    out: list[Entry] = []
    for turn in _by_turn(entries):
        if total <= tokens:
            break
        if not _has_pinned(turn):
            out += turn
            total -= sum(message_tokens(entry.message) for entry in turn)
    return out


def _has_pinned(turn: Sequence[Entry]) -> bool:
    return any(entry.is_pinned for entry in turn)


def run_length(sources: Sequence[Turn | Answer], source: Turn | Answer) -> int:
    """Return how many messages in a row are left out from this one on; 0 if it is sent, or not the first of its row."""
    place = next((n for n, each in enumerate(sources) if each is source), None)
    if place is None or (place and sources[place - 1].left_out):
        return 0
    return sum(1 for _ in takewhile(lambda each: each.left_out, sources[place:]))
