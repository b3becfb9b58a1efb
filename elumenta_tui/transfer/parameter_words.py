"""Words about the system prompt and the parameters of a conversation, as people type and read them."""

from __future__ import annotations

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.request import HOTTEST, MOST_TOKENS
from elumenta_tui.i18n import decimal, in_every_language, say
from elumenta_tui.text.layouts import to_qwerty
from elumenta_tui.text.sanitize import clean_line


def means_off(typed: str) -> bool:
    """Return whether a typed word takes a parameter away, in any language and keyboard layout."""
    word = typed.strip().lower()
    off = {"-", *in_every_language("parameters.off")}
    return word in off or to_qwerty(word) in off


def wrong_temperature() -> str:
    """State which temperatures there are."""
    return say("parameters.wrong_temperature", most=f"{HOTTEST:g}", value=decimal(0.7))


def wrong_max_tokens() -> str:
    """State which limits of tokens there are."""
    return say("parameters.wrong_max_tokens", most=MOST_TOKENS)


def summary(conversation: Conversation) -> list[str]:
    """List what the conversation sends besides its messages, in words. Empty if it is nothing."""
    parts = []
    if conversation.system_prompt.strip():
        parts.append(say("list.quoted", title=clean_line(conversation.system_prompt, 40)))
    options = conversation.options
    if options.temperature is not None:
        parts.append(say("parameters.with_temperature", value=decimal(options.temperature)))
    if options.max_tokens is not None:
        parts.append(say("parameters.with_max_tokens", n=options.max_tokens))
    return parts
