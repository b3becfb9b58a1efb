"""Messages that follow each other in a tree → turns and answers, with the branches that there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.chat.conversation import Conversation, title_of
from elumenta_tui.chat.failure import STOPPED, Billing, Failure
from elumenta_tui.chat.ledger import Charge
from elumenta_tui.chat.models import DOCUMENTED_MODELS, find_model
from elumenta_tui.chat.turn import FOREIGN, Answer, AnswerState, Turn
from elumenta_tui.store.adding import derived_id
from elumenta_tui.store.changes import AddConversation
from elumenta_tui.store.failures import UNANSWERED
from elumenta_tui.store.records import AnswerRecord, ConversationRecord, TurnRecord
from elumenta_tui.text.sanitize import clean, clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment


class Node(NamedTuple):
    """A message, or something between messages that is left out."""

    id: str
    parent: str
    """Id of the node that it follows; of none that is known: it stands at the root."""
    role: str = ""
    """`user`, `assistant`, or empty for what is left out."""
    text: str = ""
    on: float | None = None
    """Unix seconds."""
    model: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_whole: bool = True


class Facts(NamedTuple):
    """What is said of a conversation."""

    id: str
    """The source's own."""
    title: str = ""
    created_on: float | None = None
    used_on: float | None = None
    current: str = ""
    """Id of the node at which the path ends; empty: the last one."""
    is_archived: bool = False
    system_prompt: str = ""


class _Open(NamedTuple):
    """The place in a walk through the tree: the turn that has no answer yet, and what has come of it."""

    above: Answer | None = None
    """The answer that the next prompt follows."""
    turn: Turn | None = None
    texts: tuple[str, ...] = ()
    end: str = ""
    """Id of the last message of the answer so far."""
    on: float | None = None
    model: str = ""
    is_whole: bool = True


class _Builder:
    def __init__(self, origin: str, facts: Facts, nodes: Sequence[Node]) -> None:
        self._origin = origin
        self._facts = facts
        self._nodes = nodes
        self._by_id = {node.id: node for node in nodes}
        self._below: dict[str, list[Node]] = {}
        self._turns: list[Turn] = []
        self._answers: dict[tuple[str, str], Answer] = {}
        self._followed: set[Answer | None] = set()
        self._asked_on: dict[Turn, float | None] = {}
        self._turn_of: dict[str, Turn] = {}
        """The turn that a node belongs to."""
        self._answer_of: dict[str, Answer] = {}
        """The longest answer that ends with a node."""

    def conversation(self) -> Conversation:
        for node in self._nodes:
            parent = node.parent if node.parent in self._by_id and node.parent != node.id else ""
            self._below.setdefault(parent, []).append(node)
        visited: set[str] = set()
        for root in [*self._below.get("", ()), *self._nodes]:
            # What follows itself hangs below nothing: it begins anew at the first of its nodes.
            if root.id not in visited:
                self._walk(root, visited)
        facts = self._facts
        conversation = Conversation(
            self._turns, title=clean_line(facts.title, 200), created_on=facts.created_on
        )
        conversation.system_prompt = clean(facts.system_prompt)
        if not conversation.title and self._turns:
            conversation.title = title_of(self._turns[0].prompt)
        if self._turns:
            self._lead_to(conversation)
        return conversation

    def _walk(self, root: Node, visited: set[str]) -> None:
        stack = [(root, _Open())]
        while stack:
            node, before = stack.pop()
            if node.id in visited:
                continue
            visited.add(node.id)
            here = self._at(node, before)
            if here.turn is not None:
                self._turn_of[node.id] = here.turn
            below = [each for each in self._below.get(node.id, ()) if each.id not in visited]
            if not below:
                self._close(here)
            stack += [(each, here) for each in reversed(below)]

    def _at(self, node: Node, before: _Open) -> _Open:
        if node.role == "user":
            above = self._close(before) or before.above
            return _Open(above, self._turn(node, above, clean(node.text)), end=node.id)
        if node.role == "assistant":
            if before.turn is None:
                # Some assistants speak first.
                before = before._replace(turn=self._turn(node, before.above, ""))
            return before._replace(
                texts=(*before.texts, node.text),
                end=node.id,
                on=node.on if node.on is not None else before.on,
                model=node.model or before.model,
                is_whole=node.is_whole,
            )
        return before

    def _turn(self, node: Node, above: Answer | None, prompt: str) -> Turn:
        turn = Turn(
            prompt,
            above,
            id=self._id("turn", node.id),
            is_branch=above in self._followed,
            attachments=node.attachments,
        )
        self._followed.add(above)
        self._asked_on[turn] = node.on
        self._turns.append(turn)
        return turn

    def _id(self, kind: str, id: str) -> str:
        return derived_id(self._origin, self._facts.id, kind, id)

    def _close(self, here: _Open) -> Answer | None:
        """Return the answer that ends here, made when it is first asked for; None if no turn is open."""
        turn = here.turn
        if turn is None:
            return None
        key = turn.id, here.end
        if key in self._answers:
            return self._answers[key]
        text = clean("\n\n".join(filter(None, (text.strip("\n") for text in here.texts))))
        model = find_model(DOCUMENTED_MODELS, clean_line(here.model) or self._origin)
        if not here.model:
            model = model.but(name=FOREIGN[self._origin])
        answer = turn.restore(
            model,
            text,
            id=self._id("answer", here.end),
            asked_on=self._asked_on.get(turn),
            ended_on=here.on,
            ended_at=0.0,
            origin=self._origin,
            charge=Charge(is_open=False, is_final=True),
        )
        if answer.has_text and here.is_whole:
            answer.state = AnswerState.COMPLETE
        elif answer.has_text:
            answer.state, answer.failure = AnswerState.INTERRUPTED, Failure(STOPPED, Billing.NOT_CHARGED)
        else:
            answer.state, answer.failure = AnswerState.FAILED, Failure(UNANSWERED, Billing.NOT_CHARGED)
        self._answers[key] = self._answer_of[here.end] = answer
        return answer

    def _lead_to(self, conversation: Conversation) -> None:
        """End the path where the source says that it ends."""
        at = self._facts.current
        seen: set[str] = set()
        while at in self._by_id and at not in seen:
            seen.add(at)
            if (answer := self._answer_of.get(at)) is not None:
                conversation.head = answer.turn
                answer.turn.chosen = answer
                break
            at = self._by_id[at].parent
        else:
            conversation.head = conversation.turns[-1]
        for turn in conversation.path():
            if turn.parent is not None:
                turn.parent.turn.chosen = turn.parent


def change_of(origin: str, facts: Facts, nodes: Sequence[Node], *, demo: bool) -> AddConversation | None:
    """Return the change that adds a conversation; None if it has no turns."""
    conversation = _Builder(origin, facts, nodes).conversation()
    if not conversation.turns:
        return None
    conversation.id = derived_id(origin, "conversation", facts.id)
    moments = [
        each for answer in conversation.all_answers() for each in (answer.asked_on, answer.ended_on) if each
    ]
    if conversation.created_on is None:
        conversation.created_on = min(moments, default=0.0)
    used_on = facts.used_on if facts.used_on is not None else max(moments, default=conversation.created_on)
    more: Mapping[str, object] = {"archived": facts.is_archived}
    return AddConversation(
        ConversationRecord.of(conversation, demo=demo),
        tuple(
            (TurnRecord.of(answer.turn, conversation.id), AnswerRecord.of(answer), answer.text)
            for answer in conversation.all_answers()
        ),
        used_on=used_on,
        facts=more,
    )
