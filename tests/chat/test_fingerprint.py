"""The hash by which a request is known again: equal only if the same would be sent."""

from __future__ import annotations

from itertools import combinations

from elumenta_tui.chat.message import Image, Message, Part, Text
from elumenta_tui.chat.request import Options, Request
from elumenta_tui.chat.spending import fingerprint


def request(*parts: Part, model: str = "gpt-5", options: Options | None = None) -> Request:
    return Request.of(model, [Message("user", parts)], options)


def test_requests_that_differ_in_anything_that_is_sent_have_different_hashes() -> None:
    different = [
        request(Text("ab"), Text("c")),
        request(Text("a"), Text("bc")),
        request(Text("abc")),
        request(Text("abc"), model="gpt-5.2"),
        request(Text("abc"), options=Options(temperature=0.2)),
        request(Text("abc"), Image("image/png", b"1")),
        request(Text("abc"), Image("image/png", b"2")),
        request(Text("abc"), Image("image/png", b"1"), Image("image/png", b"2")),
        request(Text("abc\ud800")),
        Request.of("gpt-5", [Message.of("user", "ab"), Message.of("user", "c")]),
        Request.of("gpt-5", [Message.of("assistant", "abc")]),
    ]
    for one, other in combinations(different, 2):
        assert fingerprint(one) != fingerprint(other), (one, other)


def test_the_same_request_has_the_same_hash() -> None:
    assert fingerprint(request(Text("a"), Image("image/png", b"1"))) == fingerprint(
        request(Text("a"), Image("image/png", b"1"))
    )
