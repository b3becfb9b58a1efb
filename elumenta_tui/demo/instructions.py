"""Standing instructions in the demo: what an answer makes of a system prompt. No model follows it, but two manners are played."""

from __future__ import annotations

import re
from typing import Literal

Manner = Literal["review", "brief", ""]
"""`review`: code is reviewed. `brief`: answers are one paragraph. Empty: answers are as usual."""

_REVIEW = re.compile(r"\breview|\bревью|\bрецензи|провер\w+ код", re.IGNORECASE)
_BRIEF = re.compile(
    r"\bbrief|\bconcise|\bshort|\bone (?:sentence|paragraph)|\bкратк|\bкоротк|\bлаконичн|\bодн\w+ (?:предложени|абзац)",
    re.IGNORECASE,
)


def manner_of(system: str) -> Manner:
    """Return the manner of answers that a system prompt asks for."""
    if _REVIEW.search(system):
        return "review"
    return "brief" if _BRIEF.search(system) else ""


def briefly(text: str) -> str:
    """Return the first paragraph of an answer that is prose; the whole answer if none is."""
    for paragraph in text.split("\n\n"):
        if paragraph.strip() and not paragraph.startswith(("#", "|", "`", ">", "- ", "1.", "$")):
            return paragraph.strip()
    return text
