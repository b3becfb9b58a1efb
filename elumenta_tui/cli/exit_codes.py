"""The exit codes of `elumenta-tui ask`: one for each thing that a script can do about a failure."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from elumenta_tui.cli import stdio

if TYPE_CHECKING:
    from elumenta_tui.api.errors import ApiError


class ExitCode(IntEnum):
    """Every code but those of signals. The catalogue has a line for each under `ask.exit`."""

    WHOLE = stdio.OK
    FAILED = stdio.FAILED
    WRONG_USAGE = stdio.WRONG_USAGE
    NOTHING_THERE = stdio.NOTHING_THERE
    KEY = 4
    ACCOUNT = 5
    UNREACHABLE = 6
    BUSY = 7
    REFUSED = 8
    BROKEN = 9
    NO_ANSWER = 10
    GUARDED = 11
    TOO_DEAR = 12
    EMPTY = 13
    SECRET = 14
    CLOSED = stdio.CLOSED


class NotAsked(Exception):
    """Nothing was asked. The text, for the user, says why; it is empty where a signal has ended the program."""

    def __init__(self, words: str, code: ExitCode = ExitCode.WRONG_USAGE) -> None:
        super().__init__(words)
        self.code = code
        """The exit code."""


_BY_KIND = {
    "insufficient_tokens": ExitCode.ACCOUNT,
    "insufficient_plan": ExitCode.ACCOUNT,
    # These two come within an answer, and are no errors of the client.
    "stream_error": ExitCode.BROKEN,
    "empty_answer": ExitCode.EMPTY,
    # This one comes from no service at all.
    "cap_reached": ExitCode.GUARDED,
}


def _by_class() -> dict[type[ApiError], ExitCode]:
    """Return the code of each class of errors, subclasses first."""
    from elumenta_tui.api import errors

    return {
        errors.BadKey: ExitCode.KEY,
        errors.NotAuthenticated: ExitCode.KEY,
        errors.SetupError: ExitCode.WRONG_USAGE,
        errors.NoConnection: ExitCode.UNREACHABLE,
        errors.Busy: ExitCode.BUSY,
        errors.ServiceError: ExitCode.REFUSED,
        errors.AnswerBroken: ExitCode.BROKEN,
        errors.NotAnAnswer: ExitCode.NO_ANSWER,
    }


def code_of_failure(kind: str) -> ExitCode:
    """Return the exit code for a kind of failure, as `Failure` names it."""
    from elumenta_tui.api.errors import KINDS

    if kind in _BY_KIND:
        return _BY_KIND[kind]
    error = KINDS[kind if kind in KINDS else "http_error"].error
    return next(code for parent, code in _by_class().items() if issubclass(error, parent))
