"""Attachments as values: the model that sees images, and what an image counts."""

from __future__ import annotations

from elumenta_tui.chat.attachment import image_attachment
from elumenta_tui.chat.context import UNKNOWN_IMAGE, image_tokens, message_tokens
from elumenta_tui.chat.models import DOCUMENTED_MODELS, find_model, nearest_with_vision
from elumenta_tui.chat.turn import Turn


def test_the_next_price_is_the_same_or_the_next_higher_or_else_the_next_lower() -> None:
    for slug, other in {
        "gpt-5-nano": "gpt-5",
        "gpt-5": "gpt-5",
        "gpt-5.2": "claude-sonnet-4.5",
        "claude-opus-4.5": "claude-sonnet-4.5",
        "unlisted": "gpt-5",
    }.items():
        found = nearest_with_vision(DOCUMENTED_MODELS, find_model(DOCUMENTED_MODELS, slug))
        assert found is not None
        assert found.slug == other
    assert nearest_with_vision((), DOCUMENTED_MODELS[0]) is None


def test_images_count_by_their_pixels_scaled_down() -> None:
    assert image_tokens(750, 100) == 100
    assert image_tokens(15_680, 1_568) == 328
    assert image_tokens(0, 5) == UNKNOWN_IMAGE
    image = image_attachment("a.png", b"x", "image/png", width=750, height=100)
    assert message_tokens(Turn("word", attachments=(image,)).message) == 101
