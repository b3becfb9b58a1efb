"""A conversation: the tree of its turns, its title, and the messages of the next request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from elumenta_tui.chat.context import Entry
from elumenta_tui.chat.ledger import Charge, Total, total
from elumenta_tui.chat.message import Message
from elumenta_tui.chat.models import Model
from elumenta_tui.chat.parsing import Amount
from elumenta_tui.chat.queue import QueuedPrompt
from elumenta_tui.chat.quote import with_quotes
from elumenta_tui.chat.request import Options, Request
from elumenta_tui.chat.tree import TurnTree
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment
    from elumenta_tui.chat.draft import Parked

_THOUGHTS = ("think", "thinking")
"""Tags in which models put their thoughts, at the beginning of an answer."""


def split_thoughts(text: str) -> tuple[str, str]:
    """Return the thoughts at the beginning of an answer, without their tags, and what follows them. Either may be empty."""
    begin = text.lstrip()
    for tag in _THOUGHTS:
        if begin.startswith(f"<{tag}>"):
            thoughts, _, rest = begin.removeprefix(f"<{tag}>").partition(f"</{tag}>")
            return thoughts.strip(), rest.lstrip()
    return "", text


def without_thoughts(text: str) -> str:
    """Return the text after the thoughts at its beginning; the whole text if nothing follows them."""
    return split_thoughts(text)[1] or text


def together(before: str, since: str) -> str:
    """Return a draft with what was typed after it in another place."""
    return f"{before}\n{since}" if before.strip() and since.strip() else before if before.strip() else since


TITLE_LIMIT = 80
"""Characters of a title."""


def title_of(prompt: str) -> str:
    """Return a title made of a prompt: its first line that says something, if possible not one of a quote or of code before it."""
    named = next(filter(None, map(_bare, _own_lines(prompt))), "")
    named = named or next(filter(None, map(_bare, prompt.splitlines())), prompt)
    return clean_line(named, TITLE_LIMIT)


def _bare(line: str) -> str:
    return line.strip(" \t#>*-`")


def _own_lines(prompt: str) -> Iterator[str]:
    """Yield the lines of a prompt that are neither quoted nor inside of a fence."""
    fence = ""
    for line in prompt.splitlines():
        if fence:
            fence = "" if line.strip() == fence else fence
        elif line.startswith("```"):
            fence = line[: len(line) - len(line.lstrip("`"))]
        elif not line.startswith(">"):
            yield line


class Conversation(TurnTree):
    """A tree of turns, with what is said of it and sent with it."""

    id: str = ""
    """Id in the store; empty until the conversation is stored."""
    title: str = ""
    """One line; empty until a prompt or a person gives a title."""
    created_on: float | None = None
    """Unix seconds."""
    system_prompt: str = ""
    """Text that every request begins with, as a message of the role system; empty for none."""
    options: Options = field(default_factory=Options)
    """Parameters of every request, such as its limit of tokens."""
    persona: str = ""
    """Name of the persona that the system prompt and the parameters come from; empty for none."""
    queued: list[QueuedPrompt] = field(default_factory=list)
    """Prompts that wait for the answer before them, the next one first. They are not part of any request."""
    parked: list[Parked] = field(default_factory=list)
    """Unsent prompts that were put aside, the one that comes back first at the end."""
    is_pinned: bool = False
    """True if it stands first in lists."""
    tags: tuple[str, ...] = ()
    """Words that it is found by; see `text.tags`."""
    is_temporary: bool = False
    """True if nothing of it is stored; see `session.temporary`."""

    @property
    def has_instructions(self) -> bool:
        """Whether it has a system prompt, a persona, or parameters of its own."""
        return bool(self.system_prompt or self.persona) or self.options != Options()

    # --------------------------------------------------------------------------------------------------------- asking

    def ask(
        self,
        prompt: str,
        model: Model,
        *,
        now: float,
        on: float | None = None,
        balance: Amount | None = None,
        instead_of: Turn | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> Answer:
        """Add a turn at the end of the path and return its answer, which is still to come.

        Args:
            now, on: the time, as in `Answer`.
            balance: the balance before the request, if it is known.
            instead_of: a turn whose prompt was edited: the new one becomes its sibling. None: it follows the head.
            attachments: what is sent with the prompt.
        """
        parent = instead_of.parent if instead_of is not None else self.newest
        turn = Turn(prompt, parent, is_branch=self._has_turn_after(parent), attachments=attachments)
        if not self.title or self._is_titled_after_nothing:
            self.title = title_of(prompt)
        self.turns.append(turn)
        if instead_of is None:
            self.head = turn
        else:
            self._lead_to(turn)
        if self.created_on is None:
            self.created_on = on
        return self._answer(turn, model, now, on, balance)

    def _has_turn_after(self, answer: Answer | None) -> bool:
        """Return whether a turn follows any answer of the same turn, or stands at the root if `answer` is None."""
        beside = answer.turn.answers if answer is not None else [None]
        return any(self.turns_below(other) for other in beside)

    def add_branch(self, turn: Turn) -> None:
        """Add a turn with its answer, which was asked beside the path. The path stays; that of an empty conversation begins there."""
        turn.is_branch = turn.is_aside = self.head is not None
        if not self.title:
            self.title = title_of(turn.prompt)
        self.turns.append(turn)
        if self.head is None:
            self.head = turn
        if self.created_on is None:
            self.created_on = turn.answers[-1].asked_on

    def ask_again(
        self,
        turn: Turn,
        model: Model,
        *,
        now: float,
        on: float | None = None,
        balance: Amount | None = None,
        options: Options | None = None,
        remark: str = "",
        about: Answer | None = None,
    ) -> Answer:
        """Add another answer to a turn, which is chosen from now on. The path ends there. Other arguments as in `ask`.

        Args:
            options: parameters of this request; None: those of the conversation.
            remark: what the new answer should do better, said about the answer `about`.
        """
        if turn is not self.head:
            self._lead_to(turn)
        answer = self._answer(turn, model, now, on, balance, options)
        answer.remark, answer.about = remark, about
        return answer

    def _answer(
        self,
        turn: Turn,
        model: Model,
        now: float,
        on: float | None,
        balance: Amount | None,
        options: Options | None = None,
    ) -> Answer:
        return turn.answer(
            model,
            options=self.options if options is None else options,
            asked_at=now,
            asked_on=on,
            charge=Charge(before=balance),
        )

    @property
    def _is_titled_after_nothing(self) -> bool:
        """Return whether the title is a prompt of the conversation, and no prompt has got any text in answer yet."""
        return not any(answer.has_text for answer in self.all_answers()) and any(
            title_of(turn.prompt) == self.title for turn in self.turns
        )

    def next_request(self, model: Model, prompt: str, attachments: tuple[Attachment, ...] = ()) -> Request:
        """Return the request that sending this prompt with its attachments to that model makes."""
        message = Turn(prompt, attachments=attachments).message
        return Request(model, (*self._context(), message), self.options)

    def request(self, answer: Answer) -> Request:
        """Return the request for an answer that is still to come on the path. It is all that is sent.

        It ends with the prompt. A remark is sent behind it, together with the answers that it is about.
        """
        messages = list(self._context(until=answer.turn))
        if answer.remark and answer.about is not None and answer.about.has_text:
            messages.append(Message.of("assistant", without_thoughts(answer.about.text)))
        if answer.remark:
            texts = [without_thoughts(other.text) for other in answer.quoted]
            messages.append(Message.of("user", with_quotes(answer.remark, texts)))
        return Request(answer.model, tuple(messages), answer.options)

    def context(self) -> list[Message]:
        """Return the messages of the next request: the system prompt, and every turn on the path with its chosen answer.

        Answers that were stopped or cut are included with the text they have. Excluded are a turn whose chosen answer has no
        text, every answer that was replaced by a later one, and what the user leaves out; the transcript marks all of them as
        outside of the context. Status texts and thoughts are never included: models are not meant to read their thoughts again.
        """
        return list(self._context())

    def entries(self) -> list[Entry]:
        """Return the messages of the path, those that the user leaves out included."""
        return list(self._entries())

    def has_images(self) -> bool:
        """Return whether the next request holds images of earlier messages."""
        return any(entry.is_sent and entry.message.images for entry in self._entries())

    def _context(self, until: Turn | None = None) -> Iterator[Message]:
        """Yield the messages of the next request; if the path leads through `until`, of the request for an answer to that turn.

        That one ends with the prompt, whether it is left out later or not. A request for a summary carries what is left out.
        """
        entries = self._entries(until)
        if until is not None and until.is_summary:
            whole = [entry for entry in entries if entry.turn is not None]
            sent = [entry for entry in whole if not entry.is_sent or entry.turn is until]
            entries = iter(sent if len(sent) > 1 else whole)
            yield from (entry.message for entry in entries)
            return
        for entry in entries:
            if entry.is_sent or entry.source is until:
                yield entry.message

    def _entries(self, until: Turn | None = None) -> Iterator[Entry]:
        """Yield the messages of the path; if it leads through `until`, only as far as the prompt of that turn."""
        if self.system_prompt.strip():
            yield Entry(Message.of("system", self.system_prompt), None)
        for source in self.sources(until):
            if isinstance(source, Answer):
                yield Entry(Message.of("assistant", without_thoughts(source.text)), source)
            else:
                yield Entry(source.message, source)

    def sources(self, until: Turn | None = None) -> Iterator[Turn | Answer]:
        """Yield the turns and answers that the messages of the path come from, in order.

        If the path leads through `until`, only as far as that turn, whose prompt is a message in any case.
        """
        for turn in self.path():
            if turn is until:
                yield turn
                return
            answer = turn.chosen
            if answer is None or not turn.prompt:
                # A prompt that was lost by damage is no message.
                continue
            if answer.has_text:
                yield turn
                yield answer
            elif not answer.over:
                yield turn

    def sent_answers(self) -> list[Answer]:
        """Return the answers of the path that are messages: of a turn without an answer nothing is sent."""
        return [source for source in self.sources() if isinstance(source, Answer)]

    @property
    def total(self) -> Total:
        """The sum of what all answers cost, on the path and beside it."""
        return total(answer.charge for answer in self.all_answers() if not answer.is_foreign)

    def copy_of(self, answers: Sequence[Answer], title_of_copy: Callable[[str], str] = str) -> Conversation:
        """Return a new conversation with copies of answers and their prompts, one behind the other.

        The copies are not stored, and cost nothing. An answer that is still coming ends in the copy where it is now.
        `title_of_copy`: turns the title of this conversation into that of a copy from its beginning on.
        """
        first = answers[0].turn
        copy = Conversation(
            title=title_of_copy(self.title) if first.parent is None else title_of(first.prompt),
            system_prompt=self.system_prompt,
            options=self.options,
            persona=self.persona,
            is_temporary=self.is_temporary,
        )
        parent: Answer | None = None
        for answer in answers:
            turn = answer.turn
            kept = Turn(
                turn.prompt,
                parent,
                left_out=turn.left_out,
                pinned=turn.pinned,
                is_summary=turn.is_summary,
                attachments=turn.attachments,
            )
            parent = answer.copy_to(kept)
            copy.turns.append(parent.turn)
        copy.head = copy.turns[-1]
        return copy
