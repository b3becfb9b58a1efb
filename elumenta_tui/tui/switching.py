"""Stored conversations in the user interface: lists, opens and renames them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from elumenta_tui.chat.conversation import TITLE_LIMIT
from elumenta_tui.i18n import in_every_language, say
from elumenta_tui.session import Refusal, Session
from elumenta_tui.session.events import ConversationShown, OpenFailed
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.sending import Sending
from elumenta_tui.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
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
    ) -> None:
        """`find` searches a text in the conversation on the screen."""
        self._session = session
        self._screens = screens
        self._prompt = prompt
        self._sending = sending
        self._find = find
        self._notify_user = notify_user
        self._list: ConversationsScreen | None = None
        """The list of conversations while it is open."""
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
        match self._session.open(id, sought):
            case None:
                if not was_opening:
                    self._prompt.fill("")
            case Refusal.NOTHING:
                if sought:
                    self._find(sought)
            case refusal:
                self._sending.notify_refusal(refusal)

    def apply_shown(self, shown: ConversationShown) -> None:
        """Restore the draft of the shown conversation, and submit what was submitted while it was opened."""
        if shown.stored is not None:
            self._prompt.put_back(shown.stored.draft)
        if shown.sought:
            self._find(shown.sought)
        if shown.keeps_draft:
            self._restore_held()
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

        The draft moves to it; a running answer continues in the conversation before.
        """
        self._session.new_conversation()

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

    def show_list(self, typed: str = "") -> None:
        """Show the list of conversations, to search, open and manage them."""
        from elumenta_tui.tui.screens.conversations import ConversationsScreen

        session = self._session
        session.open_library().autosave.flush()
        self._list = screen = ConversationsScreen(
            self._session.open_library(),
            now=session.calendar(),
            current=session.conversation.id,
            running=lambda: session.running_elsewhere,
            unread=lambda: session.unread,
            typed=typed,
        )
        self._screens.push_screen(screen, lambda chosen: self._open_chosen(chosen, screen.sought))

    def refresh_list(self) -> None:
        """Show in the list, if it is open, that an answer has ended."""
        if self._list is not None and self._list.is_mounted:
            self._session.open_library().autosave.flush()
            self._list.find_again()

    def _open_chosen(self, chosen: Summary | None, sought: str) -> None:
        self._list = None
        if chosen is not None:
            self.open(chosen.id, sought if chosen.found else "")

    def search_prompts(self, typed: str = "") -> None:
        """Show the list of sent prompts, to search and reuse them."""
        from elumenta_tui.tui.screens.history import HistoryScreen

        self._screens.push_screen(HistoryScreen(self._prompts, typed=typed), self._use_prompt)

    async def _prompts(self, ways: Sequence[str]) -> list[str] | None:
        found = await self._session.open_library().prompts(ways)
        return None if found is None else typed(found)

    def _use_prompt(self, text: str | None) -> None:
        if text is not None:
            self._prompt.replace_by(text)


def typed(prompts: Sequence[str]) -> list[str]:
    """Filter out the prompt that `continue` sends: the program wrote it, not the user."""
    own = in_every_language("continue.prompt")
    return [prompt for prompt in prompts if prompt not in own]


def quoted_titles(titles: Sequence[str]) -> str:
    """Quote titles for a sentence, each once."""
    named = [clean_line(title, 40) or say("list.untitled") for title in titles]
    return ", ".join(say("list.quoted", title=title) for title in dict.fromkeys(named))
