"""The demo's manner of streaming: pieces like a tokeniser's, and each model's speed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

# A piece includes the blank before it. Tokenisers know Latin letters better than Cyrillic ones.
_PIECE = re.compile(r" ?[A-Za-z]{1,4}| ?[Ѐ-ӿ]{1,3}| ?[0-9]{1,3}|\n+| ?[^\w\s]{1,3}|.", re.DOTALL)


def pieces(text: str) -> list[str]:
    """Split a text into pieces of about one LLM token. Joined, they equal the text."""
    return _PIECE.findall(text)


LATENCY = 0.1
"""Seconds from a request to the head of its response."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A model's speed, before jitter."""

    first: float
    """Seconds from generation_start to the first delta."""
    rate: float
    """Deltas per second after the first."""

    def first_wait(self, random: Random) -> float:
        return self.first * random.uniform(0.9, 1.1)

    def next_wait(self, random: Random) -> float:
        return random.uniform(0.6, 1.4) / self.rate


_PACES: Mapping[str, Pace] = {
    "gpt-5-nano": Pace(0.5, 80),
    "claude-haiku-4.5": Pace(0.5, 75),
    "gemini-2.5-flash": Pace(0.5, 78),
    "grok-4-fast": Pace(0.5, 72),
    "gemini-3-pro": Pace(0.5, 58),
    "gpt-5": Pace(0.5, 55),
    "claude-sonnet-4.5": Pace(0.5, 52),
    "deepseek-v3": Pace(0.5, 50),
    "gpt-5.2": Pace(0.5, 48),
    "claude-opus-4.5": Pace(0.5, 38),
    "deepseek-r1": Pace(1.4, 40),
    "gpt-5.2-pro": Pace(1.4, 32),
}


def pace_of(slug: str) -> Pace:
    """Return the pace of a model, or a medium pace for a model without its own."""
    return _PACES.get(slug, Pace(0.5, 55))
