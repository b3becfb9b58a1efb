"""The outline of a conversation's tree: one node for each answer, in the order in which a reader goes through them."""

from __future__ import annotations

from typing import NamedTuple

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer


class Node(NamedTuple):
    """An answer with its prompt, and its place in the outline.

    What follows an answer without an alternative stands below it at the same depth, so that depth counts branches, not turns.
    """

    answer: Answer
    guides: tuple[bool, ...]
    """One entry for each branch that the node is inside of: whether another branch of the same place is still to come below."""
    is_branch: bool
    """Whether the node begins a branch: something else follows, or answers, the same as it does."""
    is_last: bool
    """Whether it is the last branch of its place."""


def outline(conversation: Conversation) -> list[Node]:
    """Return the nodes of all turns, each answer directly above what follows it. It takes time proportional to their number."""
    nodes: list[Node] = []
    waiting = _below(conversation, None, ())
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        guides = (*node.guides, not node.is_last) if node.is_branch else node.guides
        waiting += _below(conversation, node.answer, guides)
    return nodes


def _below(conversation: Conversation, parent: Answer | None, guides: tuple[bool, ...]) -> list[Node]:
    """Return the nodes that follow an answer, the last one first."""
    answers = [answer for turn in conversation.turns_below(parent) for answer in turn.answers]
    is_branch = len(answers) > 1
    nodes = [Node(answer, guides, is_branch, answer is answers[-1]) for answer in answers]
    return nodes[::-1]
