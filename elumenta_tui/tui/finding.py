"""Searches in the conversation on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.transcript import Transcript

AROUND = 20
"""Characters on either side of a match that a notice quotes."""

if TYPE_CHECKING:
    from elumenta_tui.tui.widgets.find_line import FindLine


class Finding:
    """Searches in the transcript. Its search line is created on first use."""

    def __init__(
        self,
        session: Session,
        screens: Screens,
        prompt: Prompt,
        transcript: Transcript,
        notify_user: NotifyUser,
    ) -> None:
        self._session = session
        self._screens = screens
        self._prompt = prompt
        self._transcript = transcript
        self._notify_user = notify_user
        self._line: FindLine | None = None
        self._last = ""
        """The last search text."""
        self._is_match_known = False
        """True if the list of conversations found a match, so that the absence of one must be explained."""

    @property
    def is_open(self) -> bool:
        """True if the search line is open."""
        return self._line is not None

    def takes(self, action: str) -> bool:
        """Return whether the search line handles the key of an action now."""
        if self._line is None or not self._line.field.has_focus:
            return False
        from elumenta_tui.tui.widgets.find_line import TAKEN

        return action in TAKEN

    def open(self, text: str = "", *, focus: bool = True) -> None:
        """Search a text, or the last search text if it is empty.

        `focus`: move the focus to the search line.
        """
        chat = self._screens.screen_stack[0]
        if not self._session.conversation.turns:
            self._notify_user(say("notice.nothing_to_find"), "warning")
            return
        if self._line is None:
            from elumenta_tui.tui.widgets.find_line import FindLine

            self._line = FindLine(text or self._last, hint("find"))
            chat.query_one("#chrome").mount(self._line, before=self._prompt)
        elif text:
            self._line.field.value = text
        if focus:
            # Focus it immediately, not with the next message: letters typed right after the key belong into the line.
            chat.set_focus(self._line.field)
        self._is_match_known = not focus
        self.look_for(self._line.field.value)

    def look_for(self, text: str) -> None:
        """Mark a text in the transcript, in every keyboard layout."""
        from elumenta_tui.text.matching import Wanted
        from elumenta_tui.tui.screens.finder import ways

        self._last = text or self._last
        wanted = Wanted(ways(text), as_phrase=True)
        self._transcript.search.begin(wanted)
        if self._line is not None and not wanted:
            self._line.show_count(0, 0, is_done=True)

    def show_count(self, found: Transcript.Searched) -> None:
        """Show the state of the search."""
        if self._line is not None:
            self._line.show_count(found.number, found.total, is_done=found.is_done)
            if found.is_done and self._is_match_known:
                self._is_match_known = False
                if not found.total:
                    self._show_source(self._line.field.value)

    def _show_source(self, text: str) -> None:
        """Quote the match in the Markdown source, because the painted text has none."""
        from elumenta_tui.text.matching import places_of
        from elumenta_tui.tui.screens.finder import ways

        for answer in reversed(self._session.conversation.shown):
            for source in (answer.text, answer.prompt):
                place = next(places_of(source, ways(text)), None)
                if place is not None:
                    start = max(0, place.start - AROUND)
                    self._transcript.show_answer(answer)
                    excerpt = clean_line(source[start : place.end + AROUND])
                    self._notify_user(say("find.in_source", excerpt=excerpt), "warning", lasting=True)
                    return

    def close(self) -> None:
        """End the search and move the focus back to the prompt. The transcript keeps its scroll position."""
        line, self._line = self._line, None
        if line is None:
            return
        self._transcript.search.end()
        if line.field.has_focus:
            self._screens.screen_stack[0].set_focus(self._prompt)
        line.remove()

    def reword(self) -> None:
        """Rewrite the search line after the language has changed."""
        if self._line is not None:
            self._line.reword()
