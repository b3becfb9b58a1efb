"""Stored conversations in the user interface: lists, opens and renames them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import TITLE_LIMIT, title_of
from elumenta_tui.chat.draft import Draft
from elumenta_tui.chat.quote import Quotes
from elumenta_tui.i18n import say
from elumenta_tui.i18n.own_prompts import written_by_user
from elumenta_tui.session import Refusal, Session
from elumenta_tui.session.events import ConversationShown, OpenFailed
from elumenta_tui.text.matching import has_place
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.text.tags import changed, shown, tags_of
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.sending import Sending
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from elumenta_tui.chat.history import HistoryEntry
    from elumenta_tui.store.records import Summary
    from elumenta_tui.tui.screens.conversations import ConversationsScreen


class Switching:
    """Switches conversations, and keeps what the user types and submits meanwhile."""

    def __init__(
        self,
        session: Session,
        screens: Screens,
        prompt: Prompt,
        sending: Sending,
        notify_user: NotifyUser,
        *,
        find: Callable[[str], None],
        export: Callable[[Sequence[Summary], str], None],
        quotes: Quotes,
        put_back: Callable[[Draft], None],
        carry_over: Callable[[str], None],
        unstored: Callable[[], Sequence[str]],
    ) -> None:
        """
        Args:
            find: searches a text in the conversation on the screen.
            export: writes listed conversations to files of a format.
            quotes: go along to another conversation.
            put_back: puts an unsent prompt into the prompt box, with its quotes and files.
            carry_over: begins a new conversation with the persona of that name.
            unstored: returns the sent prompts that no stored conversation has, oldest first.
        """
        self._carry_over = carry_over
        self._unstored = unstored
        self._put_back = put_back
        self._quotes = quotes
        self._session = session
        self._screens = screens
        self._prompt = prompt
        self._sending = sending
        self._find = find
        self._export = export
        self._notify_user = notify_user
        self._list: ConversationsScreen | None = None
        """The list of conversations while it is open."""
        self._is_continued = False
        """True until the conversation that goes on from the service's history is shown."""
        self._held: list[Prompt.Submitted] = []
        """Texts that were submitted while a conversation was being opened."""

    # --------------------------------------------------------------------------------------------------------- opening

    def may_submit(self, text: str, was_pasted: bool) -> bool:
        """Return whether a text may leave the prompt; notifies the user of the reason if not."""
        library = self._session.library
        if library is not None and library.is_opening:
            return True
        return self._sending.may_submit(text, was_pasted)

    def submit(self, submitted: Prompt.Submitted) -> None:
        """Send a submitted text or run its command; while a conversation is being opened, wait for it first."""
        library = self._session.library
        if library is not None and library.is_opening:
            self._held.append(submitted)
        else:
            self._sending.submit(submitted)

    def open(self, id: str, sought: str = "") -> None:
        """Open a stored conversation, and find the searched text in it."""
        was_opening = self._session.open_library().is_opening
        self._quotes.are_left_out = True
        refusal = self._session.open(id, sought)
        self._quotes.are_left_out = False
        match refusal:
            case None:
                if not was_opening:
                    self._prompt.fill("")
            case Refusal.NOTHING:
                if sought:
                    self._find(sought)
            case _:
                self._sending.notify_refusal(refusal)

    @property
    def last(self) -> str:
        """Id of the conversation that was on the screen before this one; empty if there was none in this session."""
        library = self._session.library
        gone = library.listing.deleted if library is not None else frozenset()
        skipped = {*gone, self._session.conversation.id}
        return next((id for id in reversed(self._session.recent) if id not in skipped), "")

    def open_last(self) -> None:
        """Open the conversation that was on the screen before this one."""
        if self.last:
            self.open(self.last)
        else:
            self._notify_user(say("notice.no_last"), "warning")

    def apply_shown(self, shown: ConversationShown) -> None:
        """Restore the draft of the shown conversation, and submit what was submitted while it was opened."""
        if shown.stored is not None:
            self._put_back(shown.stored.unsent)
        if shown.sought:
            self._find(shown.sought)
        if shown.keeps_draft:
            self._restore_held()
        if self._is_continued:
            self._is_continued = False
            self._notify_user(say("service.continued"))
        held, self._held = self._held, []
        for submitted in held:
            self._sending.submit(submitted)

    def apply_failure(self, failed: OpenFailed) -> None:
        """Put submitted texts back into the prompt.

        They were meant for the conversation that can't be opened.
        """
        self._restore_held()
        self._prompt.put_back(failed.draft)
        self._notify_user(say("notice.not_read"), "error")

    def _restore_held(self) -> None:
        held, self._held = self._held, []
        for submitted in reversed(held):
            self._prompt.put_back(submitted.text)

    def new_conversation(self) -> None:
        """Start an empty conversation.

        The draft moves to it, and the persona; a running answer continues in the conversation before.
        """
        persona = self._session.conversation.persona
        self._session.new_conversation()
        if persona:
            self._carry_over(persona)

    # --------------------------------------------------------------------------------------------------------- dialogs

    def rename(self, title: str) -> None:
        """Rename the conversation on the screen; ask for the title if it is empty."""
        conversation = self._session.conversation
        if not conversation.turns:
            self._notify_user(say("notice.nothing_to_rename"), "warning")
        elif title:
            self._rename(title)
        else:
            from elumenta_tui.tui.screens.line import LineScreen

            self._screens.push_screen(LineScreen(say("rename.title"), conversation.title), self._rename)

    def _rename(self, title: str | None) -> None:
        title = clean_line(title or "", TITLE_LIMIT)
        if title:
            self._session.open_library().rename(title)
            self._notify_user(say("notice.renamed", title=title))

    def pin(self) -> None:
        """Pin the conversation on the screen, or unpin it."""
        pinned = not self._session.conversation.is_pinned
        self._session.open_library().set_pinned(pinned)
        self._notify_user(say("list.is_pinned" if pinned else "list.is_unpinned"))

    def tag(self, typed: str) -> None:
        """Add tags to the conversation on the screen, or remove those with a minus; ask for all of them if none is typed."""
        tags = self._session.conversation.tags
        if typed:
            self._set_tags(changed(tags, typed))
            return
        from elumenta_tui.tui.screens.line import LineScreen

        def set_tags(line: str | None) -> None:
            if line is not None:
                self._set_tags(tags_of(line))

        screen = LineScreen(say("list.tags"), shown(tags), keys=say("line.footnote_tags"), may_be_empty=True)
        self._screens.push_screen(screen, set_tags)

    def _set_tags(self, tags: tuple[str, ...]) -> None:
        self._session.open_library().set_tags(tags)
        self._notify_user(say("notice.tagged", tags=shown(tags)) if tags else say("notice.untagged"))

    def undelete(self) -> None:
        """Bring back the conversations that were deleted last."""
        back = self._session.open_library().listing.undelete()
        if len(back) == 1:
            title = clean_line(back[0].title, 40) or say("list.untitled")
            self._notify_user(say("list.is_undeleted", title=title))
        elif back:
            self._notify_user(say("list.are_undeleted", n=len(back)))
        else:
            self._notify_user(say("list.nothing_deleted"), "warning")

    def show_list(self, typed: str = "") -> None:
        """Show the list of conversations, to search, open and manage them."""
        from elumenta_tui.tui.screens.conversations import ConversationsScreen

        session = self._session
        session.open_library().autosave.flush()
        self._list = screen = ConversationsScreen(
            session.open_library().listing,
            now=session.calendar(),
            current=session.conversation.id,
            running=lambda: session.answering,
            unread=lambda: session.unread,
            export=self._export,
            show_service=self.show_service_history,
            reopen=self._reopen,
            typed=typed,
        )
        self._screens.push_screen(screen, lambda chosen: self._open_chosen(chosen, screen.sought))

    def show_service_history(self, typed: str = "") -> None:
        """Show what the account was asked anywhere, to go on from it."""
        from elumenta_tui.tui.screens.service_history import ServiceHistoryScreen

        session = self._session
        if session.backend.account is None:
            self._sending.notify_refusal(Refusal.NO_ACCOUNT)
            return
        slugs = {model.slug for model in session.models}
        screen = ServiceHistoryScreen(
            session.service_history, now=session.calendar(), slugs=slugs, typed=typed
        )
        self._screens.push_screen(screen, lambda entry: self._continue_entry(entry, screen.original))

    def _continue_entry(self, entry: HistoryEntry | None, original: str) -> None:
        """Go on from an entry: in the conversation of that id, or in a copy if it is empty."""
        if entry is not None and original:
            # Opened at the entry, which the conversation may have gone far beyond.
            self.open(original, title_of(entry.prompt))
        elif entry is not None:
            self._is_continued = True
            self._session.continue_entry(entry)

    def _reopen(self, id: str) -> None:
        """Open the conversation that was on the screen until it was deleted, unless another one has been opened since."""
        if not self._session.conversation.turns:
            self.open(id)

    def refresh_list(self) -> None:
        """Show in the list, if it is open, that an answer has ended."""
        if self._list is not None and self._list.is_mounted:
            self._session.open_library().autosave.flush()
            self._list.find_again()
            self._list.start(partial(self._find_once_saved, self._list), "saved", exclusive=True)

    async def _find_once_saved(self, shown: ConversationsScreen) -> None:
        # Reading does not wait for writing: it may have found the answer as it was before its end.
        await self._session.open_library().autosave.written()
        shown.find_again()

    def _open_chosen(self, chosen: Summary | None, sought: str) -> None:
        self._list = None
        if chosen is not None:
            self.open(chosen.id, sought if chosen.found else "")

    def search_prompts(self, typed: str = "") -> None:
        """Show the list of sent prompts, to search and reuse them."""
        from elumenta_tui.tui.screens.history import HistoryScreen

        self._screens.push_screen(HistoryScreen(self._prompts, typed=typed), self._use_prompt)

    async def _prompts(self, ways: Sequence[str]) -> list[str] | None:
        found = await self._session.open_library().listing.prompts(ways)
        if found is None:
            return None
        known = any(way.strip() for way in ways)
        here = [text for text in reversed(self._unstored()) if not known or has_place(text, ways)]
        return [*dict.fromkeys([*here, *written_by_user(found)])]

    def _use_prompt(self, text: str | None) -> None:
        if text is not None:
            self._prompt.replace_by(text)
