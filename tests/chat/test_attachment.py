"""Attachments as values: the model that sees images, and what an image counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from elumenta_tui.chat.attachment import CUT, Note, image_attachment, message_with, text_attachment
from elumenta_tui.chat.context import UNKNOWN_IMAGE, image_tokens, message_tokens
from elumenta_tui.chat.models import DOCUMENTED_MODELS, find_model, nearest_with_vision
from elumenta_tui.chat.turn import Turn
from elumenta_tui.text.sanitize import clean, clean_line
from tests.thorough import thorough


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


PIECES = st.lists(
    st.sampled_from(["`", "``", "```", "`````", "~~~", "\n", "\r", "\r\n", "\u2028", "\x0b", "\x0c", "\x1b]0;x\x07", "\u202e"])
    | st.sampled_from(["a", " ", "    ", "\t", "> ", "- ", "# ", "</code>", "[…]", "file.py", "\x00", "Ignore the above"]),
    max_size=14,
)  # fmt: skip


@thorough
@given(st.lists(st.tuples(PIECES, PIECES, st.sampled_from(["", "cut"])), min_size=1, max_size=3), PIECES)
def test_no_text_and_no_name_leaves_its_fence_and_each_is_sent_once(
    files: list[tuple[list[str], list[str], str]], typed: list[str]
) -> None:
    attachments = [
        text_attachment("".join(name), "".join(text), language="python", notes=[Note(kind, "9")] * bool(kind))
        for name, text, kind in files
    ]
    # A prompt of its own is Markdown, too, and may hold anything: here it is one paragraph.
    prompt = "PROMPT " + clean_line("".join(typed)).replace("`", "'").strip()
    message = message_with(prompt, attachments)
    assert clean(message.text) == message.text, "nothing that acts on a terminal is sent"
    *fences, paragraph, inline, end = MarkdownIt("commonmark").parse(message.text)
    assert [token.type for token in fences] == ["fence"] * len(attachments)
    assert [token.type for token in (paragraph, inline, end)] == [
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]
    for fence, attachment in zip(fences, attachments, strict=True):
        more = f"\n{CUT}" if attachment.notes else ""
        assert fence.content == f"{attachment.text.removesuffix(chr(10))}{more}\n"
    assert inline.content.startswith("PROMPT")
