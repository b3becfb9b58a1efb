"""The service's history of generations, in which an answer that was lost on its way may be found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from elumenta_tui.chat.parsing import Amount, amount, identifier, text, unix_seconds


class RecoveredAnswer(NamedTuple):
    """A whole answer in the service's history that belongs to one that did not come whole."""

    id: str
    text: str
    cost: Amount | None = None
    """Elumenta tokens; None if the service did not say."""


class HistoryFilter(NamedTuple):
    """Criteria of the entries that the service is asked to list. Empty: everything."""

    model: str = ""
    """A slug."""
    status: str = ""
    favorites: bool = False

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the request."""
        wanted = {"model_slug": self.model, "status": self.status}
        found = {name: value for name, value in wanted.items() if value}
        return {**found, "favorites_only": "true"} if self.favorites else found


EVERYTHING = HistoryFilter()


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
    model_name: str = ""
    category: str = ""
    """`category`, or `type`: text, image, …"""
    is_favorite: bool = False
    """`is_favorited`."""
    source: str = ""
    """`source`, or `platform`: where it was asked from. The service documents no such field."""

    @property
    def can_be_continued(self) -> bool:
        """Whether it is a prompt with an answer in text."""
        return bool(self.prompt.strip() and self.text.strip())

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
            model_name=text(data.get("model_name")),
            category=(text(data.get("category")) or text(data.get("type"))).lower(),
            is_favorite=data.get("is_favorited") is True,
            source=text(data.get("source")) or text(data.get("platform")),
        )


class HistoryPage(NamedTuple):
    """A page of the history."""

    entries: Sequence[HistoryEntry]
    total: int | None = None
    """Number of entries on all pages; None if the service did not say."""
