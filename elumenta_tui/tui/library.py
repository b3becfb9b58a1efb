"""The stored conversations as the app's user meets them: opened, listed, renamed, exported, recovered after a crash."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from elumenta_tui.chat.conversation import TITLE_LIMIT, Conversation
from elumenta_tui.i18n import say
from elumenta_tui.process.files import write_new, write_under_free_name
from elumenta_tui.session.autosave import Keeper, together
from elumenta_tui.store import damaged_copies
from elumenta_tui.store.changes import Archive, Change, Delete, Rename
from elumenta_tui.store.news import (
    News,
    NotSaving,
    Opened,
    OthersWrite,
    Replaced,
    SavingAgain,
    SetAside,
    Trouble,
)
from elumenta_tui.store.records import ConversationRecord, CutTurn, Stored, Summary, TurnRecord
from elumenta_tui.text.sanitize import clean, clean_line
from elumenta_tui.tui.actions import hint

if TYPE_CHECKING:
    from elumenta_tui.store.reading import Excerpt
    from elumenta_tui.tui.app import ElumentaApp
    from elumenta_tui.tui.widgets.prompt import Prompt

HISTORY = 500
"""How many prompts of earlier sessions the prompt's history begins with."""

FOUND_PROMPTS = 300
"""How many prompts a search shows at most."""

CLOSING_PATIENCE = 1.2
"""Seconds that the end of the program waits for the disk."""

REST_AFTER = 1.0
"""Seconds in which a conversation that is shown would have stopped the program, if it does."""

EXPORTS = "exports"
"""Where exports go, in the data directory, if the user names no place and nothing can be written where the program runs."""

TEXT_SUFFIXES = ("", ".md", ".markdown", ".json", ".txt")
"""Endings of files that an export fits, if the user names no format."""

_GROUP = "library"

Result = TypeVar("Result")


