"""Asks for the API key without a screen. What is typed is not shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.cli.plain_talk import Talk
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.cli.startup import Access
from elumenta_tui.config.keychain import key_phrase
from elumenta_tui.i18n import say, spoken
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.session import Session, real_account
from elumenta_tui.session.backend import refusal_of_key
from elumenta_tui.text.key import key_problem, tidy_key

_STDIN = 0


async def ask_for_key(talk: Talk, session: Session, voice: Voice, access: Access) -> None:
    """Ask for a key until one works or nothing is typed; use it and keep it. Raises NotAsked for a form that no key has."""
    voice.note(say("plain.key_how"))
    with _unseen():
        typed = await talk.read_line(say("plain.key_prompt") + " ")
    voice.write("\n")
    if not typed or not typed.strip():
        voice.note(say("plain.no_key"))
        return
    key = tidy_key(typed)
    if (problem := key_problem(key)) is not None:
        raise NotAsked(spoken(key_phrase(problem)))
    voice.note(say("welcome.checking"))
    settings = access.settings
    failure = await refusal_of_key(key, settings.base_url)
    if failure is not None:
        raise NotAsked(failure_words(failure, place="key_dialog"))
    session.switch_account(real_account(key, settings.base_url, idle_timeout=settings.idle_timeout))
    kept = await access.keychain.keep(key)
    voice.note(spoken(*kept.said))
    if winner := access.keychain.overriding_variable:
        voice.note(say("key.overruled", name=winner))
    await talk.read_account()


@contextmanager
def _unseen() -> Iterator[None]:
    """Have the terminal not show what is typed."""
    import termios

    before = None
    with suppress(termios.error):
        before = termios.tcgetattr(_STDIN)
        silent = [*before]
        silent[3] &= ~termios.ECHO
        termios.tcsetattr(_STDIN, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        if before is not None:
            with suppress(termios.error):
                termios.tcsetattr(_STDIN, termios.TCSADRAIN, before)
