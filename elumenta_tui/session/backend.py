"""How a session reaches the service: with a key over the network, or the embedded demo.

Everything heavy (httpx, the demo's texts) is imported when the account is connected to, after the first frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.chat.failure import Failure
from elumenta_tui.chat.ledger import RateLimits
from elumenta_tui.config.keychain import NoKey

if TYPE_CHECKING:
    import httpx

    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.demo.prompts import Language

DEMO_KEY = "nb_demo_account_that_is_no_secret_at_all_0000000"


class Account(NamedTuple):
    """An account that can be connected to. `connect` may raise an ApiError that says why it can't."""

    connect: Callable[[], Awaitable[ElumentaClient]]
    demo: bool = False


def real_account(
    key: str | Callable[[], Awaitable[str]], base_url: str, *, idle_timeout: float = 120.0
) -> Account:
    """The service itself, with the user's key, or with what finds it when it is needed."""

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
    language: Callable[[], Language] = lambda: "en",
) -> Account:
    """The embedded demo: no network, no key, no cost.

    `language` gives the language of its answers until a prompt shows one; `transport` stands in for its own (tests, screenshots).
    """

    def build() -> ElumentaClient:
        from elumenta_tui.api.client import ElumentaClient
        from elumenta_tui.demo import DemoTransport

        return ElumentaClient(
            DEMO_KEY, transport=transport() if transport else DemoTransport(language=language)
        )

    return Account(lambda: asyncio.to_thread(build), demo=True)


class Backend:
    """The account that a session asks: its client, its limits, and how another account takes its place."""

    def __init__(self, account: Account | None) -> None:
        self.account = account
        """None until there is a key."""
        self.is_reading = False
        """Whether the balance is being read."""
        self.is_offline = False
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

    def switch(self, account: Account | None) -> ElumentaClient | None:
        """Ask another account from now on. The client of the one before, if it was open: whoever gets it closes it."""
        client, self._client = self._client, None
        self.account, self.is_offline, self.is_reading = account, False, False
        return client

    async def close(self) -> None:
        """Close the client."""
        if self._client is not None:
            await self._client.aclose()


async def refusal_of_key(key: str, base_url: str) -> Failure | None:
    """Why the service does not take a key; None if the balance can be read with it, which is free."""
    from elumenta_tui.api.errors import ApiError

    account = real_account(key, base_url)
    try:
        async with await account.connect() as client:
            await client.balance()
    except ApiError as error:
        return error.failure()
    return None
