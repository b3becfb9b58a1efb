"""A request: the one value that is inspected, priced, guarded and sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from elumenta_tui.chat.message import Message
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount


class Options(NamedTuple):
    """Parameters of an answer. None leaves a decision to the service."""

    temperature: float | None = None
    """`temperature`: from 0.0 (the likeliest words) to 2.0; the service takes 0.7."""
    max_tokens: int | None = None
    """`max_tokens`: LLM tokens of the answer, at most."""


class Request(NamedTuple):
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
