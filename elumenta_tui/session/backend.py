"""The account of a session: the service itself, over the network with a key, or the embedded demo.

httpx and the demo texts are imported on connecting, after the first frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.ledger import RateLimits
from elumenta_tui.config.keychain import NoKey
from elumenta_tui.lean import Frozen

if TYPE_CHECKING:
    import httpx

    from elumenta_tui.api.client import ElumentaClient

DEMO_KEY = "nb_demo_account_that_is_no_secret_at_all_0000000"


class Account(Frozen):
    """An account to connect to. `connect` may raise an ApiError."""

    connect: Callable[[], Awaitable[ElumentaClient]]
    demo: bool = False


def real_account(
    key: str | Callable[[], Awaitable[str]], base_url: str, *, idle_timeout: float = 120.0
) -> Account:
    """The service itself.

    `key` is the user's key, or a callable that finds it on connecting and may raise NoKey.
    """

    def build(found: str) -> ElumentaClient:
        from elumenta_tui.api.client import ElumentaClient

        return ElumentaClient(found, base_url, idle_timeout=idle_timeout)

    async def connect() -> ElumentaClient:
        try:
            found = key if isinstance(key, str) else await key()
        except NoKey as error:
            from elumenta_tui.api.errors import BadKey

            raise (BadKey() if error.is_anywhere else BadKey(kind="no_key")) from None
        # Importing httpx and reading the certificates takes a third of a second: not on the loop.
        return await asyncio.to_thread(build, found)

    return Account(connect)


def demo_account(
    transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
    *,
    language: Callable[[], str] = lambda: "en",
) -> Account:
    """The embedded demo: no network, no key, no cost.

    `language` returns the language of its answers until a prompt shows another one. `transport` replaces the
    demo's own transport, for tests and screenshots.
    """

    def build() -> ElumentaClient:
        from elumenta_tui.api.client import ElumentaClient
        from elumenta_tui.demo import DemoTransport
        from elumenta_tui.demo.prompts import language_of

        built = transport() if transport else DemoTransport(language=lambda: language_of(language()))
        return ElumentaClient(DEMO_KEY, transport=built)

    return Account(lambda: asyncio.to_thread(build), demo=True)


class Backend:
    """The account of a session: its client, its rate limits, and the switch to another account."""

    def __init__(self, account: Account | None) -> None:
        self.account = account
        """None until there is a key."""
        self.is_reading = False
        """True if a request for the balance is running."""
        self.is_offline = False
        """True if the last attempt could not reach the service."""
        self._client: ElumentaClient | None = None
        self._opening = asyncio.Lock()

    @property
    def is_demo(self) -> bool:
        """True if the embedded demo answers."""
        return self.account is not None and self.account.demo

    @property
    def limits(self) -> RateLimits | None:
        """The rate limits as the service last stated them; None before the first response."""
        return None if self._client is None else self._client.limits

    @property
    def fingerprint(self) -> str:
        """A hash that tells this account from others on the disk, and nothing else of its key; empty before the first connection."""
        return "" if self._client is None else self._client.fingerprint

    async def client(self) -> ElumentaClient:
        """Return the account's client, connecting on first use. Raises ApiError if that fails."""
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

    def switch(self, account: Account | None) -> ElumentaClient | None:
        """Send requests to another account from now on.

        Returns the open client of the one before; the caller closes it.
        """
        client, self._client = self._client, None
        self.account, self.is_offline, self.is_reading = account, False, False
        return client

    async def close(self) -> None:
        """Close the client."""
        if self._client is not None:
            await self._client.aclose()


async def refusal_of_key(key: str, base_url: str) -> Failure | None:
    """Return why the service refuses a key; None if it accepts it. Reads the balance, which is free."""
    from elumenta_tui.api.errors import ApiError

    account = real_account(key, base_url)
    try:
        async with await account.connect() as client:
            await client.balance()
    except ApiError as error:
        return error.failure()
    return None
