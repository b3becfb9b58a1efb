"""What comes over the wire: no piece of an answer is lost, none that is not the service's becomes text, and none does harm."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.breakages import breakage, cases, tests, wrap

# ------------------------------------------------------------------------------------------------------ bytes of a stream


def _fed(patch: pytest.MonkeyPatch, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes before the decoder gets them."""
    from elumenta_tui.api.sse import SSEDecoder

    wrap(patch, SSEDecoder, "feed", lambda feed: lambda decoder, data: feed(decoder, change(data)))


def _decoded(patch: pytest.MonkeyPatch, change: Callable[[str], str]) -> None:
    """Change the payloads that the decoder gives."""
    from elumenta_tui.api.sse import SSEDecoder

    wrap(
        patch,
        SSEDecoder,
        "feed",
        lambda feed: lambda decoder, data: [change(payload) for payload in feed(decoder, data)],
    )


@breakage(*cases("crlf", "cr", "crlf-split"))
def takes_only_lf_for_the_end_of_a_line(patch: pytest.MonkeyPatch) -> None:
    _fed(patch, lambda data: data.replace(b"\r", b" "))


@breakage(*cases("unicode-seps"))
def takes_u2028_for_the_end_of_a_line(patch: pytest.MonkeyPatch) -> None:
    _fed(patch, lambda data: data.replace(b"\xe2\x80\xa8", b"\n"))


@breakage(*cases("no-space"))
def wants_a_blank_after_the_colon(patch: pytest.MonkeyPatch) -> None:
    _fed(patch, lambda data: re.sub(rb"data:(?! )", b"field:", data))


@breakage(*cases("comments"))
def reads_comments_that_look_like_data(patch: pytest.MonkeyPatch) -> None:
    _fed(patch, lambda data: re.sub(rb"(?m)^: ?data:", b"data:", data))


@breakage(*cases("utf8-split"))
def reads_the_bytes_as_latin_1(patch: pytest.MonkeyPatch) -> None:
    _decoded(patch, lambda payload: payload.encode().decode("latin-1"))


@breakage(*cases("multiline-data"))
def knows_one_line_of_data_per_event(patch: pytest.MonkeyPatch) -> None:
    _decoded(patch, lambda payload: payload.rpartition("\n")[2])


