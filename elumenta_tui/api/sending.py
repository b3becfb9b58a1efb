"""Requests on their way, where httpx says too little: when the body leaves, and which connections are half open."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from elumenta_tui.api.body import NETWORK_ERRORS


@asynccontextmanager
async def closing_half_open(request: httpx.Request) -> AsyncGenerator[None, None]:
    """Close a connection that a proxy or TLS left half open. httpcore forgets about it."""
    begun: list[Any] = []

    async def note(event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("connect_tcp.complete"):
            begun.append(info["return_value"])

    request.extensions = {**request.extensions, "trace": note}
    try:
        yield
    except BaseException:
        for stream in begun:
            with suppress(*NETWORK_ERRORS):
                await stream.aclose()
        raise


class ObservedBody(httpx.ByteStream):
    """A request body that reports when it leaves."""

    def __init__(self, content: bytes, leave: Callable[[], None]) -> None:
        super().__init__(content)
        self._content, self._leave = content, leave

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._leave()
        yield self._content
