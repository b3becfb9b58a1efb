"""Prompts that the program writes itself, in any of its languages."""

from __future__ import annotations

from collections.abc import Iterable

from elumenta_tui.i18n import in_every_language


def written_by_user(prompts: Iterable[str]) -> list[str]:
    """Filter out the prompts that the program wrote: those that ask for the rest of an answer, and for a summary."""
    own = {*in_every_language("continue.prompt"), *in_every_language("context.summary_prompt")}
    return [prompt for prompt in prompts if prompt not in own]
