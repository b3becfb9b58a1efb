"""A request: the one value that is inspected, priced, guarded and sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from elumenta_tui.chat.message import Message
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.lean import Frozen
from elumenta_tui.text.lazy_pattern import LazyPattern

HOTTEST = 2.0
"""The highest temperature that the service takes; the lowest is 0."""

MOST_TOKENS = 1_000_000
"""The highest limit of LLM tokens that may be typed: more than any model writes."""

_DECIMAL = LazyPattern(r"[0-9]{1,3}(?:[.,][0-9]{0,6})?|[.,][0-9]{1,6}")

_GAPS = str.maketrans("", "", " \u00a0\u202f")
"""Blanks that group digits."""


def temperature_of(typed: str) -> float:
    """Parse a temperature with a decimal point or comma. ValueError if it is none that the service takes."""
    typed = typed.strip()
    value = float(typed.replace(",", ".")) if _DECIMAL.fullmatch(typed) else -1.0
    if not 0 <= value <= HOTTEST:
        raise ValueError(typed)
    return value


def max_tokens_of(typed: str) -> int:
    """Parse a limit of LLM tokens: a whole number from 1. ValueError if it is none, or above `MOST_TOKENS`."""
    digits = typed.strip().translate(_GAPS)
    value = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0
    if not 1 <= value <= MOST_TOKENS:
        raise ValueError(typed)
    return value


class Options(NamedTuple):
    """Parameters of an answer. None leaves a decision to the service."""

    temperature: float | None = None
    """`temperature`: from 0.0 (the likeliest words) to 2.0; the service takes 0.7."""
    max_tokens: int | None = None
    """`max_tokens`: LLM tokens of the answer, at most."""


class Request(Frozen):
    """A model and the messages that it gets. Nothing else of a conversation leaves the program."""

    model: Model
    messages: tuple[Message, ...]
    """The whole context, oldest first: the service keeps none."""
    options: Options = Options()

    @classmethod
    def of(
        cls, model: str | Model, messages: str | Sequence[Message], options: Options | None = None
    ) -> Request:
        """Make a request of a model or its slug, and of a prompt or a whole context."""
        context = [Message.of("user", messages)] if isinstance(messages, str) else messages
        return cls(
            model if isinstance(model, Model) else Model.unlisted(model), tuple(context), options or Options()
        )

    @property
    def price(self) -> Amount | None:
        """Elumenta tokens that the model costs per request; None if that is not known."""
        return self.model.price
