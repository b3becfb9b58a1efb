"""Secrets in a text are found where they stand, words are not taken for them, and no text makes the search slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elumenta_tui.text.secrets import MOST, FoundSecret, SecretKind, find_secrets

# Put together here, so that no scanner takes this file for a leak.
MIXED = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4gH6jK8mN0pQ2sT4"
TOKENS = {
    "nb_" + MIXED: SecretKind.ELUMENTA,
    "sk-" + MIXED: SecretKind.OPENAI,
    "sk-proj-" + MIXED + "_-" + MIXED: SecretKind.OPENAI,
    "sk-or-v1-" + MIXED: SecretKind.OPENAI,
    "sk-ant-api03-" + MIXED: SecretKind.ANTHROPIC,
    "ghp_" + MIXED[:36]: SecretKind.GITHUB,
    "github_pat_" + MIXED + "_" + MIXED[:30]: SecretKind.GITHUB,
    "glpat-" + MIXED[:20]: SecretKind.GITLAB,
    "AKIA" + "IOSFODNN7EXAMPL2": SecretKind.AWS,
    "AIza" + MIXED[:35]: SecretKind.GOOGLE,
    "ya29." + MIXED: SecretKind.GOOGLE,
    "y0_" + MIXED + MIXED[:10]: SecretKind.YANDEX,
    "AQVN" + MIXED[:36]: SecretKind.YANDEX,
    "xoxb-" + "123456789012-" + MIXED[:24]: SecretKind.SLACK,
    "123456789:AA" + MIXED[:33]: SecretKind.TELEGRAM,
    "sk_live_" + MIXED[:24]: SecretKind.STRIPE,
    "hf_" + MIXED[:34]: SecretKind.HUGGING_FACE,
    "pypi-AgE" + MIXED + MIXED: SecretKind.PYPI,
    "npm_" + MIXED[:36]: SecretKind.NPM,
    "eyJ" + MIXED + ".eyJ" + MIXED + "." + MIXED: SecretKind.JWT,
}


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "around", ["{}", "key={}\n", 'A = "{}"', "ключ {}, и дальше", "https://x/?k={}&z", "({})"]
)
def test_a_token_is_found_in_its_whole_length(token: str, around: str) -> None:
    start = around.index("{")
    assert find_secrets(around.format(token)) == [FoundSecret(start, start + len(token), TOKENS[token])]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk-fading-circle-container-wrapper-element",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx1",
        "nb_your_key_goes_right_here",
        "disk-" + MIXED,
        "task_sk-" + MIXED,
        "AKIA" + "IOSFODNN7EXAMPL2" + "Q",
        "hf_hub_download_of_a_file_from_the_repository_1",
        "The key begins with nb_ or sk- and so on.",
        "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
        MIXED,
    ],
)
def test_words_and_placeholders_are_no_secrets(text: str) -> None:
    assert find_secrets(text) == []


@pytest.mark.parametrize("name", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_a_private_key_is_found_from_its_first_line_to_its_last(name: str) -> None:
    block = f"-----BEGIN {name}PRIVATE KEY-----\n{MIXED}\n-----END {name}PRIVATE KEY-----"
    assert find_secrets(f"my key:\n{block}\nthat was it") == [
        FoundSecret(8, 8 + len(block), SecretKind.PRIVATE_KEY)
    ]


def test_a_private_key_without_an_end_is_its_first_line() -> None:
    begin = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
    assert find_secrets(f"{begin}\n{MIXED}") == [FoundSecret(0, len(begin), SecretKind.PRIVATE_KEY)]


def test_several_secrets_come_in_order_and_one_inside_another_counts_once() -> None:
    inner = "sk-" + MIXED
    block = f"-----BEGIN PRIVATE KEY-----\n{inner}\n-----END PRIVATE KEY-----"
    text = f"{inner}\n{block}\n{inner}"
    assert [place.kind for place in find_secrets(text)] == [
        SecretKind.OPENAI, SecretKind.PRIVATE_KEY, SecretKind.OPENAI,
    ]  # fmt: skip


def test_the_users_own_key_is_found_wherever_it_stands() -> None:
    key = "own-key-without-a-form"
    text = f"a{key}b{key}"
    assert find_secrets(text, key) == [
        FoundSecret(1, 1 + len(key), SecretKind.ELUMENTA),
        FoundSecret(2 + len(key), 2 + 2 * len(key), SecretKind.ELUMENTA),
    ]
    assert find_secrets("abc", "abc") == []


def test_their_number_has_a_bound() -> None:
    assert len(find_secrets(f"sk-{MIXED} " * 1000)) == MOST


@pytest.mark.parametrize(
    "piece",
    ["sk-", "sk-a", "nb_", "nb_-", "eyJ", "eyJaaaaaaaaaa.", "eyJaaaaaaaaaa.eyJaaaaaaaaaa.", "a", "-", "gh", "1",
     "123456789:AA", "t1.", "t1.aaaaaaaaaaaaaaaaaaaaaaaa", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----",
     "-----BEGIN A A A ", "-----BEGIN ", " sk-" + "a" * 250, " eyJ" + "a" * 4000, "AKIA", "sk_live_"],
)  # fmt: skip
def test_no_text_makes_the_search_slow(piece: str) -> None:
    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        best = 9.0
        for _ in range(3):
            begun = time.process_time()
            find_secrets(text)
            best = min(best, time.process_time() - begun)
        return best

    assert seconds(200_000) < max(0.25, 4 * 2.5 * seconds(50_000))


@given(st.text(alphabet="sk-nb_eyJ.AIza09B \nPRIVATEKY", max_size=300))
def test_places_are_inside_the_text_in_order_and_apart(text: str) -> None:
    end = 0
    for place in find_secrets(text, "nb_eyJ"):
        assert end <= place.start < place.end <= len(text)
        end = place.end