class Library:
    """Belongs to the app, and speaks for the keeper and the store."""

    def __init__(self, app: ElumentaApp, keeper: Keeper, *, resume: bool, keeps_model: bool) -> None:
        """`resume`: begin with the conversation that was used last; `keeps_model`: but with the app's model, not with its."""
        self._app = app
        self.keeper = keeper
        self._store = keeper.store
        self._resume = resume
        self._keeps_model = keeps_model
        self._has_begun = False
        self._led_by_others: set[str] = set()
        self._stuck: set[str] = set()
        """Conversations that are shown as plain text: a program came to no end with them."""
        self._held: list[Prompt.Submitted] = []
        """What the user has submitted while a conversation was being opened."""

    # ------------------------------------------------------------------------------------------------------ the store

    def hear(self, news: News) -> None:
        """What the store has told."""
        app = self._app
        match news:
            case Opened():
                self._opened(news)
            case NotSaving():
                app.unsaved = news.trouble.value
                self.keeper.is_saving = False
                if news.trouble is Trouble.READ_ONLY:
                    # There is nothing to mark, but something to read.
                    self._opened(Opened())
                reason = say(f"saving.{app.unsaved}", path=self._store.path, detail=news.detail)
                app.tell(say("notice.unsaved", reason=reason), "error", lasting=True)
            case SavingAgain():
                app.unsaved = ""
                self.keeper.is_saving = True
                app.forget_notices()
                app.tell(say("notice.saved_again"))
            case SetAside():
                self.keeper.save_all()
                key = "notice.set_aside_foreign" if news.foreign else "notice.set_aside"
                app.tell(say(key, path=news.path, n=news.rescued), "warning", lasting=True)
            case Replaced():
                self.keeper.save_all()
                app.tell(say("notice.replaced", path=self._store.path), "warning", lasting=True)
            case OthersWrite():
                self._led_by_others.add(news.conversation)
                app.tell(say("notice.others_write", key=hint("conversations")), "warning", lasting=True)
        app.show_standing()

    def holds_back(self) -> bool:
        """Whether the program should not end yet, as something would be lost; it says so."""
        unsaved = self._store.unsaved if self._app.unsaved else 0
        if unsaved:
            self._app.tell(say("notice.unsaved_end", n=unsaved, key=hint("quit")), "error")
        return bool(unsaved)

    # ---------------------------------------------------------------------------------------------------- the start

    def _opened(self, news: Opened) -> None:
        if not self._has_begun or news != Opened():
            self._app.start_worker(partial(self._begin, news), _GROUP)

    async def _begin(self, news: Opened) -> None:
        """Go on where an earlier program ended badly, or where the user wants to; and have the prompt's history."""
        if not self._has_begun:
            self._has_begun = True
            await self.load_history()
        demo = self.keeper.demo
        cut = [turn for turn in news.cut if turn.demo == demo]
        if await self._tell_of_stuck(news.stuck, demo=demo):
            if cut:
                self._tell_of_crash(cut)
            return
        id = cut[-1].conversation if cut else news.left_open
        stored = await self._load(id) if id else None
        crashed = stored is not None and stored.demo == demo
        if not crashed:
            last = (await self._ask(self._store.last_used(demo=demo)) or "") if self._resume else ""
            last = last or await self._ask(self._store.unsent(demo=demo)) or ""
            stored = await self._load(last) if last else None
            if self._resume and stored is None:
                self._app.tell(say("notice.nothing_to_continue"))
        is_shown = False
        if stored is not None:
            await asyncio.to_thread(self._store.about_to_show, stored.conversation.id)
            is_shown = not self._app.conversation.turns
        if stored is not None and is_shown:
            model = self._app.model
            self._show(stored, typed=self._app.prompt.text)
            if self._keeps_model:
                self._app.model = model
                self._app.show_frame()
        if crashed:
            self._tell_of_crash(cut)
        if stored is not None:
            await self._come_to_rest()

    async def _tell_of_stuck(self, ids: Sequence[str], *, demo: bool) -> bool:
        """Whether a program ended while it was putting one of these on the screen: it is not opened by itself again."""
        found = [stored for id in ids if (stored := await self._load(id)) is not None and stored.demo == demo]
        if not found:
            return False
        self._stuck.update(stored.conversation.id for stored in found)
        titles = [clean_line(stored.conversation.title, 40) or say("list.untitled") for stored in found]
        named = ", ".join(say("list.quoted", title=title) for title in dict.fromkeys(titles))
        text = say("notice.stuck", titles=named, key=hint("conversations"))
        self._app.tell(text, "warning", lasting=True)
        return True

    async def _come_to_rest(self) -> None:
        """Once keys have been answered for a while, what is on the screen has done no harm."""
        await asyncio.sleep(REST_AFTER)
        await asyncio.to_thread(self._store.at_rest)

    def _tell_of_crash(self, cut: list[CutTurn]) -> None:
        """What the program was doing when it ended; what can be done now stands at the turn itself."""
        if not cut:
            self._app.tell(say("notice.left_open"), lasting=True)
            return
        titles = dict.fromkeys(clean_line(turn.title, 40) or say("list.untitled") for turn in cut)
        named = ", ".join(say("list.quoted", title=title) for title in titles)
        if len(cut) == 1:
            text = say("notice.cut", titles=named)
        else:
            text = say("notice.cut_several", n=len(cut), titles=named)
        if len(titles) > 1:
            text += f" {say('notice.cut_others', key=hint('conversations'))}"
        self._app.tell(text, "warning", lasting=True)
        last = self._app.conversation.turns[-1:]
        if last and last[0].id == cut[-1].id:
            self._app.aftermath.look_after(last[0])
            if not last[0].has_text:
                self._app.give_back(last[0])

    async def load_history(self) -> None:
        """The prompts of earlier sessions, for the prompt's up key."""
        sent = await self._ask(self._store.prompts(demo=self.keeper.demo, limit=HISTORY))
        self._app.prompt.remember_before(list(reversed(sent or [])))

    async def _ask(self, future: Future[Result]) -> Result | None:
        """The store's answer; None if it has none now."""
        import sqlite3

        try:
            return await asyncio.wrap_future(future)
        except sqlite3.Error:
            # Whatever has happened to the database: who writes it finds out, and tells it.
            return None

    async def generations(self) -> set[str]:
        """Ids of all generations that a stored turn is known to come from; empty if the store can't say."""
        return await self._ask(self._store.generations()) or set()

    async def _load(self, id: str) -> Stored | None:
        return await self._ask(self._store.conversation(id))

    # --------------------------------------------------------------------------------------------------- conversations

    def begin(self, conversation: Conversation) -> None:
        """A new conversation is on the screen, and what is typed comes along."""
        if self.is_opening:
            self._app.workers.cancel_group(self._app, _GROUP)
            self.keeper.take(conversation)
            self._give_held_back()
            self.keeper.draft_changed()
            return
        self.keeper.hand_over_draft()
        self.keeper.take(conversation)
        self.keeper.draft_changed()

    def switch(self, *, demo: bool) -> None:
        """The other account's conversations from now on, the demo's or the real one's."""
        self.begin(self._app.conversation)
        self.keeper.demo = demo
        self._app.start_worker(self.load_history, _GROUP)

    def open(self, id: str, sought: str = "") -> None:
        """Put a stored conversation on the screen, unless an answer is coming on it; where there is what was sought."""
        if id == self._app.conversation.id and id not in self._led_by_others:
            if sought:
                self._app.finding.open(sought, focus=False)
            return
        if self._app.conversation.current is not None:
            self._app.say_busy()
            return
        if not self.keeper.is_left:
            self.keeper.leave()
            self._app.prompt.fill("")
        self._app.start_worker(partial(self._open, id, sought), _GROUP, exclusive=True)

    @property
    def is_opening(self) -> bool:
        """Whether another conversation is about to be on the screen: what is typed and submitted now belongs to it."""
        return self.keeper.is_left

    def hold(self, submitted: Prompt.Submitted) -> None:
        """Submit that as soon as the conversation is on the screen."""
        self._held.append(submitted)

    async def _open(self, id: str, sought: str) -> None:
        stored = await self._load(id)
        if stored is not None:
            await asyncio.to_thread(self._store.about_to_show, id)
        if stored is None or self._app.conversation.current is not None:
            self._give_held_back()
            self._app.prompt.fill(together(self.keeper.stay(), self._app.prompt.text))
        if stored is None:
            self._app.tell(say("notice.not_read"), "error")
        elif self._app.conversation.current is None:
            self._show(stored, typed=self._app.prompt.text)
            if sought:
                self._app.finding.open(sought, focus=False)
            held, self._held = self._held, []
            for submitted in held:
                self._app.submit(submitted)
        await self._come_to_rest()

    def _give_held_back(self) -> None:
        """What was submitted was meant for a conversation that is not there: it is not sent."""
        held, self._held = self._held, []
        for submitted in reversed(held):
            self._app.prompt.put_back(submitted.text)

    def _show(self, stored: Stored, *, typed: str = "") -> None:
        """Put a conversation on the screen as it was left; `typed` was typed before it was there."""
        self.keeper.take(stored.conversation, stored.draft)
        self._app.take_conversation(stored.conversation, plain=stored.conversation.id in self._stuck)
        self._app.prompt.fill(together(stored.draft, typed))

    def rename(self, title: str) -> None:
        """Give the conversation on the screen another title; ask for it if it is empty."""
        conversation = self._app.conversation
        if not conversation.turns:
            self._app.tell(say("notice.nothing_to_rename"), "warning")
            return
        if not title:
            from elumenta_tui.tui.screens.line import LineScreen

            self._app.push_screen(LineScreen(say("rename.title"), conversation.title), self._take_title)
            return
        self._take_title(title)

    # ------------------------------------------------------------------------------------------------------ the list

    def show_list(self, typed: str = "") -> None:
        """All conversations, to be found, opened and put in order."""
        from elumenta_tui.tui.screens.conversations import ConversationsScreen

        screen = ConversationsScreen(
            self, now=self._app.calendar(), current=self._app.conversation.id, typed=typed
        )
        self.keeper.flush()
        self._app.push_screen(screen, lambda chosen: self._take_chosen(chosen, screen.sought))

    def _take_chosen(self, chosen: Summary | None, sought: str) -> None:
        if chosen is not None:
            self.open(chosen.id, sought if chosen.found else "")

    async def summaries(self, ways: Sequence[str]) -> list[Summary] | None:
        return await self._ask(self._store.summaries(ways, demo=self.keeper.demo))

    async def excerpts(self, summary: Summary, ways: Sequence[str]) -> list[Excerpt] | None:
        return await self._ask(self._store.excerpts(summary, ways))

    async def hits(self, summary: Summary, ways: Sequence[str]) -> int | None:
        return await self._ask(self._store.hits(summary, ways))

    async def retitle(self, summary: Summary, title: str) -> None:
        """Give a listed conversation another title."""
        if summary.id == self._app.conversation.id:
            self._app.conversation.title = title
            self._app.show_frame()
        await self._change(Rename(self._record(summary), title))

    async def archive(self, summary: Summary, *, archived: bool) -> None:
        """Put a listed conversation out of sight, or back into the list."""
        await self._change(Archive(self._record(summary), archived))

    async def delete(self, summary: Summary) -> bool:
        """Delete a listed conversation for good; not while an answer is coming in it."""
        if summary.id == self._app.conversation.id:
            if self._app.conversation.current is not None:
                self._app.say_busy()
                return False
            self.keeper.forget()
            self._app.take_conversation(Conversation())
            self.keeper.take(self._app.conversation)
            self.keeper.draft_changed()
        await self._change(Delete(self._record(summary)))
        copies = await asyncio.to_thread(damaged_copies, self._store.path)
        if copies:
            self._app.tell(say("notice.copies_left", n=len(copies), path=copies[-1]), "warning", lasting=True)
        return True

    async def _change(self, change: Change) -> None:
        """Have it done, or at least on its way."""
        await asyncio.wrap_future(self._store.put(change))

    def _record(self, summary: Summary) -> ConversationRecord:
        return ConversationRecord(summary.id, summary.title, self.keeper.demo, summary.used_on)

    def search_prompts(self, typed: str = "") -> None:
        """What was sent before, to be found and sent again."""
        from elumenta_tui.tui.screens.history import HistoryScreen

        self._app.push_screen(HistoryScreen(self._prompts, typed=typed), self._take_prompt)

    async def _prompts(self, ways: Sequence[str]) -> list[str] | None:
        return await self._ask(self._store.prompts(ways, demo=self.keeper.demo, limit=FOUND_PROMPTS))

    def _take_prompt(self, text: str | None) -> None:
        if text is not None:
            self._app.prompt.replace_by(text)

    def _take_title(self, title: str | None) -> None:
        title = clean_line(title or "", TITLE_LIMIT)
        if title:
            conversation = self._app.conversation
            conversation.title = title
            self._app.show_frame()
            self._store.put(Rename(self.keeper.record(conversation), title))
            self._app.tell(say("notice.renamed", title=title))

    # ---------------------------------------------------------------------------------------------------------- export

    def export(self, argument: str) -> None:
        """Write the conversation on the screen into a file: `json` or `md`, and where to, both as the user likes."""
        conversation = self._app.conversation
        if not conversation.turns:
            self._app.tell(say("notice.nothing_to_export"), "warning")
            return
        from elumenta_tui.transfer.export import FORMATS

        word, _, rest = argument.partition(" ")
        known = word.lower() in FORMATS
        format = word.lower() if known else "md"
        place = (rest if known else argument).strip()
        if not known and place.endswith(".json"):
            format = "json"
        if not known and place and (complaint := _complaint_of_place(place)):
            self._app.prompt.put_back(f"/export {argument}")
            self._app.tell(complaint, "warning")
            return
        # What is still coming is copied as it is now: it is written in a thread.
        turns = [TurnRecord.of(turn, "").turn(turn.text) for turn in conversation.turns]
        copy = Conversation(turns, conversation.id, conversation.title, conversation.created_on)
        stored = Stored(
            copy, clean(self._app.prompt.text), self._app.calendar(), archived=False, demo=self.keeper.demo
        )
        self._app.start_worker(partial(self._export, stored, format, place), "export")

    async def _export(self, stored: Stored, format: str, place: str) -> None:
        try:
            path = await asyncio.to_thread(self._write, stored, format, place)
        except FileExistsError as error:
            self._app.tell(say("notice.export_exists", path=error.filename or place), "error")
        except OSError as error:
            self._app.tell(say("notice.not_exported", reason=error.strerror or type(error).__name__), "error")
        else:
            self._app.offer_to_copy(str(path))
            self._app.tell(say("notice.exported", path=path, key=hint("copy")), lasting=True)

    def _write(self, stored: Stored, format: str, place: str) -> Path:
        from elumenta_tui.transfer.export import export, file_names

        # Path.expanduser raises something else for a user that there is not.
        place = os.path.expanduser(place)
        if place.startswith("~"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), place)

        def data() -> Iterator[bytes]:
            return (piece.encode() for piece in export([stored], format))

        def write_into(directory: Path) -> Path:
            return write_under_free_name(directory, file_names(stored.conversation.title, format), data)

        if not place:
            with suppress(OSError):
                return write_into(Path.cwd())
            return write_into(self._store.path.parent / EXPORTS)
        path = Path(place).absolute()
        if path.is_dir():
            return write_into(path)
        write_new(path, data())
        return path

    # --------------------------------------------------------------------------------------------------------- the end

    def at_rest(self) -> None:
        """The program ends properly: nothing on the screen has stopped it."""
        self._store.at_rest()

    def close(self) -> int:
        """Have everything on the disk, and let go of it; how many changes could not be saved."""
        return self.keeper.close(CLOSING_PATIENCE)


def _complaint_of_place(place: str) -> str:
    """What is wrong with the place of an export whose format was not named: a format that there is not, for instance."""
    path = Path(os.path.expanduser(place))
    if path.is_dir():
        return ""
    if not any(sign in place for sign in (".", "/", os.sep)):
        return say("notice.no_export_format", what=clean_line(place, 60))
    suffix = path.suffix.lower()
    return "" if suffix in TEXT_SUFFIXES else say("notice.no_export_suffix", suffix=suffix)
