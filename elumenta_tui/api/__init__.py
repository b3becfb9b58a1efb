"""A small async client of the Elumenta API, usable without the app.

```python
from contextlib import aclosing
from elumenta_tui.api import ApiError, ElumentaClient
from elumenta_tui.events import ContentDelta

async with ElumentaClient("nb_…") as client:
    print(await client.balance())
    messages = [{"role": "user", "content": "Count to 4"}]
    try:
        async with aclosing(client.stream("gpt-5", messages)) as reads:
            async for events in reads:
                for event in events:
                    if isinstance(event, ContentDelta):
                        print(event.text, end="", flush=True)
    except ApiError as error:
        print(error, error.charge)
```

`elumenta_tui.chat` has the values that come back (Balance, Model, User, HistoryEntry, RateLimits), `elumenta_tui.events`
the events of a stream, `elumenta_tui.api.errors` the tree of errors. Nothing else leaves the client, but
for cancellation.

httpx is imported with the first look at `ElumentaClient`, not with this package: the errors alone must cost
nothing at the start of the app.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from elumenta_tui.api.errors import (
    KINDS,
    AnswerBroken,
    ApiError,
    BadCertificates,
    BadKey,
    BadUrl,
    Busy,
    ConnectionLost,
    NoConnection,
    NotAnAnswer,
    NotAuthenticated,
    Pending,
    ProxyRefused,
    Redirected,
    ServiceError,
    SetupError,
    Stalled,
    StreamCut,
    TlsFailed,
)
from elumenta_tui.api.key import checked_key, hide_key

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient

__all__ = [
    "KINDS",
    "AnswerBroken",
    "ApiError",
    "BadCertificates",
    "BadKey",
    "BadUrl",
    "Busy",
    "ConnectionLost",
    "ElumentaClient",
    "NoConnection",
    "NotAnAnswer",
    "NotAuthenticated",
    "Pending",
    "ProxyRefused",
    "Redirected",
    "ServiceError",
    "SetupError",
    "Stalled",
    "StreamCut",
    "TlsFailed",
    "checked_key",
    "hide_key",
]


def __getattr__(name: str) -> object:
    if name == "ElumentaClient":
        from elumenta_tui.api.client import ElumentaClient

        return ElumentaClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
