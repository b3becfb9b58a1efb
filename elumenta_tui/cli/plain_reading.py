"""The slash words that find, quote and copy what was said, open its links, and those of caps and of the queue, without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from elumenta_tui.chat.quote import Quote, Quotes
from elumenta_tui.cli import plain_words
from elumenta_tui.cli.exit_codes import ExitCode, NotAsked
from elumenta_tui.cli.plain_talk import Talk
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.cli.plain_words import NAME_SHOWN
from elumenta_tui.i18n import say
from elumenta_tui.i18n.objections import price_of
from elumenta_tui.session import Refusal, Session
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.transfer.parameter_words import means_off

if TYPE_CHECKING:
    from elumenta_tui.chat.queue import QueuedPrompt
    from elumenta_tui.chat.turn import Answer
    from elumenta_tui.terminal.browser import Target

MOST_FOUND = 20
"""Places that are read out, at most: the newest."""
AROUND = 40
"""Characters on either side of a found place that are read out."""
SHOWN = 80
"""Characters of a quote or a queued prompt that are read out."""


class Reading:
    """Finds, quotes and copies what was said, caps what is spent, and sends what waits. `config`: the file that keeps caps."""

    def __init__(self, talk: Talk, session: Session, voice: Voice, config: Path) -> None:
        self._talk = talk
        self._session = session
        self._voice = voice
        self._config = config
        self.quotes = Quotes()
        """What is quoted in the next prompt."""
        self._prompts: Sequence[str] = ()
        """The sent prompts by the numbers of the list that was read out last."""
        self._targets: Sequence[Target] = ()
        """The targets of links by the numbers of the list that was read out last."""
        self.handlers: Mapping[str, Callable[[str], Awaitable[None]]] = {
            "find": self._find,
            "quote": self._quote,
            "unquote": self._unquote,
            "copy": self._copy,
            "cap": self._cap,
            "queue": self._queue,
            "history": self._history,
            "links": self._links,
        }

    # ------------------------------------------------------------------------------------------------------------ finding

    async def _find(self, argument: str) -> None:
        """Read out where words stand in the conversation: in prompts, answers and attached texts."""
        from elumenta_tui.text.layouts import ways
        from elumenta_tui.text.matching import has_place, places_of

        conversation = self._session.conversation
        if not conversation.turns:
            # No mistake that ends a pipe: there is only nothing to find.
            self._voice.note(say("notice.nothing_to_find"))
            return
        if not argument:
            raise NotAsked(say("plain.find_how"))
        wanted, found = ways(argument), []
        count = 0
        for number, answer in enumerate(conversation.shown, 1):
            for who, text in _said(answer):
                places = list(places_of(text, wanted, inside=True))
                count += len(places)
                if places:
                    start, end = places[0].start, places[0].end
                    excerpt = clean_line(text[max(0, start - AROUND) : end + AROUND])
                    before, after = "…" * (start > AROUND), "…" * (end + AROUND < len(text))
                    found.append(f"{number}. {who} {before}{excerpt}{after}\n")
        for line in found[-MOST_FOUND:]:
            self._voice.tell(line)
        if len(found) > MOST_FOUND:
            self._voice.note(say("plain.found_more", n=len(found) - MOST_FOUND))
        on_path = {*conversation.shown}
        beside = sum(
            any(has_place(text, wanted, inside=True) for _, text in _said(answer))
            for answer in conversation.all_answers()
            if answer not in on_path
        )
        words = say("plain.found", n=count)
        self._voice.note(f"{words} {say('plain.found_beside', n=beside)}" if beside else words)

    async def _history(self, argument: str) -> None:
        """Read out the prompts that were sent, in any conversation; with words: those that have them. Send one of them again."""
        from elumenta_tui.i18n.own_prompts import written_by_user
        from elumenta_tui.text.layouts import ways

        word, _, rest = argument.partition(" ")
        if word.lower() in say("plain.queue_send").split() and rest.isdecimal():
            if not 0 < int(rest[:9]) <= len(self._prompts):
                raise NotAsked(say("plain.history_how"))
            await self._talk.send(self._prompts[int(rest[:9]) - 1])
            return
        library = self._session.open_library()
        library.autosave.flush()
        found = await library.listing.prompts(ways(argument))
        if found is None:
            raise NotAsked(say("finder.failed"), ExitCode.FAILED)
        self._prompts = written_by_user(found)[:MOST_FOUND]
        for number, prompt in enumerate(self._prompts, 1):
            self._voice.tell(f"{number}. {clean_line(prompt, SHOWN)}\n")
        self._voice.note(say("plain.history_how" if self._prompts else "plain.history_none"))

    async def _links(self, argument: str) -> None:
        """Read out the links of the last answer with their targets; with a number: open that one in the browser."""
        from elumenta_tui.markdown.growing import render
        from elumenta_tui.markdown.style import links
        from elumenta_tui.terminal.browser import examine, open_in_browser

        if argument:
            if not argument.isdecimal() or not 0 < int(argument[:9]) <= len(self._targets):
                raise NotAsked(say("plain.links_how"))
            target = self._targets[int(argument[:9]) - 1]
            if not target.is_web:
                raise NotAsked(say("plain.link_not_web"))
            if not await open_in_browser(target):
                raise NotAsked(say("plain.link_not_opened", address=target.address), ExitCode.FAILED)
            self._voice.note(say("notice.opened", host=target.host))
            return
        text = self._last_text("plain.no_links")
        found = links(run for block in await asyncio.to_thread(render, text) for run in block.linked_runs())
        if not found:
            raise NotAsked(say("plain.no_links"))
        self._targets = [examine(link.href) for link in found]
        for number, (link, target) in enumerate(zip(found, self._targets, strict=True), 1):
            parts = [clean_line(link.text, SHOWN), target.address]
            if target.letters:
                parts.append(say("link.letters", letters=target.letters))
            if target.user:
                parts.append(say("link.user", user=target.user, host=target.host))
            # An address that is its own text is read out once.
            self._voice.tell(f"{number}. {', '.join(dict.fromkeys(parts))}\n")
        self._voice.note(say("plain.links_how"))

    # ----------------------------------------------------------------------------------------------- quoting and copying

    def _last_text(self, nothing: str) -> str:
        """Return the text of the last answer. Raises NotAsked with that message if there is none."""
        answer = next((each for each in reversed(self._session.conversation.shown) if each.has_text), None)
        if answer is None:
            raise NotAsked(say(nothing))
        return answer.text

    async def _quote(self, argument: str) -> None:
        """Quote the last answer in the next prompt, or its first paragraph with these words."""
        from elumenta_tui.text.layouts import ways
        from elumenta_tui.text.matching import has_place

        text = self._last_text("quotes.nothing").strip()
        if argument:
            wanted = ways(argument)
            paragraphs = (part.strip("\n") for part in text.split("\n\n"))
            text = next((part for part in paragraphs if has_place(part, wanted)), "")
            if not text:
                raise NotAsked(say("plain.quote_none"))
        if Quote(text) in self.quotes.items:
            raise NotAsked(say("quotes.twice"))
        self.quotes.add(Quote(text))
        self._voice.note(say("plain.quoted", text=clean_line(text, SHOWN)))

    async def _unquote(self, argument: str) -> None:
        """Forget the quotes."""
        if not self.quotes.items:
            self._voice.note(say("quotes.none"))
            return
        self.quotes.clear()
        self._voice.note(say("plain.unquoted"))

    async def _copy(self, argument: str) -> None:
        """Put the last answer on the clipboard, with a tool: no sequence is written to the terminal."""
        from elumenta_tui.terminal.clipboard import copy

        text = self._last_text("notice.nothing_to_copy")

        def no_sequence(sequence: str) -> None:
            raise OSError

        route = await copy(text, write_osc52=no_sequence)
        what = say("notice.copied", n=len(text))
        if route.tool is not None:
            self._voice.note(say("notice.copied_by", what=what, tool=route.tool))
        elif route.in_tmux:
            self._voice.note(say("plain.copied_tmux", what=what))
        else:
            raise NotAsked(say("plain.not_copied"))

    # ----------------------------------------------------------------------------------------------- caps and the queue

    async def _cap(self, argument: str) -> None:
        """Cap what a day, a month or this session may spend, or say which caps there are."""
        from elumenta_tui.transfer.caps import Caps

        words = Caps(self._session, self._config).command(argument)
        if words is None:
            raise NotAsked(say("cap.wrong"))
        self._voice.note(await words())

    async def _queue(self, argument: str) -> None:
        """Read out the prompts that were queued on the screen, send the first one, or forget one."""
        conversation = self._session.conversation
        queued = list(conversation.queued)
        if not queued:
            raise NotAsked(say("plain.queue_empty"))
        word, _, rest = argument.partition(" ")
        if not argument:
            for number, each in enumerate(queued, 1):
                files = f", {say('plain.files', n=len(each.attachments))}" if each.attachments else ""
                model = self._session.queue.model_of(each, conversation)
                facts = f"{clean_line(model.name, SHOWN)}, {price_of([model])}"
                self._voice.tell(f"{number}. {clean_line(each.text, SHOWN)}{files} ({facts})\n")
            self._voice.note(say("plain.queue_how"))
        elif word.lower() in say("plain.queue_send").split() or word.lower() == "send":
            await self._send(queued[0])
        elif (means_off(word) or word.lower() == "off") and rest.isdecimal() and 0 < int(rest) <= len(queued):
            each = queued[int(rest) - 1]
            if self._session.queue.remove(each):
                self._voice.note(say("plain.unqueued", text=clean_line(each.text, SHOWN)))
        else:
            raise NotAsked(say("plain.queue_how"))

    async def _send(self, queued: QueuedPrompt) -> None:
        """Send a queued prompt. It leaves the queue before its answer comes, and is put back into none: it stands in the conversation."""
        session = self._session

        def start() -> Answer | Refusal:
            model = session.queue.model_of(queued, session.conversation)
            answer = session.send(queued.text, queued.attachments, model)
            if not isinstance(answer, Refusal):
                session.queue.remove(queued)
            return answer

        await self._talk.ask(start)


def _said(answer: Answer) -> Iterator[tuple[str, str]]:
    """Yield what was said in a turn, each with who said it, or with the name of the file."""
    yield say("plain.you"), answer.prompt
    for each in answer.turn.attachments:
        if each.text:
            yield f"{clean_line(each.name, NAME_SHOWN)}:", each.text
    yield plain_words.name_of(answer), answer.text
