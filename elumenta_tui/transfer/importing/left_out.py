"""What an import leaves out, and why a file cannot be imported at all."""

from __future__ import annotations

from collections import Counter
from enum import Enum


class Kind(Enum):
    """A kind of thing that is left out. The catalogue has words for each under `import.left_out`."""

    CONVERSATIONS = "conversations"
    """Conversations that are not as the format says, or have nothing in them."""
    MESSAGES = "messages"
    """Messages that are not as the format says, or have no text."""
    TOO_LONG = "too_long"
    """Messages that are longer than any that is stored."""
    SYSTEM = "system"
    """Messages of the service to the model, and ones that the service hides."""
    TOOL_CALLS = "tool_calls"
    TOOL_RESULTS = "tool_results"
    THOUGHTS = "thoughts"
    """What a model has thought before its answer."""
    PICTURES = "pictures"
    """Pictures whose files are not there, or are none that can be sent."""
    FILES = "files"
    """Files whose contents are not there."""
    AUDIO = "audio"
    OTHER = "other"
    """Parts of a kind that is not known."""


LeftOut = Counter[Kind]


class NotImportable(Exception):
    """A file cannot be imported. `problem` picks the sentence, `values` fill it."""

    def __init__(self, problem: str, **values: object) -> None:
        super().__init__(problem)
        self.problem, self.values = problem, values
