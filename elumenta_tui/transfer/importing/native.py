"""The JSON that `transfer.export` writes, back as conversations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.failure import Billing, Failure
from elumenta_tui.chat.parsing import amount, unix_seconds
from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.chat.request import HOTTEST
from elumenta_tui.chat.turn import FOREIGN, OWN, AnswerState
from elumenta_tui.store.adding import derived_id
from elumenta_tui.store.changes import AddConversation
from elumenta_tui.store.facts import Table
from elumenta_tui.store.failures import CRASHED, failure_json
from elumenta_tui.store.ids import safe_id
from elumenta_tui.store.records import AnswerRecord, ConversationRecord, TurnRecord
from elumenta_tui.store.references import of_items, references
from elumenta_tui.store.tables import ANSWER, CONVERSATION, TURN
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.text.tags import tags_of
from elumenta_tui.transfer.importing.left_out import Kind, LeftOut
from elumenta_tui.transfer.importing.source import Find
from elumenta_tui.transfer.importing.values import LONGEST, MOST_MESSAGES, Object, items, objects, text

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment

_MOST_QUEUED = 1_000


def conversation(data: Object, find: Find, left_out: LeftOut, *, demo: bool) -> AddConversation | None:
    """Return the change that adds a conversation; None if there is nothing in it."""
    entries = list(objects(data.get("turns")))
    left_out[Kind.MESSAGES] += len(items(data.get("turns"))) - len(entries)
    if not data.get("id") or not entries or len(entries) > 2 * MOST_MESSAGES:
        left_out[Kind.CONVERSATIONS] += 1
        return None
    id = safe_id(data["id"])
    answers = _Entries(id, find, left_out).answers(entries)
    if not answers:
        left_out[Kind.CONVERSATIONS] += 1
        return None
    head = _id(data.get("head"))
    values = {
        **CONVERSATION.defaults,
        **_exported(CONVERSATION, data),
        "id": id,
        "title": clean_line(text(data.get("title"))),
        "demo": demo or data.get("demo") is True,
        "created_on": unix_seconds(data.get("created_at")) or 0.0,
        "tags": " ".join(tags_of(" ".join(map(text, items(data.get("tags")))))),
        "head": "" if head == answers[-1][0].id else head,
    }
    queued = [
        QueuedPrompt(prompt, derived_id(id, "queued", str(n), prompt))
        for n, prompt in enumerate(_queued(data))
    ]
    return AddConversation(
        ConversationRecord.from_values(CONVERSATION.read(values)),
        tuple(answers),
        used_on=unix_seconds(data.get("used_at")) or values["created_on"],
        facts={"archived": data.get("archived") is True, "draft": clean(text(data.get("draft")))},
        queued=tuple(queued),
    )


def _queued(data: Object) -> list[str]:
    prompts = [clean(text(prompt)) for prompt in items(data.get("queued"))[:_MOST_QUEUED]]
    return [prompt for prompt in prompts if prompt.strip()]


def _id(value: object) -> str:
    return safe_id(value) if isinstance(value, str) and value else ""


def _exported(table: Table, entry: Object) -> dict[str, Any]:
    """Read the facts that are exported by their declarations."""
    values = {
        fact.name: fact.read(entry[fact.exported])
        for fact in table.facts
        if fact.exported in entry and not isinstance(entry[fact.exported], dict | list)
    }
    temperature = values.get("temperature")
    if temperature is not None and not 0 <= temperature <= HOTTEST:
        values["temperature"] = None
    return values


class _Entries:
    """Reads the entries of one conversation: each answer stands behind its prompt."""

    def __init__(self, conversation: str, find: Find, left_out: LeftOut) -> None:
        self._conversation = conversation
        self._find = find
        self._left_out = left_out
        self._turns: dict[str, TurnRecord] = {}
        self._chosen: dict[str, str] = {}

    def answers(self, entries: list[Object]) -> list[tuple[TurnRecord, AnswerRecord, str]]:
        found: list[tuple[str, AnswerRecord, str]] = []
        prompt: Object | None = None
        for entry in entries:
            role, said = entry.get("role"), text(entry.get("text"))
            if len(said) > LONGEST:
                self._left_out[Kind.TOO_LONG] += 1
                prompt = None
            elif role == "user" and _id(entry.get("id")):
                prompt = entry
            elif role == "assistant" and prompt is not None and _id(entry.get("id")):
                turn = self._turn(prompt)
                answer = _answer(entry, prompt)
                if entry.get("chosen") is not False:
                    self._chosen[turn] = answer.id
                found.append((turn, answer, clean(said)))
                prompt = None
            else:
                self._left_out[Kind.MESSAGES] += 1
        turns = {
            id: record._replace(values={**record.values, "chosen": self._chosen.get(id, "")})
            for id, record in self._turns.items()
        }
        return [(turns[turn], answer, said) for turn, answer, said in found]

    def _turn(self, entry: Object) -> str:
        id = _id(entry.get("id"))
        if id not in self._turns:
            attachments = self._attachments(entry)
            values = {
                **TURN.defaults,
                **_exported(TURN, entry),
                "id": id,
                "conversation": self._conversation,
                "parent": _id(entry.get("parent")),
                "attachments": references(attachments),
                "prompt": clean(text(entry.get("text"))),
            }
            self._turns[id] = TurnRecord(values, attachments)
        return id

    def _attachments(self, entry: Object) -> tuple[Attachment, ...]:
        made = []
        for each in objects(entry.get("attachments")):
            item = {**each, "hash": each.get("sha256")}
            for attachment in of_items([item]):
                content = self._content(each, attachment.digest)
                if content is None:
                    self._left_out[Kind.FILES] += 1
                made.append(
                    replace(attachment, is_lost=True) if content is None else attachment.with_content(content)
                )
        return tuple(made)

    def _content(self, entry: Object, digest: str) -> bytes | None:
        """Return the content of that digest; None if it did not come along."""
        if digest == sha256(b"").hexdigest():
            return b""
        content = self._find(text(entry.get("file"))) if _is_name(entry.get("file")) else None
        return content if content is not None and sha256(content).hexdigest() == digest else None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not set(value) & {"/", "\\\\", "\0"}


def _answer(entry: Object, prompt: Object) -> AnswerRecord:
    slug = clean_line(text(prompt.get("model"))) or "?"
    served = clean_line(text(entry.get("model")))
    origin = text(entry.get("origin"))
    values: Mapping[str, Any] = {
        **ANSWER.defaults,
        **_exported(ANSWER, entry),
        "id": _id(entry.get("id")),
        "state": text(entry.get("state")),
        "model": slug,
        "model_name": clean_line(text(prompt.get("model_name"))) or slug,
        "served_by": "" if served == slug else served,
        "generation": clean_line(text(entry.get("generation"))),
        "origin": origin if origin in FOREIGN else OWN,
        "asked_on": unix_seconds(prompt.get("time")),
        "ended_on": unix_seconds(entry.get("time")),
        "cost": amount(entry.get("cost")),
        "balance_after": amount(entry.get("balance_after")),
        "failure": _failure(entry.get("failure")),
    }
    record = AnswerRecord(ANSWER.read(values))
    if AnswerState(record.state).final:
        return record
    # It was still coming when it was exported.
    has_text = bool(text(entry.get("text")).strip())
    return record.ended(AnswerState.INTERRUPTED if has_text else AnswerState.FAILED, CRASHED)


def _failure(value: object) -> str | None:
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return None
    known = {billing.value: billing for billing in Billing}
    return failure_json(
        Failure(
            clean_line(value["kind"]),
            known.get(text(value.get("charge")), Billing.UNKNOWN),
            clean_line(text(value.get("message")), 500),
        )
    )
