"""The pieces that an answer consists of while it is near the view."""

from __future__ import annotations

from elumenta_tui.chat.turn import Answer
from elumenta_tui.markdown.blocks import Block
from elumenta_tui.markdown.bounded import BoundedMarkdown
from elumenta_tui.markdown.growing import plain_blocks


class Part:
    """A piece of the section that is not a Markdown block, such as the foot. To repaint it, replace it with a new object."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


class AnswerBody:
    """The blocks of an answer and its prompt, kept while the answer is near the view. They can be recreated from the text."""

    __slots__ = (
        "answer_note",
        "attachments",
        "fed",
        "folded",
        "foot",
        "gap",
        "is_whole",
        "line",
        "markdown",
        "plain",
        "prompt",
        "prompt_note",
        "revision",
        "thoughts",
    )

    def __init__(self, answer: Answer, join_lines: bool, *, plain: bool) -> None:
        self.prompt: list[Block] = plain_blocks(answer.prompt)
        self.markdown = BoundedMarkdown(join_lines, plain=plain)
        self.revision = answer.revision
        """`Answer.revision` of the text that is rendered."""
        self.fed = 0
        """Number of characters of that text that are rendered."""
        self.is_whole = False
        """True if the complete text of an answer that is over is rendered."""
        self.folded, self.thoughts, self.line = Part("folded"), Part("thoughts"), Part("line")
        self.prompt_note, self.answer_note = Part("prompt_note"), Part("answer_note")
        self.attachments = Part("attachments")
        self.gap, self.plain, self.foot = Part("gap"), Part("plain"), Part("foot")

    def grow(self, answer: Answer) -> bool:
        """Render the next piece of the answer's text. Return whether there is more to do."""
        if self.fed < answer.length:
            fresh = answer.text_since(self.fed, self.markdown.feed_size)
            self.markdown.feed(fresh)
            self.fed += len(fresh)
        if self.fed < answer.length:
            return True
        if answer.over and not self.is_whole:
            if self.markdown.closing(self.markdown.feed_size):
                return True
            self.is_whole = True
        self.foot, self.line = Part("foot"), Part("line")
        return False
