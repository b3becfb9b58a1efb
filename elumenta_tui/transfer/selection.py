"""The part of a conversation that is exported."""

from __future__ import annotations

from typing import NamedTuple

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer


class NoSuchPart(LookupError):
    """The conversation has no turn of that number, or no one answer of that id."""


class Selection(NamedTuple):
    """Which answers of a conversation are exported, with their prompts. By default those that are on the screen."""

    all_branches: bool = False
    """True: every version and branch, too."""
    turn: int = 0
    """Number of the only turn of the path that is exported, from 1; negative: counted from the end; 0: all."""
    answer: str = ""
    """Beginning of the id of the only answer that is exported; empty: all."""

    @property
    def is_part(self) -> bool:
        """True if only one turn or answer is exported."""
        return bool(self.turn or self.answer)

    def answers(self, conversation: Conversation) -> list[Answer]:
        """Return the answers in the order of their turns. Raises NoSuchPart."""
        if self.answer:
            return [_answer(conversation, self.answer)]
        if self.turn:
            path = conversation.path()
            if not 1 <= abs(self.turn) <= len(path):
                raise NoSuchPart(self.turn)
            turn = path[self.turn - 1 if self.turn > 0 else self.turn]
            return list(turn.answers) if self.all_branches else [turn.shown]
        return list(conversation.all_answers()) if self.all_branches else conversation.shown

    def left_out(self, conversation: Conversation) -> int:
        """Return the number of answers of other branches that are left out. What was not asked for is not missed."""
        if self.all_branches or self.is_part:
            return 0
        return sum(1 for _ in conversation.all_answers()) - len(conversation.shown)


def _answer(conversation: Conversation, id: str) -> Answer:
    answers = list(conversation.all_answers())
    found = [answer for answer in answers if answer.id == id] or [
        answer for answer in answers if answer.id.startswith(id)
    ]
    if len(found) != 1:
        raise NoSuchPart(id)
    return found[0]


SHOWN = Selection()
ALL = Selection(all_branches=True)
