"""A running chat, without a terminal and without sentences.

`Session` is the whole of it; `events` are the values that it reports, `tasks` is how it starts what goes on beside the caller, and
`backend` makes the account that is asked. Nothing here loads Textual, Rich or httpx before something is asked.
"""

from __future__ import annotations

from elumenta_tui.session.backend import Account, demo_account, real_account
from elumenta_tui.session.guardrails import PROMPT_LIMIT, Refusal
from elumenta_tui.session.session import Session
from elumenta_tui.session.tasks import AsyncioTasks, Tasks

__all__ = [
    "PROMPT_LIMIT",
    "Account",
    "AsyncioTasks",
    "Refusal",
    "Session",
    "Tasks",
    "demo_account",
    "real_account",
]