@breakage(*cases("utf8-split", "byte-chunks"))
def forgets_the_beginning_of_a_line_that_comes_in_pieces(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api.sse import SSEDecoder

    def make(feed):
        def forget(decoder, data):
            payloads = feed(decoder, data)
            decoder._line.clear()
            return payloads

        return forget

    wrap(patch, SSEDecoder, "feed", make)


@breakage(*tests("api/test_client", "an_event_without_an_end_is_given_up_before_it_fills_the_memory"))
def keeps_an_event_that_has_no_end(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import sse

    patch.setattr(sse, "LONGEST_EVENT", 1 << 60)


# ------------------------------------------------------------------------------------------------------- what an event says


@breakage(*cases("err-first", "err-mid"))
def does_not_know_error_events(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import events

    patch.delitem(events.EVENTS, "error")


@breakage(*cases("types-unknown", "reasoning"))
def takes_unknown_events_for_text(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api.events import Unknown

    patch.setattr(Unknown, "apply", lambda event, answer: answer.add(event.raw))


@breakage(*cases("delta-odd"))
def puts_whatever_a_delta_holds_into_the_answer(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api.events import ContentDelta

    patch.setattr(ContentDelta, "from_json", classmethod(lambda kind, data: kind(str(data.get("delta")))))


@breakage(
    *cases("bad-json-mid"),
    *tests("chat/test_chat", "unreadable_events_are_counted_and_the_text_around_them_is_kept"),
)
def says_nothing_of_what_it_could_not_read(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.turn import Answer

    patch.setattr(Answer, "skip", lambda answer: None)


@breakage(*cases("eof-clean", "eof-close", "rst-mid", "fin-in-chunk", "stall-forever", "err-mid"))
def forgets_the_text_of_an_answer_that_broke(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.turn import Answer, AnswerState

    def make(fail):
        def forget(answer, failure):
            fail(answer, failure)
            answer.state = AnswerState.FAILED

        return forget

    wrap(patch, Answer, "fail", make)


@breakage(*tests("chat/test_chat", "a_final_state_absorbs_whatever_comes_later"))
def lets_what_comes_after_the_end_change_it(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.chat.turn import AnswerState

    for state in AnswerState:
        patch.setattr(state, "final", False)


# ---------------------------------------------------------------------------------------------- how an answer ends and stops


def _end_well(patch: pytest.MonkeyPatch, error: str) -> None:
    """Take that error for the end of a whole answer."""
    from elumenta_tui.api import errors
    from elumenta_tui.api.event_stream import EventStream
    from elumenta_tui.api.events import GenerationEnded

    kind: type[Exception] = getattr(errors, error)

    def make(read):
        async def read_on(stream: EventStream, *given: Any) -> Any:
            try:
                async for events in read(stream, *given):
                    yield events
            except kind:
                yield [GenerationEnded("", None, None)]

        return read_on

    wrap(patch, EventStream, "events", make)


@breakage(*cases("eof-clean", "eof-close"))
def takes_the_end_of_the_body_for_the_end_of_the_answer(patch: pytest.MonkeyPatch) -> None:
    _end_well(patch, "StreamCut")


@breakage(*cases("rst-mid", "fin-in-chunk"))
def takes_a_reset_for_the_end_of_the_answer(patch: pytest.MonkeyPatch) -> None:
    _end_well(patch, "ConnectionLost")


@breakage(*cases("stall-forever"))
def waits_for_text_for_ever(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api.body import BodyReader

    async def wait(reader: BodyReader) -> None:
        reader._changed.clear()
        await reader._changed.wait()

    patch.setattr(BodyReader, "_wait", wait)


@breakage(*tests("tui/test_cases", "the_limit_counts_text_and_not_signs_of_life"))
def takes_signs_of_life_for_text(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api.body import BodyReader

    def make(wait):
        async def as_before(reader):
            before = reader.seconds_left
            await wait(reader)
            reader.seconds_left = before

        return as_before

    wrap(patch, BodyReader, "_wait", make)


@breakage(*tests("api/test_client", "time_in_which_the_process_was_stopped_is_not_counted"))
def throws_away_an_answer_that_came_while_the_process_was_stopped(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import time_limit

    patch.setattr(time_limit, "LATE", 1e9)


@breakage(*tests("api/test_client", "leaving_early_closes_the_connection_at_once"))
def leaves_the_connection_open_after_a_stop(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api.body import BodyReader

    async def stay(reader: BodyReader, *error: Any) -> None:
        pass

    patch.setattr(BodyReader, "__aexit__", stay)


@breakage(*tests("tui/test_cases", "an_error_body_without_an_end_is_not_waited_for"))
def waits_for_error_bodies_that_never_end(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import client

    patch.setattr(client, "_ERROR_BYTES", 1 << 40)
    patch.setattr(client, "_ERROR_SECONDS", 1e6)


@breakage(*tests("tui/test_cases", "drip_words_appear_while_they_come"))
def hands_text_over_late(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api import body

    patch.setattr(body, "_READ_INTERVAL", 30.0)
    patch.setattr(body, "_arrivals", lambda connection: None)


# ------------------------------------------------------------------------------------------------------ strangers' text, keys


@breakage(*cases("osc52", "esc-split", "c1", "bidi"))
def lets_the_text_of_strangers_through_as_it_is(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.text.sanitize import Sanitizer

    patch.setattr(Sanitizer, "feed", lambda sanitizer, text: text)


@breakage(*tests("api/test_client", "a_character_cut_over_two_deltas_is_whole_however_the_answer_ends"))
def judges_every_delta_by_itself(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.text import sanitize

    def make(feed):
        def alone(sanitizer, text):
            made = feed(sanitizer, text)
            return made + sanitizer.close()

        return alone

    wrap(patch, sanitize.Sanitizer, "feed", make)


@breakage(*tests("config/test_key", "a_key_is_hidden_however_an_answer_is_cut"))
def looks_for_the_key_in_every_delta_by_itself(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.text.redact import Redactor

    wrap(patch, Redactor, "feed", lambda feed: lambda redactor, piece: feed(redactor, piece) + redactor.end())


@breakage(*tests("config/test_key", "a_key_is_hidden_in_every_field_of_every_event"))
def looks_for_the_key_in_deltas_only(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.text.redact import Secret

    patch.setattr(Secret, "redact_json", lambda secret, value: value)


@breakage(*tests("config/test_key", "a_key_in_a_header_is_hidden_however_it_is_written"))
def quotes_headers_as_they_are(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.api.errors import ApiError

    patch.setattr(ApiError, "redact", lambda error, redact: None)


@breakage(*tests("cli/test_export", "only_what_would_come_alive_is_escaped_and_code_can_be_copied"))
def exports_live_html(patch: pytest.MonkeyPatch) -> None:
    from elumenta_tui.transfer import quoting

    patch.setattr(quoting, "_LIVE", re.compile(r"(?!)"))
