"""The very first start, at which the greeting says what there is. It is over as soon as an account is in use."""

from __future__ import annotations

from pathlib import Path

from elumenta_tui.config.settings import StateFile
from elumenta_tui.session import Tasks

_TABLE = "first_start"
"""Name of its table in the state file."""


class FirstStart:
    """Knows whether this is the first start: nothing was ever chosen in the app, and no conversation stored.

    A state file that is lost or can't be read makes nobody a newcomer who has conversations, and one that can't be written delays
    nothing: it only makes the next start the first one again.

    Args:
        data: directory of the stored conversations. It must not have been opened yet.
    """

    def __init__(self, state_file: StateFile, data: Path, tasks: Tasks) -> None:
        self._state_file = state_file
        self._tasks = tasks
        begun = state_file.table(_TABLE)
        self.is_now = begun.get("is_over") is False or (state_file.is_empty and not any(data.glob("*.db")))
        """Whether nobody has used this program before, with an account or the demo."""

    def remember(self, *, has_account: bool) -> None:
        """Have no later start be the first one, or have the next one be the first still if there is no account."""
        if self.is_now and self._state_file.table(_TABLE).get("is_over") is not has_account:
            self._state_file.keep_table(_TABLE, {"is_over": has_account})
            self._tasks.start(self._state_file.write, "remember")
