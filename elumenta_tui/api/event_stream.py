"""The events of a streamed answer: decoded, sanitized, redacted, and to the end of the answer only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import httpx

from elumenta_tui.api.body import BodyReader
from elumenta_tui.api.errors import ApiError, NotAnAnswer, StreamCut
from elumenta_tui.api.events import (
    ContentDelta,
    GenerationEnded,
    GenerationFailed,
    StreamDone,
    StreamEvent,
    parse,
)
from elumenta_tui.api.sse import SSEDecoder
from elumenta_tui.text.redact import Redactor, Secret
from elumenta_tui.text.sanitize import Sanitizer

LARGE = 100_000
"""Bytes of JSON beyond which it is parsed in a thread, so that the loop stays responsive."""
_LINGER_SECONDS = 1.0
"""Seconds to wait for `[DONE]` after `generation_end`, which has said everything."""


class EventStream:
    """Reads events.

    Args:
        secret: What is redacted in answers: the key itself.
        redact: Redacts a message of the service.
        idle_timeout: Seconds without new text before the answer has stalled.
    """

    def __init__(self, secret: Secret, redact: Callable[[str], str], idle_timeout: float) -> None:
        self._secret = secret
        self._redact = redact
        self._idle = idle_timeout

    async def events(
        self, reader: BodyReader, data: bytes, response: httpx.Response
    ) -> AsyncGenerator[list[StreamEvent], None]:
        """Yield the events of an answer whose body begins with `data`. Raises what `ElumentaClient.stream` raises."""
        decoder = SSEDecoder()
        sanitizer, redactor = Sanitizer(), Redactor(self._secret)
        anything = ended = False
        while data:
            events: list[StreamEvent] = []
            over = False
            for payload in decoder.feed(data):
                if len(payload) <= LARGE:
                    event = self._parse(payload, sanitizer)
                else:
                    event = await asyncio.to_thread(self._parse, payload, sanitizer)
                if isinstance(event, StreamDone):
                    over = True
                elif ended:
                    continue
                elif isinstance(event, ContentDelta):
                    if event.text:
                        reader.seconds_left = self._idle
                        reader.may_collect = True
                        event = ContentDelta(redactor.feed(event.text))
                elif isinstance(event, GenerationEnded):
                    ended = True
                    reader.seconds_left = _LINGER_SECONDS
                elif isinstance(event, GenerationFailed):
                    over = True
                if event.ends_text:
                    events += _held_back(sanitizer, redactor)
                events.append(event)
                if over:
                    break
            if decoder.is_too_long and not over:
                events += _held_back(sanitizer, redactor)
            if events:
                anything = True
                yield events
            over = over or (ended and decoder.is_too_long)
            if over:
                return
            if decoder.is_too_long:
                raise StreamCut("one event is too long to be a part of an answer")
            try:
                data = await reader.next_bytes()
            except ApiError:
                if ended:
                    return
                if rest := _held_back(sanitizer, redactor):
                    yield rest
                raise
        if not ended:
            if rest := _held_back(sanitizer, redactor):
                yield rest
            if not anything and "event-stream" not in response.headers.get("Content-Type", "").lower():
                raise NotAnAnswer(status=response.status_code)
            raise StreamCut

    def _parse(self, payload: str, sanitizer: Sanitizer) -> StreamEvent:
        event = parse(payload, sanitizer, self._secret.redact_json)
        if isinstance(event, GenerationFailed):
            return GenerationFailed(self._redact(event.message), event.billing)
        return event


def _held_back(sanitizer: Sanitizer, redactor: Redactor) -> list[StreamEvent]:
    """Return events for what was held back of the last deltas; nearly always none."""
    rest = redactor.feed(sanitizer.close()) + redactor.end()
    return [ContentDelta(rest)] if rest else []
