"""A small async client of the Elumenta API, usable without the app.

```python
from contextlib import aclosing
from elumenta_tui.api import ApiError, ElumentaClient
from elumenta_tui.api.events import ContentDelta
from elumenta_tui.chat.request import Request

async with ElumentaClient("nb_…") as client:
    print(await client.balance())
    try:
        async with aclosing(client.stream(Request.of("gpt-5", "Count to 4"))) as reads:
            async for events in reads:
                for event in events:
                    if isinstance(event, ContentDelta):
                        print(event.text, end="", flush=True)
    except ApiError as error:
        print(error, error.billing)
```

`elumenta_tui.chat` has the values that are returned (Balance, Model, User, HistoryEntry, RateLimits),
`elumenta_tui.api.events`
the events of a stream, and `elumenta_tui.api.errors` the tree of errors. The client raises nothing else, except for
cancellation.

Names are imported on first access: neither httpx nor the errors may cost anything at the start of the app.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from elumenta_tui.api.client import ElumentaClient
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
    from elumenta_tui.api.key import checked_key
    from elumenta_tui.text.redact import redact_key

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
    "redact_key",
]


_MODULES = {
    "ElumentaClient": "elumenta_tui.api.client",
    "checked_key": "elumenta_tui.api.key",
    "redact_key": "elumenta_tui.text.redact",
}
"""Modules of the names; all other names are errors."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "elumenta_tui.api.errors")), name)
