"""The stored conversations as the user meets them: listed, opened, renamed, deleted, and found again after a crash."""

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
    from elumenta_tui.session.library import Library
    from elumenta_tui.store.records import Summary


class Shelf:
    """Leads from one conversation to another, with what is typed meanwhile."""

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
        """`find` shows where a text is in the conversation."""
        self._session = session
        self._screens = screens
        self._prompt = prompt
        self._sending = sending
        self._find = find
        self._notify_user = notify_user
        self._held: list[Prompt.Submitted] = []
        """What the user has submitted while a conversation was being opened."""

    @property
    def _library(self) -> Library:
        return self._session.open_library()

    # --------------------------------------------------------------------------------------------------------- opening

    def may_submit(self, text: str, was_pasted: bool) -> bool:
        """Whether a text may be taken out of the prompt; if not, it is said why."""
        library = self._session.library
        if library is not None and library.is_opening:
            return True
        return self._sending.may_submit(text, was_pasted)

    def submit(self, submitted: Prompt.Submitted) -> None:
        """Send what was submitted, or do what it says; as soon as the conversation is there that is being opened."""
        library = self._session.library
        if library is not None and library.is_opening:
            self._held.append(submitted)
        else:
            self._sending.submit(submitted)

    def open(self, id: str, sought: str = "") -> None:
        """Put a stored conversation on the screen; where there is what was sought."""
        was_opening = self._library.is_opening
        match self._session.open(id, sought):
            case None:
                if not was_opening:
                    self._prompt.fill("")
            case Refusal.NOTHING:
                if sought:
                    self._find(sought)
            case refusal:
                self._sending.tell_refusal(refusal)

    def take_shown(self, shown: ConversationShown) -> None:
        """Another conversation is on the screen: its draft, and what was submitted for it."""
        if shown.stored is not None:
            self._prompt.put_back(shown.stored.draft)
        if shown.sought:
            self._find(shown.sought)
        if shown.keeps_draft:
            self._give_held_back()
        held, self._held = self._held, []
        for submitted in held:
            self._sending.submit(submitted)

    def take_failure(self, failed: OpenFailed) -> None:
        """The one that was to be opened is not there: what was meant for it is not sent."""
        self._give_held_back()
        self._prompt.put_back(failed.draft)
        self._notify_user(say("notice.not_read"), "error")

    def _give_held_back(self) -> None:
        held, self._held = self._held, []
        for submitted in reversed(held):
            self._prompt.put_back(submitted.text)

    def new_conversation(self) -> None:
        """Begin an empty conversation; what is typed comes along, and an answer that is coming goes on where it is."""
        self._session.new_conversation()

    # --------------------------------------------------------------------------------------------------------- dialogs

    def rename(self, title: str) -> None:
        """Give the conversation on the screen another title; ask for it if it is empty."""
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
            self._library.rename(title)
            self._notify_user(say("notice.renamed", title=title))

    def show_list(self, typed: str = "") -> None:
        """All conversations, to be found, opened and put in order."""
        from elumenta_tui.tui.screens.conversations import ConversationsScreen

        session = self._session
        session.autosave.flush()
        screen = ConversationsScreen(
            self._library,
            now=session.calendar(),
            current=session.conversation.id,
            running=session.running_elsewhere,
            unread=session.unread,
            typed=typed,
            refuse=lambda: self._sending.tell_refusal(Refusal.BUSY),
        )
        self._screens.push_screen(screen, lambda chosen: self._open_chosen(chosen, screen.sought))

    def _open_chosen(self, chosen: Summary | None, sought: str) -> None:
        if chosen is not None:
            self.open(chosen.id, sought if chosen.found else "")

    def search_prompts(self, typed: str = "") -> None:
        """What was sent before, to be found and sent again."""
        from elumenta_tui.tui.screens.history import HistoryScreen

        self._screens.push_screen(HistoryScreen(self._prompts, typed=typed), self._use_prompt)

    async def _prompts(self, ways: Sequence[str]) -> list[str] | None:
        found = await self._library.prompts(ways)
        return None if found is None else typed(found)

    def _use_prompt(self, text: str | None) -> None:
        if text is not None:
            self._prompt.replace_by(text)


def typed(prompts: Sequence[str]) -> list[str]:
    """Those of the prompts that somebody has typed: the one that asks for the rest of an answer is the program's own."""
    own = in_every_language("continue.prompt")
    return [prompt for prompt in prompts if prompt not in own]


def quoted_titles(titles: Sequence[str]) -> str:
    """Titles as a sentence names them, each once."""
    named = [clean_line(title, 40) or say("list.untitled") for title in titles]
    return ", ".join(say("list.quoted", title=title) for title in dict.fromkeys(named))
