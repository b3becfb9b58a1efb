"""Server-sent events by the WHATWG rules, however the bytes are cut."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.api.sse import SSEDecoder
from tests.service import VENDOR_STREAM
from tests.thorough import thorough


def decode(*chunks: bytes) -> list[str]:
    decoder = SSEDecoder()
    return [payload for chunk in chunks for payload in decoder.feed(chunk)]


def bytewise(stream: bytes) -> list[str]:
    return decode(*(stream[at : at + 1] for at in range(len(stream))))


# Payloads that are told apart by what the rules say, from the standard's examples and from HOSTILE
# conditions seen in the field.
CASES: dict[str, tuple[bytes, list[str]]] = {
    "standard: three messages": (
        b"data: This is the first message.\n\n"
        b"data: This is the second message, it\ndata: has two lines.\n\n"
        b"data: This is the third message.\n\n",
        [
            "This is the first message.",
            "This is the second message, it\nhas two lines.",
            "This is the third message.",
        ],
    ),
    "standard: event types": (
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        ["73857293", "2153", "113411"],
    ),
    "standard: stock ticker": (b"data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"]),
    "standard: comment, ids, one space kept": (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        ["first event", "second event", " third event"],
    ),
    # The first event has empty data, which is left out; the second is a lone newline; the third is
    # unfinished.
    "standard: data without a value": (b"data\n\ndata\ndata\n\ndata:", ["\n"]),
    "standard: space after the colon": (b"data:test\n\ndata: test\n\n", ["test", "test"]),
    "CR only": (b"data: a\rdata: b\r\rdata: c\r\r", ["a\nb", "c"]),
    "CRLF": (b"data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", ["a\nb", "c"]),
    "mixed line ends in one event": (b"data: a\rdata: b\ndata: c\r\n\r\n", ["a\nb\nc"]),
    "LF CR is two line ends": (b"data: a\n\rdata: b\n\n", ["a", "b"]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
    "a second byte order mark voids its line": (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", ["b"]),
    "a byte order mark later is no mark": (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", ["a"]),
    "half a byte order mark is a field name": (b"\xef\xbbdata: a\n\ndata: b\n\n", ["b"]),
    "comments everywhere": (b":\n: x\n:data: NO\ndata: a\n: y\ndata: b\n\n:\n\n", ["a\nb"]),
    "a long comment": (b":" + b"c" * 8192 + b"\ndata: a\n\n", ["a"]),
    "empty data": (b"data:\n\ndata: \n\ndata: a\n\n", ["a"]),
    "empty data lines among others": (b"data: a\ndata\ndata:\ndata: b\n\n", ["a\n\n\nb"]),
    "event without data": (b"event: ping\n\ndata: a\n\n", ["a"]),
    "id alone, then blank lines": (b"id: 1\n\n\n\ndata: a\n\n\n\n", ["a"]),
    "retry alone, also odd ones": ("retry: 3000\n\nretry: 1_000\n\nretry: ١٢\n\ndata: a\n\n".encode(), ["a"]),
    "id with NUL": (b"id: a\0b\ndata: a\n\n", ["a"]),
    "unfinished event": (b"data: a\n\ndata: b\n", ["a"]),
    "unfinished line": (b"data: a\n\ndata: b", ["a"]),
    "invalid UTF-8": (b"data: a\xff\xc3(b\n\n", ["a\ufffd\ufffd(b"]),
    "UTF-8 cut off by a line end": (b"data: a\xe2\x80\ndata: b\n\n", ["a\ufffd\nb"]),
    "separators that are no line ends": (
        "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei\n\n".encode(),
        ["a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei"],
    ),
    "fields that only look like data": (b"Data: x\n data: x\ndata : x\ndatum: x\ndata: a\n\n", ["a"]),
    "a field without a name": (b": \n:data\ndata: a\n\n", ["a"]),
    "colons in the value": (b"data: a: b\ndata::c\n\n", ["a: b\n:c"]),
    "a tab is no space": (b"data:\ta\n\n", ["\ta"]),
    "NUL in data": (b"data: a\0b\n\n", ["a\0b"]),
}


@thorough
@pytest.mark.parametrize("stream", CASES)
def test_the_rules_are_kept(stream: str) -> None:
    raw, payloads = CASES[stream]
    assert decode(raw) == payloads


@pytest.mark.parametrize("stream", CASES)
def test_the_rules_are_kept_byte_by_byte(stream: str) -> None:
    raw, payloads = CASES[stream]
    assert bytewise(raw) == payloads


def test_a_line_that_ends_in_cr_is_dispatched_at_once() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: [DONE]\r\r") == ["[DONE]"]


def test_an_lf_after_a_cr_of_the_read_before_is_swallowed() -> None:
    assert decode(b"data: a\r", b"\ndata: b\r", b"", b"\n\r", b"\n") == ["a\nb"]


def test_a_cr_at_the_end_and_an_lf_later_in_the_read_are_two_things() -> None:
    assert decode(b"data: a\r", b"data: b\n\n") == ["a\nb"]


def test_an_empty_read_changes_nothing() -> None:
    assert decode(b"", b"\xef", b"", b"\xbb\xbf", b"data: a\n", b"", b"\n") == ["a"]


def test_the_vendors_sample_is_read_but_for_its_unfinished_done() -> None:
    payloads = decode(VENDOR_STREAM)
    assert len(payloads) == 6
    assert payloads[1] == '{"type": "content_delta", "delta": "Here"}'
    assert decode(VENDOR_STREAM + b"\n")[-1] == "[DONE]"


def naive(stream: bytes) -> list[str]:
    """The rules again, as the standard words them: decode first, then go character by character."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    payloads, data = [], ""
    for line in text.split("\n")[:-1]:
        name, _, value = line.partition(":")
        if not line:
            if data.removesuffix("\n"):
                payloads.append(data.removesuffix("\n"))
            data = ""
        elif name == "data":
            data += value.removeprefix(" ") + "\n"
    return payloads


