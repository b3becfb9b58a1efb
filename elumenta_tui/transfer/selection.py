"""The part of a conversation that is exported."""

from __future__ import annotations

from typing import NamedTuple

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer
from elumenta_tui.text.sanitize import clean_line

NAME_SHOWN = 60
"""Characters of a prompt that name the branch which it begins."""


class NoSuchPart(LookupError):
    """The conversation has no turn of that number, or no one answer of that id, or no one branch of that name."""


class ManyBranches(NoSuchPart):
    """More than one branch has the name."""

    def __init__(self, found: list[tuple[int, Answer]]) -> None:
        super().__init__(len(found))
        self.found = found
        """The answers that begin them, each with its number in the outline."""


class Selection(NamedTuple):
    """Which answers of a conversation are exported, with their prompts. By default those that are on the screen."""

    all_branches: bool = False
    """True: every version and branch, too."""
    turn: int = 0
    """Number of the only turn of the path that is exported, from 1; negative: counted from the end; 0: all."""
    answer: str = ""
    """Beginning of the id of the only answer that is exported; empty: all."""
    branch: str = ""
    """Number of an answer in the outline, from 1, or how a prompt there begins: only the path through it is exported; empty: all."""

    @property
    def is_part(self) -> bool:
        """True if only one turn, answer or branch is exported."""
        return bool(self.turn or self.answer or self.branch)

    def answers(self, conversation: Conversation) -> list[Answer]:
        """Return the answers in the order of their turns. Raises NoSuchPart."""
        if self.answer:
            return [_answer(conversation, self.answer)]
        if self.branch:
            through = _in_outline(conversation, self.branch)
            return [*conversation.path_to(through), *conversation.rest(through)]
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


def name_of_branch(prompt: str) -> str:
    """Return how a prompt begins, as outlines name it."""
    return clean_line(prompt.strip(), NAME_SHOWN)


def branches(conversation: Conversation) -> list[tuple[int, str]]:
    """List what begins a branch, or all there is if nothing does: the number in the outline, and the name."""
    from elumenta_tui.chat.outline import outline

    nodes = list(enumerate(outline(conversation), 1))
    begun = [(number, node) for number, node in nodes if node.is_branch] or nodes
    return [(number, name_of_branch(node.answer.prompt)) for number, node in begun]


def _in_outline(conversation: Conversation, typed: str) -> Answer:
    """Return the answer with that number in the outline; else the first one of the only branch whose name is typed, or begins so."""
    from elumenta_tui.chat.outline import outline

    nodes = outline(conversation)
    if typed.isascii() and typed.isdecimal() and 0 < int(typed[:9]) <= len(nodes):
        return nodes[int(typed[:9]) - 1].answer
    word = name_of_branch(typed).casefold()
    names = [(name_of_branch(node.answer.prompt).casefold(), place) for place, node in enumerate(nodes)]
    same = [place for name, place in names if name == word]
    found = same or [place for name, place in names if name.startswith(word)]
    if len(found) > 1:
        # The prompts that follow in a branch may begin as another branch does.
        found = [place for place in found if nodes[place].is_branch] or found
    if not found:
        raise NoSuchPart(typed)
    if len(found) > 1:
        raise ManyBranches([(place + 1, nodes[place].answer) for place in found])
    return nodes[found[0]].answer


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
