"""How the app reaches the service: with a key over the network, or the embedded demo.

Everything heavy (httpx, the demo's texts) is imported when the account is connected to, after the first frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elumenta_tui import i18n
from elumenta_tui.config.keychain import NoKey

if TYPE_CHECKING:
    import httpx

    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.i18n import Language

DEMO_KEY = "nb_demo_account_that_is_no_secret_at_all_0000000"


@dataclass(frozen=True, slots=True)
class Account:
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
    language: Callable[[], Language] = i18n.language,
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
