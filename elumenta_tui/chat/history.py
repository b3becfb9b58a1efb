"""The service's history of generations, in which an answer that was lost on its way may be found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from elumenta_tui.chat.parsing import Amount, amount, identifier, text, unix_seconds


class RecoveredAnswer(NamedTuple):
    """A whole answer in the service's history that belongs to one that did not come whole."""

    id: str
    text: str
    cost: Amount | None = None
    """Elumenta tokens; None if the service did not say."""


class HistoryEntry(NamedTuple):
    """One generation of `GET /api/v2/user/history`. What the service left out is empty or None."""

    id: str
    model: str
    """`model_slug`, or `model`."""
    prompt: str
    status: str
    """`completed`, or how else the generation ended."""
    text: str
    """`result_text`, or `content`."""
    cost: Amount | None = None
    """`tokens_spent`, or `tokens_used`: Elumenta tokens."""
    created_on: float | None = None
    """`created_at`, in Unix seconds."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> HistoryEntry:
        cost = amount(data.get("tokens_spent"))
        return cls(
            id=identifier(data.get("id")),
            model=text(data.get("model_slug")) or text(data.get("model")),
            prompt=text(data.get("prompt")),
            status=text(data.get("status")).lower(),
            text=text(data.get("result_text")) or text(data.get("content")),
            cost=cost if cost is not None else amount(data.get("tokens_used")),
            created_on=unix_seconds(data.get("created_at")),
        )
