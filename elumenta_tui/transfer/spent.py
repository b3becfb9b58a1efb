"""What a conversation has cost, in words."""

from __future__ import annotations

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.i18n import say


def spent_words(conversation: Conversation) -> str:
    """State what all answers of a conversation have cost; empty if all of them come from another service."""
    total = conversation.total
    if all(answer.is_foreign for answer in conversation.all_answers()):
        return ""
    return say("export.spent_at_least" if total.unknown else "bar.tokens", n=total.amount)
