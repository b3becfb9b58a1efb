"""The account, as commands ask it that need no session: one or two free requests, and every failure a sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from elumenta_tui.cli.exit_codes import code_of_failure
from elumenta_tui.cli.progress import progress
from elumenta_tui.cli.running import CommandFailed
from elumenta_tui.cli.startup import Access, Configuration, configure, find_access
from elumenta_tui.cli.stdio import complain
from elumenta_tui.i18n import say, spoken
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.process.setup import leave_no_core, silence_developers_words

if TYPE_CHECKING:
    import argparse

    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.cli.options import Parser

Result = TypeVar("Result")


class Found(NamedTuple):
    """The configuration, and the account that it leads to."""

    configuration: Configuration
    access: Access


def add_account_options(parser: Parser) -> None:
    """Add the options that say which account is asked."""
    from pathlib import Path

    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--base-url")
    parser.add_argument("--config", type=Path)


def find_account(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Found:
    """Find the account that the options name. Raises NotConfigured."""
    configuration = configure(arguments.config, environ)
    if environ is os.environ:
        leave_no_core()
        silence_developers_words()
    access = find_access(configuration, environ, demo=arguments.demo, base_url=arguments.base_url)
    for warning in access.warnings:
        complain(warning)
    if (guarded := access.keychain.guard_file()) is not None:
        # It is told only once.
        complain(spoken(guarded))
    return Found(configuration, access)


def asked(access: Access, question: Callable[[ElumentaClient], Awaitable[Result]]) -> Result:
    """Ask the account. Raises CommandFailed with the exit code that `ask` has for the failure."""
    import asyncio

    from elumenta_tui.api.errors import ApiError, BadKey

    # Where click is installed, httpx loads its own command line, and with it Rich and Pygments.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: Python takes it for missing

    async def ask() -> Result:
        from elumenta_tui.terminal.daemon_executor import DaemonExecutor

        # A name lookup that hangs must not keep the process alive.
        asyncio.get_running_loop().set_default_executor(DaemonExecutor())
        if access.account is None:
            raise BadKey(kind="no_key")
        async with await access.account.connect() as client:
            return await question(client)

    try:
        with progress(say("account.asking")):
            return asyncio.run(ask())
    except ApiError as error:
        failure = error.failure()
        words = [failure_words(failure, place="shell")]
        if access.keychain.complaint is not None:
            words.insert(0, spoken(access.keychain.complaint))
        raise CommandFailed(code_of_failure(failure.kind), " ".join(words)) from None
