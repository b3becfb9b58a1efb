"""The decoder of server-sent events: how the bytes were cut makes no difference."""

from __future__ import annotations

from random import Random

from elumenta_tui.api.sse import SSEDecoder
from tests.fuzz import fuzz

_PIECES = (
    b"data: ", b"data:", b"data", b"event: ping", b"id: 1", b"retry: 3", b":", b"\n", b"\r", b"\r\n", b"\n\n",
    b"\xef\xbb\xbf", b"\xd0", b"\xbf", b"\xe2\x80\xa8", b"\x85", b"\x00", b"[DONE]", b'{"delta": "x"}', b" ", b"y",
)  # fmt: skip


@fuzz(rounds=200)
def sse_in_any_cut(random: Random) -> None:
    stream = b"".join(random.choices(_PIECES, k=random.randint(0, 60)))
    whole = SSEDecoder().feed(stream)
    decoder = SSEDecoder()
    pieces: list[object] = []
    start = 0
    while start < len(stream):
        end = start + random.randint(1, 7)
        pieces += decoder.feed(stream[start:end])
        start = end
    assert pieces == list(whole), stream
