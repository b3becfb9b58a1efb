"""What is stored, as plain values: the store's side and the app's side of a turn, and rows of a list.

Text that comes from the disk passes the gate again: anybody may have written the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.ledger import Charge
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount, amount
from elumenta_tui.chat.turn import Failure, Turn, TurnState
from elumenta_tui.text.sanitize import clean, clean_json, clean_line

CRASHED = "crashed"
"""Kind of the failure of a turn whose program ended before it did."""
RESCUED = "rescued"
"""Kind of the failure of a turn of which a damaged database has given nothing but its texts; and where it had no
conversation, id of the one that such turns are in."""
ELSEWHERE = "elsewhere"
"""Kind of the failure that stands for an answer which another running program is still receiving."""


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """What a conversation's row needs to be there."""

    id: str
    title: str
    demo: bool
    """It was led with the demo account."""
    created_on: float
    """Unix seconds."""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """All of a turn but its answer. Its names are the columns of the table `turn`, but for the prompt's."""

    id: str
    conversation: str
    prompt: str
    state: str
    model: str
    """Slug of the model that was asked."""
    model_name: str
    served_by: str
    generation: str
    """The service's id of the generation."""
    asked_on: float | None
    """Unix seconds."""
    ended_on: float | None
    first_text: float | None
    """Seconds from the prompt to the first text; the next two likewise."""
    last_text: float | None
    seconds: float | None
    deltas: int
    unreadable: int
    cost: Amount | None
    """Elumenta tokens, as are the balances."""
    balance_before: Amount | None
    balance_after: Amount | None
    failure: str | None
    """JSON of the Failure."""
    given_back: bool
    was_found: bool
    asked_again: bool

    @classmethod
    def of(cls, turn: Turn, conversation: str) -> TurnRecord:
        """What is known of the turn now."""
        return cls(
            id=turn.id,
            conversation=conversation,
            # Typed text has passed no gate, and SQLite takes neither lone surrogates nor, in searches, NUL.
            prompt=clean(turn.prompt),
            state=turn.state.value,
            model=clean_line(turn.model.slug),
            model_name=clean_line(turn.model.name),
            served_by=turn.served_by,
            generation=turn.generation_id,
            asked_on=turn.asked_on,
            ended_on=turn.ended_on,
            first_text=_since(turn, turn.first_text_at),
            last_text=_since(turn, turn.last_text_at),
            seconds=_since(turn, turn.ended_at),
            deltas=turn.deltas,
            unreadable=turn.unreadable,
            cost=turn.cost,
            balance_before=turn.balance_before,
            balance_after=turn.balance_after,
            failure=failure_json(turn.failure) if turn.failure is not None else None,
            given_back=turn.given_back,
            was_found=turn.was_found,
            asked_again=turn.asked_again,
        )

    def turn(self, answer: str) -> Turn:
        """The turn as it was."""
        state, failure = TurnState(self.state), failure_of(self.failure)
        if state.final and (state is TurnState.COMPLETE) is not (failure is None):
            # Anybody may have written it. A whole answer has no failure, and any other end has one.
            failure = None if state is TurnState.COMPLETE else Failure(RESCUED)
        return Turn.restored(
            self.prompt,
            Model(slug=self.model, name=self.model_name or self.model),
            answer,
            id=self.id,
            state=state,
            asked_on=self.asked_on,
            ended_on=self.ended_on,
            first_text_at=self.first_text,
            last_text_at=self.last_text,
            ended_at=self.seconds if self.seconds is not None else 0.0,
            generation_id=self.generation,
            served_by=self.served_by,
            deltas=self.deltas,
            unreadable=self.unreadable,
            cost=self.cost,
            balance_before=self.balance_before,
            balance_after=self.balance_after,
            failure=failure,
            given_back=self.given_back,
            was_found=self.was_found,
            asked_again=self.asked_again,
        )

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> TurnRecord:
        """The record in a row that anybody may have written."""
        states = {state.value for state in TurnState}
        return cls(
            id=_line(row["id"]),
            conversation=_line(row["conversation"]),
            prompt=text_of(row["prompt"]),
            state=row["state"] if row["state"] in states else TurnState.INTERRUPTED.value,
            model=_line(row["model"]),
            model_name=_line(row["model_name"]),
            served_by=_line(row["served_by"]),
            generation=_line(row["generation"]),
            asked_on=seconds_of(row["asked_on"]),
            ended_on=seconds_of(row["ended_on"]),
            first_text=seconds_of(row["first_text"]),
            last_text=seconds_of(row["last_text"]),
            seconds=seconds_of(row["seconds"]),
            deltas=_count(row["deltas"]),
            unreadable=_count(row["unreadable"]),
            cost=amount(row["cost"]),
            balance_before=amount(row["balance_before"]),
            balance_after=amount(row["balance_after"]),
            failure=row["failure"] if isinstance(row["failure"], str) else None,
            given_back=bool(row["given_back"]),
            was_found=bool(row["was_found"]),
            asked_again=bool(row["asked_again"]),
        )


TURN_COLUMNS = tuple(field.name for field in fields(TurnRecord) if field.name != "prompt")


def failure_json(failure: Failure) -> str:
    """A failure as it is stored."""
    import json

    return json.dumps({**asdict(failure), "charge": failure.charge.value}, ensure_ascii=False)


def failure_of(source: str | None) -> Failure | None:
    """The stored failure; what a later version knows of it is left out."""
    if source is None:
        return None
    import json

    try:
        data = clean_json(json.loads(source))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        return Failure(RESCUED)
    charges = {charge.value: charge for charge in Charge}
    status = data.get("status")
    return Failure(
        kind=data["kind"],
        charge=charges.get(str(data.get("charge")), Charge.UNKNOWN),
        message=_line(data.get("message"), 500),
        status=status if isinstance(status, int) else None,
        retry_after=seconds_of(data.get("retry_after")),
    )


def text_of(value: object) -> str:
    """Clean text out of whatever stands in a column."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return clean(value) if isinstance(value, str) else ""


def seconds_of(value: object) -> float | None:
    """Seconds out of whatever stands in a column."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e11:
        return float(value)
    return None


def _line(value: object, limit: int = 200) -> str:
    return clean_line(text_of(value), limit)


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def _since(turn: Turn, moment: float | None) -> float | None:
    return None if moment is None else max(0.0, moment - turn.asked_at)


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation out of the store."""

    conversation: Conversation
    draft: str
    """What was typed in it and not sent."""
    used_on: float
    """Unix seconds of its last change."""
    archived: bool
    demo: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list."""

    id: str
    title: str
    used_on: float
    """Unix seconds."""
    turns: int
    model: str
    """Name of the model that was asked last; empty if none was."""
    state: str
    """Of its last turn; empty if there is none."""
    has_draft: bool
    archived: bool
    found: int = 0
    """In how many turns the search found what was typed."""
    found_turn: int = 0
    """Number of the newest of them."""


@dataclass(frozen=True, slots=True)
class CutTurn:
    """A turn whose program ended before it did."""

    id: str
    conversation: str
    title: str
    prompt: str
    length: int
    """Characters of the answer that were saved."""
    demo: bool
