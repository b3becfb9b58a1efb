"""How much an export holds of a conversation, and what that has cost, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.ledger import Total, total
from elumenta_tui.chat.turn import Answer
from elumenta_tui.i18n import say
from elumenta_tui.transfer.selection import Selection


def extent_words(
    conversation: Conversation, answers: Sequence[Answer], selection: Selection
) -> Iterator[str]:
    """Yield the numbers of turns and answers, how many are left out, and the cost: of these answers, and of all of them.

    Answers from another service have cost nothing here; nothing is said of the cost if all are.
    """
    turns = len({answer.turn for answer in answers})
    yield say("list.turns", n=turns)
    if len(answers) > turns:
        yield say("list.answers", n=len(answers))
    every = list(conversation.all_answers())
    if selection.is_part and len(answers) < len(every):
        yield say("export.part", n=len(every))
    elif missing := selection.left_out(conversation):
        yield say("export.left_out", n=missing)
    if all(answer.is_foreign for answer in every):
        return
    part, whole = _spent(answers), _spent(every)
    words = _total_words(part)
    yield words if part == whole else say("export.spent_of", part=words, all=_total_words(whole))


def _spent(answers: Sequence[Answer]) -> Total:
    return total(answer.charge for answer in answers if not answer.is_foreign)


def _total_words(spent: Total) -> str:
    return say("export.spent_at_least" if spent.unknown else "bar.tokens", n=spent.amount)
