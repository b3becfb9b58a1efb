"""The slash words that list, open, read out and export conversations, without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.cli import plain_words
from elumenta_tui.cli.exit_codes import ExitCode, NotAsked
from elumenta_tui.cli.plain_files import write_new
from elumenta_tui.cli.plain_talk import Talk
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.i18n import in_every_language, say, spoken
from elumenta_tui.i18n.titles import quoted_titles
from elumenta_tui.session import Refusal, Session
from elumenta_tui.session.events import ConversationShown, OpenFailed
from elumenta_tui.session.search_terms import parse
from elumenta_tui.text.layouts import ways
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.transfer.offer_words import offers

if TYPE_CHECKING:
    from elumenta_tui.chat.turn import Answer
    from elumenta_tui.store.records import Summary

LISTED = 20
"""Conversations that are listed, at most."""

OPENING_PATIENCE = 15.0
"""Seconds that a conversation may take to be read."""


class Conversations:
    """The stored conversations, by the numbers of the list that was read out last. `data`: the directory that they are in."""

    def __init__(self, talk: Talk, session: Session, voice: Voice, data: Path) -> None:
        self._talk = talk
        self._session = session
        self._voice = voice
        self._data = data
        self._listed: Sequence[Summary] = ()
        self._opened = asyncio.Event()
        """Set once a conversation is on that was asked for, or could not be read."""
        self.handlers: Mapping[str, Callable[[str], Awaitable[None]]] = {
            "new": self._new,
            "list": self._list,
            "open": self._open,
            "last": self._last,
            "show": self._show,
            "rename": self._rename,
            "export": self._export,
            "delete": self._delete,
            "undelete": self._undelete,
        }

    # ------------------------------------------------------------------------------------------------------------ events

    def shown(self, event: ConversationShown | OpenFailed) -> None:
        """Say which conversation is on now, and read its last turn out."""
        self._opened.set()
        if isinstance(event, OpenFailed):
            self._voice.note(say("plain.not_opened"))
        elif event.stored is None:
            # Of a copy it is said what it is a copy of.
            if not self._session.conversation.turns:
                self._voice.note(say("plain.new"))
        else:
            self._voice.note(plain_words.shown_words(self._session))
            self.read_out(1)
            if event.stored.draft.strip():
                self._voice.note(say("plain.draft", text=event.stored.draft))
            if (last := self._session.last) is not None:
                for offer in offers(self._session, last, plain_words.hint):
                    self._voice.note(f"{offer}.")

    def completed(self, answer: Answer) -> None:
        """Read an answer out that was recovered."""
        name = plain_words.name_of(answer)
        self._voice.note(say("notice.completed"))
        self._voice.tell(plain_words.read_out(name, answer.text, self._session.models))

    def read_out(self, last: int | None) -> None:
        """Read the conversation out, or only so many of its last turns."""
        for text in plain_words.turns(self._session.conversation, self._session.models, last):
            self._voice.tell(text)

    # ---------------------------------------------------------------------------------------------------------- commands

    async def _new(self, argument: str) -> None:
        self._session.new_conversation()

    async def _list(self, argument: str) -> None:
        """Read the stored conversations out; with words: those that have all of them."""
        library = self._session.open_library()
        library.autosave.flush()
        terms = parse(argument, self._session.calendar(), in_every_language)
        if terms.complaint is not None:
            self._voice.note(spoken(terms.complaint))
        found = await library.listing.summaries(ways(terms.words), terms.filters)
        if found is None:
            raise NotAsked(say("finder.failed"), ExitCode.FAILED)
        found = [each for each in found if terms.filters.archived or not each.archived]
        self._listed = found[:LISTED]
        from elumenta_tui.i18n.times import moment

        turns = await library.listing.turns(self._listed)
        now = self._session.calendar()
        for number, summary in enumerate(self._listed, 1):
            parts = [
                clean_line(summary.title, 60) or say("list.untitled"),
                say("list.turns", n=turns.get(summary.id, summary.requests)),
                moment(summary.used_on, now),
                say("plain.is_on") if summary.id == self._session.conversation.id else "",
            ]
            self._voice.tell(f"{number}. {', '.join(filter(None, parts))}\n")
        more = len(found) - len(self._listed)
        words = say("plain.open_one") if self._listed else say("plain.no_conversations")
        self._voice.note(f"{words} {say('plain.more_listed', n=more)}" if more > 0 else words)

    async def _open(self, argument: str) -> None:
        """Open a conversation of the list by its number."""
        await self.open_id(self._numbered(argument, "plain.open_how").id)

    def _numbered(self, typed: str, how: str) -> Summary:
        """Return the conversation with a number of the list. Raises NotAsked with the message `how` if there is none."""
        if not typed.isdecimal() or not 0 < int(typed[:9]) <= len(self._listed):
            raise NotAsked(say(how))
        return self._listed[int(typed[:9]) - 1]

    async def open_id(self, id: str) -> None:
        """Open a conversation by its id. Raises NotAsked if it is open already, or can't be read."""
        self._opened.clear()
        if self._session.open(id) is Refusal.NOTHING:
            raise NotAsked(say("plain.is_open"))
        try:
            async with asyncio.timeout(OPENING_PATIENCE):
                await self._opened.wait()
        except TimeoutError:
            raise NotAsked(say("plain.not_opened"), ExitCode.FAILED) from None

    async def _last(self, argument: str) -> None:
        """Open the conversation that was on before this one."""
        recent = [id for id in self._session.recent if id != self._session.conversation.id]
        if not recent:
            raise NotAsked(say("plain.no_last"))
        await self.open_id(recent[-1])

    async def _show(self, argument: str) -> None:
        """Read the conversation out, or its last turns."""
        if argument and not (argument.isdecimal() and int(argument)):
            raise NotAsked(say("plain.show_how"))
        if not self._session.conversation.turns:
            raise NotAsked(say("notice.no_turns"))
        self.read_out(int(argument) if argument else None)

    async def _rename(self, argument: str) -> None:
        if not self._session.conversation.turns:
            raise NotAsked(say("notice.no_turns"))
        if title := clean_line(argument):
            self._session.open_library().rename(title)
        self._voice.note(say("plain.title_is", title=quoted_titles([self._session.conversation.title])))

    async def _delete(self, argument: str) -> None:
        """Delete a conversation of the list when the program ends: until then it can be brought back."""
        summary = self._numbered(argument, "plain.delete_how")
        listing = self._session.open_library().listing
        if not await listing.delete([summary]):
            raise NotAsked(say("list.still_answering"))
        self._voice.note(say("plain.deleted", title=quoted_titles([summary.title])))

    async def _undelete(self, argument: str) -> None:
        """Bring back what was deleted last."""
        back = self._session.open_library().listing.undelete()
        if not back:
            raise NotAsked(say("list.nothing_deleted"))
        for summary in back:
            self._voice.note(
                say("list.is_undeleted", title=clean_line(summary.title, 60) or say("list.untitled"))
            )

    # ------------------------------------------------------------------------------------------------------------ export

    async def _export(self, argument: str) -> None:
        """Write the conversation to a file: Markdown, or JSON."""
        from elumenta_tui.transfer.export import FORMATS

        if not self._session.conversation.turns:
            raise NotAsked(say("notice.nothing_to_export"))
        word, _, rest = argument.partition(" ")
        format, place = (word.lower(), rest.strip()) if word.lower() in FORMATS else ("md", argument)
        if place.endswith(".json"):
            format = "json"
        await self._written(format, place)

    async def _written(self, format: str, place: str) -> None:
        from elumenta_tui.store.tree import Stored, copy_of
        from elumenta_tui.transfer.export import export, file_names

        session = self._session
        demo = session.backend.is_demo
        stored = Stored(copy_of(session.conversation), "", session.calendar(), archived=False, demo=demo)
        names = partial(file_names, stored.conversation.title, format)

        await write_new(
            self._voice,
            place,
            self._data,
            names,
            lambda: (piece.encode() for piece in export([stored], format)),
        )
