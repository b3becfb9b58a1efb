"""The slash words for what goes along with a prompt, without a screen: messages left out and taken back, and a summary of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from elumenta_tui.cli import plain_words
from elumenta_tui.cli.exit_codes import NotAsked
from elumenta_tui.cli.plain_talk import Talk, ask_refused
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.cli.plain_words import NAME_SHOWN, begin_of
from elumenta_tui.i18n import say
from elumenta_tui.i18n.objections import offer, price_of
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.context import Entry
    from elumenta_tui.chat.turn import Answer


class Inspecting:
    """Reads out and changes what of the conversation is sent."""

    def __init__(self, talk: Talk, session: Session, voice: Voice) -> None:
        self._talk = talk
        self._session = session
        self._voice = voice
        self._entries: Sequence[Entry] = ()
        """The messages by the numbers of the context that was read out last."""
        self.handlers: Mapping[str, Callable[[str], Awaitable[None]]] = {
            "context": self._context,
            "omit": self._omit,
            "cut": self._cut,
            "uncut": self._uncut,
            "summary": self._summary,
        }

    async def _context(self, argument: str) -> None:
        """Read out which messages the next request carries."""
        from elumenta_tui.chat.context import estimated_tokens

        self._entries = entries = self._session.context.entries
        if not entries:
            raise NotAsked(say("notice.no_turns"))
        for number, entry in enumerate(entries, 1):
            is_summary = entry.turn is not None and entry.turn.is_summary
            parts = [
                say(f"context.role.{'summary' if is_summary else entry.message.role}"),
                begin_of(entry.message.text),
                say("plain.left_out") if not entry.is_sent else "",
            ]
            self._voice.tell(f"{number}. {', '.join(filter(None, parts))}\n")
        tokens = sum(estimated_tokens(entry.message.text) for entry in entries if entry.is_sent)
        self._voice.note(say("plain.context", n=tokens))

    async def _omit(self, argument: str) -> None:
        """Leave a message out of all further requests, or take it back."""
        known = [entry.source for entry in self._session.context.entries]
        place = int(argument) - 1 if argument.isdecimal() else -1
        entry = self._entries[place] if 0 <= place < len(self._entries) else None
        if entry is None or entry.source is None or entry.source not in known:
            raise NotAsked(say("plain.omit_how"))
        is_left_out = not entry.source.left_out
        self._session.context.leave_out([entry.source], is_left_out=is_left_out)
        key = "plain.omitted" if is_left_out else "plain.taken_back"
        self._voice.note(say(key, text=begin_of(entry.message.text)))

    # ------------------------------------------------------------------------------------------- a context too long

    @property
    def _refused(self) -> Answer | None:
        """The last answer if the service has refused its request."""
        last = self._session.last
        return last if last is not None and last.over and not last.has_text else None

    @property
    def _next_prompt(self) -> str:
        """The prompt that is likely to be sent next."""
        return self._refused.prompt if self._refused is not None else ""

    async def _cut(self, argument: str) -> None:
        """Leave out the middle of the conversation."""
        count = self._session.context.leave_out_middle(self._next_prompt)
        if not count:
            raise NotAsked(say("context.nothing_more"))
        self._voice.note(say("context.cut_done", n=count))
        if self._refused is not None and self._session.refusal_of_retry() is None:
            self._voice.note(f"{offer('again', self._session.model, plain_words.hint('again'))}.")

    async def _uncut(self, argument: str) -> None:
        """Undo the last leaving out."""
        if not (count := self._session.context.undo()):
            raise NotAsked(say("context.nothing_to_undo"))
        self._voice.note(say("context.undone", n=count))

    async def _summary(self, argument: str) -> None:
        """Put a summary in the place of what is left out, or of the middle. A person is told its price before."""
        from elumenta_tui.chat.context import message_tokens

        context, refused = self._session.context, self._refused
        entries = context.to_summarize(self._next_prompt)
        if not entries:
            raise NotAsked(say("context.nothing_to_summarize"))
        model = context.summary_model
        question = say(
            "context.summary_question",
            n=len(entries),
            tokens=sum(message_tokens(entry.message) for entry in entries),
            model=clean_line(model.name, NAME_SHOWN),
            price=price_of([model]),
        )
        if self._talk.is_talk and not await self._talk.confirm(question, say("chats.yes_or_no")):
            raise NotAsked(say("guard.shell_cap"))
        instruction = say("context.summary_prompt")
        await self._talk.ask(partial(context.summarize, instruction, self._next_prompt))
        last = self._session.last
        if refused is not None and last is not None and last.failure is None:
            # Its own turn is no longer the last one.
            await ask_refused(self._talk, self._session, refused)
