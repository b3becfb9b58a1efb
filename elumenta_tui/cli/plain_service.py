"""The slash word for the service's own history, without a screen: what the account was asked anywhere, to go on from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import title_of
from elumenta_tui.chat.failure import NO_KEY
from elumenta_tui.chat.models import find_model
from elumenta_tui.cli.exit_codes import ExitCode, NotAsked, code_of_failure
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.cli.plain_words import NAME_SHOWN, begin_of
from elumenta_tui.i18n import in_every_language, say, spoken, word_for
from elumenta_tui.i18n.failures import failure_words
from elumenta_tui.i18n.times import moment
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    from elumenta_tui.chat.history import HistoryEntry

LISTED = 20
"""Entries that are read out at once, at most."""


class ServiceHistory:
    """Reads the service's history out, and goes on from an entry of it.

    Args:
        open: opens a conversation by its id, and reads its last turn out.
        read_out: reads the last turns of the conversation out, so many.
    """

    def __init__(
        self,
        session: Session,
        voice: Voice,
        *,
        open: Callable[[str], Awaitable[None]],
        read_out: Callable[[int], None],
    ) -> None:
        self._session = session
        self._voice = voice
        self._open = open
        self._read_out = read_out
        self._typed = ""
        """The search of the entries that were read out last."""
        self._listed: Sequence[HistoryEntry] = ()
        """The entries by their numbers."""
        self.handlers: Mapping[str, Callable[[str], Awaitable[None]]] = {"service": self._service}

    async def _service(self, argument: str) -> None:
        """Read entries out; with a number: go on from that one; with `more`: those before."""
        if self._session.backend.account is None:
            raise NotAsked(failure_words(NO_KEY, place="plain"), ExitCode.KEY)
        if argument.isdecimal():
            await self._go_on_from(argument)
        elif argument.lower() in in_every_language("plain.service_more") and self._listed:
            await self._list(begin=len(self._listed))
        else:
            self._typed, self._listed = argument, ()
            await self._list(begin=0)

    async def _list(self, *, begin: int) -> None:
        """Read out the entries of the search from that place on, and the next page of the history if these were all that was read."""
        from elumenta_tui.session.history_search import asked_of_service, found_in
        from elumenta_tui.session.search_terms import parse
        from elumenta_tui.text.layouts import ways

        history, now = self._session.service_history, self._session.calendar()
        terms = parse(self._typed, now, in_every_language)
        if terms.complaint is not None:
            self._voice.note(spoken(terms.complaint))
        wanted = asked_of_service(terms.filters, {model.slug for model in self._session.models})

        def found() -> Sequence[HistoryEntry]:
            return found_in(history.entries(wanted), ways(terms.words), terms.filters)

        if not history.is_begun(wanted) or len(found()) <= begin:
            failure = await history.read_on(wanted)
            if failure is not None:
                raise NotAsked(failure_words(failure, place="plain"), code_of_failure(failure.kind))
        self._listed = found()[: begin + LISTED]
        for number, entry in enumerate(self._listed[begin:], begin + 1):
            self._voice.tell(f"{number}. {self._facts(entry, now)}\n")
        read, total = len(history.entries(wanted)), history.total(wanted)
        words = [
            say("service.read", n=read) if total is None else say("service.read_of", n=read, total=total)
        ]
        words.append(say("plain.service_how") if self._listed else say("plain.service_none"))
        if len(found()) > len(self._listed) or not history.is_complete(wanted):
            words.append(say("plain.service_on"))
        self._voice.note(" ".join(words))

    def _facts(self, entry: HistoryEntry, now: float) -> str:
        own = self._session.service_history.own
        is_text = entry.category in ("", "text")
        parts = [
            say("service.favorite") if entry.is_favorite else "",
            begin_of(title_of(entry.prompt)),
            "" if is_text else word_for(f"category.{entry.category}", entry.category),
            clean_line(entry.model_name or find_model(self._session.models, entry.model).name, NAME_SHOWN),
            say("bar.tokens", n=entry.cost) if entry.cost is not None else "",
            moment(entry.created_on, now) if entry.created_on is not None else "",
            say("service.here") if own.get(entry.id) else "",
            "" if entry.status in ("", "completed") else clean_line(entry.status, 20),
        ]
        return ", ".join(filter(None, parts))

    async def _go_on_from(self, number: str) -> None:
        """Go on from an entry: in the conversation that it belongs to, or in a copy if none is stored here."""
        place = int(number[:9]) - 1
        if not 0 <= place < len(self._listed):
            raise NotAsked(say("plain.service_number"))
        entry = self._listed[place]
        if original := self._session.service_history.own.get(entry.id):
            await self._open(original)
        elif entry.can_be_continued:
            self._session.continue_entry(entry)
            self._voice.note(say("service.continued"))
            self._read_out(1)
        else:
            raise NotAsked(say("service.no_text"))
