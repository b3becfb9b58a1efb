"""The API key: what is taken for one, and how it stays out of sight."""

from __future__ import annotations

import base64

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from elumenta_tui.api import ApiError, ElumentaClient
from elumenta_tui.api.errors import error_from_response
from elumenta_tui.api.events import MESSAGE_LIMIT
from elumenta_tui.api.key import checked_key
from elumenta_tui.chat.request import Request
from elumenta_tui.text.key import MASK, KeyProblem, key_problem, tidy_key
from elumenta_tui.text.redact import Redactor, redact_key, secret
from tests.fuzz.redaction import Body, shows_key
from tests.service import KEY
from tests.thorough import thorough


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "{}\n",
        "{}\r\n",
        "\ufeff{}",
        "  {}\t",
        "'{}'",
        '"{}"\n',
        "«{}»",
        "“{}”,",
        "Bearer {}",
        "Authorization: Bearer {}",
        "ELUMENTA_API_KEY={}",
        'export ELUMENTA_API_KEY="{}"',
        'api_key = "{}"\n',
        "\u200b{}\u00a0",
    ],
)
def test_what_copying_brings_along_is_taken_off_a_key(around: str) -> None:
    assert tidy_key(around.format(KEY)) == checked_key(around.format(KEY)) == KEY


def test_a_key_that_a_narrow_window_broke_is_joined() -> None:
    assert tidy_key(f"{KEY[:20]}\r\n  {KEY[20:40]}\n{KEY[40:]}\n") == KEY


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (KEY, None),
        ("", KeyProblem("empty")),
        ("sk-0123456789012345678901234567", KeyProblem("prefix")),
        ("nb_short", KeyProblem("short")),
        ("nb_" + "x" * 500, KeyProblem("long")),
        ("nb_live_0123456789сabcdefgh", KeyProblem("cyrillic", 19, "с")),
        ("ти_дшму_0123456789abcdefgh", KeyProblem("cyrillic", 1, "т")),
        ("nb_live_0123456789 abcdefgh", KeyProblem("characters", 19, " ")),
        (tidy_key(f"{KEY}\n{KEY}"), KeyProblem("characters", len(KEY) + 1, "\n")),
        ("nb_live_0123456789…abcdefgh", KeyProblem("characters", 19, "…")),
    ],
)
def test_a_wrong_key_is_told_what_is_wrong_with_it(key: str, problem: KeyProblem | None) -> None:
    assert key_problem(key) == problem


@given(st.text())
@example("0,\x1f")
@example("'nb_x'\n'nb_y'")
def test_tidying_twice_changes_nothing(text: str) -> None:
    assert tidy_key(tidy_key(text)) == tidy_key(text)


@given(
    st.lists(
        st.one_of(st.just(KEY), st.sampled_from(["n", "nb", "nb_", "nb_live_0", KEY[:-1]]), st.text("nb_x "))
    ),
    st.lists(st.integers(1, 7), min_size=1),
)
def test_a_key_is_hidden_however_an_answer_is_cut(texts: list[str], sizes: list[int]) -> None:
    text = "".join(texts)
    pieces: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    redactor = Redactor(KEY)
    assert "".join([*map(redactor.feed, pieces), redactor.end()]) == text.replace(KEY, MASK)


def test_what_was_held_back_for_nothing_comes_with_the_next_piece() -> None:
    redactor = Redactor(KEY)
    assert redactor.feed("a nb_live_0") == "a "
    assert redactor.feed(" b") == "nb_live_0 b"
    assert redactor.feed("nb_") == ""
    assert redactor.end() == "nb_"


def test_without_a_key_there_is_nothing_to_hide() -> None:
    assert Redactor("").feed("nb_live") == "nb_live"


def test_texts_are_masked_with_or_without_the_key_in_hand() -> None:
    assert redact_key(f"no {KEY}!") == redact_key(f"no {KEY}!", KEY) == f"no {MASK}!"
    assert redact_key("other-secret-key", "other-secret-key") == MASK


@thorough
@pytest.mark.parametrize(
    "spelled",
    [
        "\u27e6ZWSP\u27e7".join(KEY),
        KEY.replace("_", "\\u005f"),
        KEY.replace("_", "%5F").replace("a", "%2561"),
        "".join(f"&#{ord(letter)};" for letter in KEY),
        f"{KEY[:20]}\n  {KEY[20:]}",
        KEY.encode().hex(),
        *(base64.b64encode(b"xyz"[:shift] + KEY.encode() + b"z").decode() for shift in range(3)),
    ],
)
def test_a_key_in_another_spelling_is_hidden_however_it_is_cut(spelled: str) -> None:
    for size in (1, 2, 7, 1000):
        redactor = Redactor(KEY)
        pieces = [spelled[at : at + size] for at in range(0, len(spelled), size)]
        shown = "".join([*map(redactor.feed, pieces), redactor.end()])
        # The first letters of every key may have been shown before the others came.
        assert "…" in shown
        assert len(shown) < 30


def test_a_message_is_searched_before_it_is_cut() -> None:
    # The first cut would leave all but the last letter of the key.
    said = f"{'x' * (MESSAGE_LIMIT - len(KEY))}{KEY}"
    error = error_from_response(400, said.encode(), redact=secret(KEY).redact_json)
    assert KEY[:10] not in error.message


ESCAPED = KEY.replace("_", "\\u005f")
"""As JSON may write it."""


@pytest.mark.parametrize(
    "payload",
    [
        f'{{"type": "generation_start", "id": "{ESCAPED}", "model": "gpt-5"}}',
        f'{{"type": "generation_start", "id": 1, "model": "{ESCAPED}"}}',
        f'{{"type": "generation_end", "id": "{ESCAPED}"}}',
        f'{{"type": "error", "message": "{ESCAPED}"}}',
        f'{{"type": "error", "message": "{KEY[:9]}\\u00ad{KEY[9:]}"}}',
        f'{{"type": "{ESCAPED}"}}',
        f'{{"type": "content_delta", "delta": ["{ESCAPED}"]}}',
        f"no JSON, but {ESCAPED}",
        f'{{"type": "content_delta", "delta": "{ESCAPED}"}}',
    ],
)
async def test_a_key_is_hidden_in_every_field_of_every_event(payload: str) -> None:
    told = await told_by(httpx.Response(200, stream=Body(f"data: {payload}\n\ndata: [DONE]\n\n".encode())))
    assert not shows_key(told, KEY)


@pytest.mark.parametrize("header", ["Location", "Content-Encoding"])
async def test_a_key_in_a_header_is_hidden_however_it_is_written(header: str) -> None:
    spelled = f"https://x.example/{KEY[:9]}\u00ad{KEY[9:]}".lower()
    status = 307 if header == "Location" else 200
    told = await told_by(
        httpx.Response(status, headers=[(header.encode(), spelled.encode())], stream=Body(b"x")), spelled[18:]
    )
    assert "x.example" in told
    assert not shows_key(told, KEY.lower())


async def told_by(response: httpx.Response, key: str = KEY) -> str:
    """All that the client lets out of a response to a prompt."""
    told: list[object] = []
    transport = httpx.MockTransport(lambda request: response)
    key = key.replace("\u00ad", "")
    async with ElumentaClient(key, "http://127.0.0.1", transport=transport) as client:
        try:
            async for events in client.stream(Request.of("gpt-5", "hi")):
                told += events
        except ApiError as error:
            told += [error, error.args, error.failure()]
    return repr(told)
