"""Asks for a key or starts the demo, and stores the key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from elumenta_tui.chat.failure import Failure
from elumenta_tui.config.keychain import Keychain
from elumenta_tui.config.settings import Settings
from elumenta_tui.i18n import say, spoken
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.session import Account, Session, Tasks, real_account
from elumenta_tui.session.backend import refusal_of_key
from elumenta_tui.tui.ports import NotifyUser, Screens


class KeyDialog:
    """Asks for a key when there is none, or when another key may fix a failure."""

    def __init__(
        self,
        session: Session,
        keychain: Keychain,
        settings: Settings,
        screens: Screens,
        tasks: Tasks,
        notify_user: NotifyUser,
        *,
        demo: Callable[[], Account],
        switch_language: Callable[[], None],
        has_account: Callable[[], None],
    ) -> None:
        """`has_account` is called when a key or the demo was chosen."""
        self.keychain = keychain
        self._session = session
        self._settings = settings
        self._screens = screens
        self._tasks = tasks
        self._notify_user = notify_user
        self._demo = demo
        self._switch_language = switch_language
        self._has_account = has_account

    def ask_after(self, failure: Failure) -> None:
        """Ask for another key, and explain why the current one failed."""
        if failure.kind == "no_key":
            self.ask_for_key()
        else:
            complaint = self.keychain.complaint
            self.ask_for_key(
                spoken(complaint) if complaint is not None else failure_words(failure, place="key_dialog")
            )

    def ask_for_key(self, reason: str = "") -> None:
        """Show the dialog, unless it is open already."""
        from elumenta_tui.tui.screens.welcome import WelcomeScreen

        if any(isinstance(screen, WelcomeScreen) for screen in self._screens.screen_stack):
            return
        screen = WelcomeScreen(
            self._complaint,
            reason=reason,
            has_account=self._session.backend.account is not None,
            in_demo=self._session.backend.is_demo,
            switch_language=self._switch_language,
        )
        self._screens.push_screen(screen, self.use_key)

    async def _complaint(self, key: str) -> str | None:
        """Return why the service refuses the key, in the user's language; None if it accepts it."""
        failure = await refusal_of_key(key, self._settings.base_url)
        return None if failure is None else failure_words(failure, place="key_dialog")

    def use_key(self, answer: str | None) -> None:
        """Use the dialog's result: a key, `DEMO`, or None if the user cancelled."""
        from elumenta_tui.tui.screens.welcome import DEMO

        if answer is None:
            return
        self._has_account()
        if answer == DEMO:
            self._session.switch_account(self._demo())
            return
        settings = self._settings
        account = real_account(answer, settings.base_url, idle_timeout=settings.idle_timeout)
        self._session.switch_account(account)
        self._tasks.start(partial(self._keep_key, answer), "keep")

    async def _keep_key(self, key: str) -> None:
        kept, winner = await self.keychain.keep(key), self.keychain.overriding_variable
        words = spoken(*kept.said)
        if winner:
            words += f" {say('key.overruled', name=winner)}"
        self._notify_user(words, "information" if kept.succeeded and not winner else "warning")