@thorough
@given(data=st.data())
def test_any_cut_and_any_line_ends_give_the_same_payloads(data: st.DataObject) -> None:
    lines = data.draw(
        st.lists(
            st.sampled_from(
                [
                    "",
                    "",
                    "data: a",
                    "data:б",
                    "data",
                    "data:  👩‍👩‍👧",
                    ": x",
                    "id: 1",
                    "data: \u2028\x85",
                    "event: e",
                ]
            )
        )
    )
    ends = data.draw(
        st.lists(st.sampled_from(["\n", "\r", "\r\n"]), min_size=len(lines), max_size=len(lines))
    )
    # CR and LF of two empty lines next to each other would be one line end, so such a pair is not drawn.
    for at in range(1, len(lines)):
        if not lines[at] and ends[at - 1] == "\r" and ends[at] == "\n":
            ends[at] = "\r"
    bom = data.draw(st.sampled_from(["", "\ufeff"]))
    plain = "".join(f"{line}\n" for line in lines)
    stream = (bom + "".join(map("".join, zip(lines, ends, strict=True)))).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert decode(*chunks) == decode(plain.encode()) == naive(stream)


@given(
    stream=st.lists(
        st.sampled_from([b"data", b":", b" ", b"\r", b"\n", b"x", b"\xef\xbb\xbf", b"\xd0", b"\xbf"])
    ),
    size=st.integers(1, 5),
)
def test_any_bytes_are_read_as_the_standard_words_it(stream: list[bytes], size: int) -> None:
    raw = b"".join(stream)
    assert decode(*(raw[at : at + size] for at in range(0, len(raw), size))) == naive(raw)


def seconds(stream: bytes, size: int) -> float:
    start = time.perf_counter()
    assert decode(*(stream[at : at + size] for at in range(0, len(stream), size)))
    return time.perf_counter() - start


@thorough
def test_a_line_of_10_mb_in_small_pieces_takes_linear_time() -> None:
    assert seconds(b"data: " + b"x" * 10_000_000 + b"\n\n", 64) < 2


@thorough
def test_a_hundred_thousand_events_take_well_below_a_second() -> None:
    assert seconds(b'data: {"type": "content_delta", "delta": "x"}\n\n' * 100_000, 65536) < 0.6


def test_an_endless_comment_is_not_kept() -> None:
    decoder = SSEDecoder()
    for _ in range(1000):
        decoder.feed(b":" + b"x" * 10_000)
    assert len(decoder._line) < 20_000
    assert decoder.feed(b"\ndata: a\n\n") == ["a"]
