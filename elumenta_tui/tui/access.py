"""The account that is asked: its client, what is read of it, and how another key or the demo takes its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from elumenta_tui.chat.ledger import Balance, RateLimits
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Failure
from elumenta_tui.i18n import say
from elumenta_tui.session.backend import Account, real_account
from elumenta_tui.tui.notices import failure_words

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.tui.app import ElumentaApp

KEY_PROBLEMS = ("not_authenticated", "token_expired", "bad_key", "no_key")
"""Failures that another key may mend."""


@dataclass
class AccountNews(Message):
    """What a look at the account brought."""

    balance: Balance | None = None
    models: list[Model] | None = None
    problem: Failure | None = None
    asked_for: bool = False
    """Whether the user has asked for the balance, and is to be told."""
    account: Account | None = None
    """The account that was asked. It may not be the one in use any more."""


class Access:
    """Belongs to the app, and works in its loop."""

    def __init__(self, app: ElumentaApp, account: Account | None, demo: Callable[[], Account]) -> None:
        self._app = app
        self.account = account
        """None until there is a key."""
        self._demo = demo
        self.reading = False
        """Whether the balance is being read."""
        self.offline = False
        """Whether the service could not be reached when it was last tried."""
        self._client: ElumentaClient | None = None
        self._opening = asyncio.Lock()

    @property
    def is_demo(self) -> bool:
        """Whether the embedded demo answers."""
        return self.account is not None and self.account.demo

    @property
    def limits(self) -> RateLimits | None:
        """What the service last said of how many more requests it takes."""
        return None if self._client is None else self._client.limits

    # ------------------------------------------------------------------------------------------------------- asking

    async def client(self) -> ElumentaClient:
        """The client of the account, opened on first use; ApiError if it can't be."""
        async with self._opening:
            while self._client is None:
                account = self.account
                if account is None:
                    from elumenta_tui.api.errors import BadKey

                    raise BadKey(kind="no_key")
                client = await account.connect()
                if account is self.account:
                    self._client = client
                else:
                    await client.aclose()
            return self._client

    def read(self, *, models: bool = False, asked_for: bool = False) -> None:
        """Read the balance, and with `models` which ones there are; the news is posted to the app."""
        if self.account is None:
            return
        self.reading = True
        self._app.show_standing()
        self._app.start_worker(
            partial(self._read, models=models, asked_for=asked_for), "account", exclusive=True
        )

    async def _read(self, *, models: bool, asked_for: bool) -> None:
        from elumenta_tui.api.errors import ApiError

        try:
            account = self.account
            client = await self.client()
            account = self.account
            balance = await client.balance()
            self._app.post_message(AccountNews(balance=balance, asked_for=asked_for, account=account))
            if models:
                self._app.post_message(AccountNews(models=await client.models(), account=account))
        except ApiError as error:
            self._app.post_message(AccountNews(problem=error.failure(), account=account))

    def hear(self, news: AccountNews) -> None:
        """What the news says of the way to the service."""
        if news.balance is not None or news.problem is not None:
            self.reading = False
            self.offline = news.problem is not None
        if news.problem is not None:
            self.tell_problem(news.problem)

    async def close(self) -> None:
        """The program ends."""
        if self._client is not None:
            await self._client.aclose()

    # ---------------------------------------------------------------------------------------------------------- keys

    def tell_problem(self, problem: Failure) -> None:
        """Say why a look at the account came to nothing; ask for another key if that may mend it."""
        if not self.mend(problem):
            self._app.tell(failure_words(problem), "error")

    def mend(self, problem: Failure) -> bool:
        """Ask for another key if that may mend it, and say whether it may."""
        if problem.kind not in KEY_PROBLEMS:
            return False
        if problem.kind == "no_key":
            # There may have been one in the keyring, and there is none.
            self.account = None
            self._app.show_standing()
            self.ask_for_key()
        else:
            self.ask_for_key(self._app.keychain.complaint or failure_words(problem, in_key_dialog=True))
        return True

    def ask_for_key(self, reason: str = "") -> None:
        """The screen that takes a key or starts the demo."""
        from elumenta_tui.tui.screens.welcome import WelcomeScreen

        app = self._app
        if any(isinstance(screen, WelcomeScreen) for screen in app.screen_stack):
            return
        screen = WelcomeScreen(
            self._try_key,
            reason=reason,
            has_account=self.account is not None,
            in_demo=self.is_demo,
            switch_language=app.switch_language,
        )
        app.push_screen(screen, self.take_key)

    async def _try_key(self, key: str) -> str | None:
        """None if the balance can be read with that key, else what to tell the user."""
        from elumenta_tui.api.errors import ApiError

        account = real_account(key, self._app.settings.base_url)
        try:
            async with await account.connect() as client:
                await client.balance()
        except ApiError as error:
            return failure_words(error.failure(), in_key_dialog=True)
        return None

    def take_key(self, answer: str | None) -> None:
        """Ask with that key from now on, or the demo; None if the user wants neither."""
        from elumenta_tui.tui.screens.welcome import DEMO

        if answer is None:
            return
        if answer == DEMO:
            self._switch(self._demo())
            return
        settings = self._app.settings
        self._switch(real_account(answer, settings.base_url, idle_timeout=settings.idle_timeout))
        self._app.start_worker(partial(self._keep_key, answer), "keep")

    async def _keep_key(self, key: str) -> None:
        keychain = self._app.keychain
        kept, winner = await keychain.keep(key), keychain.overriding_variable
        words = f"{kept.words} {say('key.overruled', name=winner)}" if winner else kept.words
        self._app.tell(words, "information" if kept.succeeded and not winner else "warning")

    def _switch(self, account: Account) -> None:
        if self._client is not None:
            self._app.start_worker(partial(self._let_go, self._client), "close")
        was_demo = self.is_demo
        self._client, self.account, self.offline = None, account, False
        self._app.account_switched(from_or_to_demo=was_demo != account.demo)

    async def _let_go(self, client: ElumentaClient) -> None:
        """Close it, once the answer that it may be receiving is there."""
        await self._app.generating.ended()
        await client.aclose()
