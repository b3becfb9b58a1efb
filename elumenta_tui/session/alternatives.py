"""Other models for a prompt whose model could not be asked: the nearest ones that cost as much or less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.ledger import Ledger
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.turn import Answer
from elumenta_tui.text.lazy_pattern import LazyPattern

MOST = 3
"""Models that are offered, at most."""

_PLANS = ("", "free", "basic", "pro", "vip", "elite")

_LEAST = "vip"
"""The plan that every use of the API needs."""

_OF_ACCESS = LazyPattern(r"\bAPI\b")
"""Word of a refusal of the API itself, and not of a model. The service documents one code for both."""

_KINDS = _UNAVAILABLE, _TOO_DEAR, _PLAN = "model_unavailable", "insufficient_tokens", "insufficient_plan"
"""Failures that another model may not have."""


class Asking(Protocol):
    """What of the session tells which other models there are."""

    @property
    def conversation(self) -> Conversation: ...

    @property
    def last(self) -> Answer | None: ...

    @property
    def models(self) -> Sequence[Model]: ...

    @property
    def ledger(self) -> Ledger: ...


def other_models(session: Asking) -> Sequence[Model]:
    """Return models that the last prompt may be sent to, because its own could not be asked: the nearest in price first."""
    last = session.last
    if last is None or last.failure is None or last.failure.kind not in _KINDS:
        return ()
    models = session.models
    has_own = any(each.kind == "image" for each in last.turn.attachments)
    if has_own or session.conversation.has_images():
        models = [model for model in models if model.vision]
    return alternatives(last.failure, last.model, models, session.ledger)


def alternatives(failure: Failure, asked: Model, models: Sequence[Model], ledger: Ledger) -> list[Model]:
    """Return models that may answer in place of the one that was asked, the nearest in price first.

    None, unless the model is unavailable, the balance is too low for it, or the plan does not allow it. If the plan does not
    allow the API itself, every model would be refused.
    """
    if failure.kind not in _KINDS or (failure.kind == _PLAN and _is_of_access(failure, asked)):
        return []
    most = asked.most
    if failure.kind == _TOO_DEAR and ledger.balance is not None:
        most = ledger.balance if most is None else min(most, ledger.balance)
    found: list[tuple[Amount, bool, int, Model]] = []
    for model in models:
        price = model.most
        if (
            not model.streams
            or model.slug == asked.slug
            or price is None
            or (most is not None and price > most)
        ):
            continue
        if failure.kind == _TOO_DEAR and asked.most is not None and price >= asked.most:
            continue
        if failure.kind == _PLAN and _rank(model.plan) >= _rank(asked.plan):
            continue
        found.append((-price, model.provider != asked.provider, len(found), model))
    return [model for *_, model in sorted(found, key=lambda each: each[:3])][:MOST]


def _is_of_access(failure: Failure, asked: Model) -> bool:
    """Return whether the plan does not allow the API: each that does has all models of the same plan and below."""
    is_of_all = asked.plan in _PLANS and _rank(asked.plan) <= _rank(_LEAST)
    return is_of_all or next(_OF_ACCESS.finditer(failure.message), None) is not None


def _rank(plan: str) -> int:
    return _PLANS.index(plan) if plan in _PLANS else len(_PLANS)
