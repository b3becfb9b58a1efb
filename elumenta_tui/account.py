"""How the app reaches the service: with a key over the network, or the embedded demo.

Everything heavy (httpx, the demo's texts) is imported when the account is opened, after the first frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from elumenta_tui.api.client import ElumentaClient
    from elumenta_tui.words import Language

DEMO_KEY = "nb_demo_account_that_is_no_secret_at_all_0000000"


@dataclass(frozen=True, slots=True)
class Account:
    """An account that can be opened. `open` may raise an ApiError that says why it can't."""

    open: Callable[[], ElumentaClient]
    demo: bool = False


def real_account(api_key: str, base_url: str, *, idle_timeout: float = 120.0) -> Account:
    """The service itself, with the user's key."""

    def connect() -> ElumentaClient:
        from elumenta_tui.api.client import ElumentaClient

        return ElumentaClient(api_key, base_url, idle_timeout=idle_timeout)

    return Account(connect)


def demo_account(
    transport: Callable[[], httpx.AsyncBaseTransport] | None = None, *, language: Language = "en"
) -> Account:
    """The embedded demo: no network, no key, no cost.

    `language` is of its answers until a prompt shows one; `transport` stands in for its own (tests, screenshots).
    """

    def connect() -> ElumentaClient:
        from elumenta_tui.api.client import ElumentaClient
        from elumenta_tui.demo import DemoTransport

        return ElumentaClient(
            DEMO_KEY, transport=transport() if transport else DemoTransport(language=language)
        )

    return Account(connect, demo=True)
