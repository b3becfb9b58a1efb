"""The chat without a screen: line by line, for screen readers, braille displays, plain terminals, editors and pipes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping

from elumenta_tui.cli.exit_codes import ExitCode, NotAsked
from elumenta_tui.cli.plain_chat import PlainChat, Wishes
from elumenta_tui.cli.startup import Configuration, find_access
from elumenta_tui.cli.stdio import OK, complain
from elumenta_tui.i18n import say
from elumenta_tui.process.setup import leave_no_core, silence_developers_words
from elumenta_tui.process.signals import Signals, exit_code


def chat(wishes: Wishes, configuration: Configuration, environ: Mapping[str, str]) -> int:
    """Chat until the input ends. Return the exit code."""
    # Where click is installed, httpx loads its own command line, and with it Rich and Pygments.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: Python takes it for missing
    if environ is os.environ:
        leave_no_core()
        silence_developers_words()
    access = find_access(configuration, environ, demo=wishes.demo, base_url=wishes.base_url)
    plain = PlainChat(wishes, configuration, access, environ)
    # At a terminal, Ctrl+C stops an answer and not the program.
    with Signals(plain, save=plain.save, but=("SIGINT",) if plain.is_talk else ()) as signals:
        try:
            code = asyncio.run(plain.run())
        except NotAsked as why:
            code = why.code
            if str(why) and signals.received is None:
                complain(str(why))
    if code not in (OK, ExitCode.CLOSED) and signals.received is None:
        lines, are_all = plain.unread()
        if lines:
            complain(say("plain.unread" if are_all else "plain.unread_at_least", n=lines))
    if unsaved := plain.save():
        complain(say("cli.unsaved", n=unsaved))
    if signals.received is None:
        return code
    if not plain.is_talk or signals.received is not signal.SIGINT:
        complain(say("cli.ended_by_signal", name=signals.received.name))
    return exit_code(signals.received)
