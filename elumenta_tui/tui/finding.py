"""Searches in the conversation on the screen, and in the versions of it that are not on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.i18n import say
from elumenta_tui.session import Session
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import ACTIONS, hint, key_label
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.widgets.prompt import Prompt
from elumenta_tui.tui.widgets.transcript import Transcript
from elumenta_tui.tui.widgets.transcript_blocks import ReadingPlace

AROUND = 20
"""Characters on either side of a match that a notice quotes."""
WIDE = 80
"""Columns from which on the frame shows all keys of the search."""

if TYPE_CHECKING:
    from elumenta_tui.tui.other_versions import OtherVersions
    from elumenta_tui.tui.widgets.expression import BadExpression
    from elumenta_tui.tui.widgets.find_line import FindLine
    from elumenta_tui.tui.widgets.hits import Sought


class _Origin(NamedTuple):
    """Where the reader was when the search began."""

    conversation: Conversation
    newest: Answer | None
    """The answer at the end of the path."""
    path: frozenset[Turn]
    chosen: dict[Turn, Answer | None]
    view: ReadingPlace


class Finding:
    """Searches in the transcript. Its search line is created on first use."""

    def __init__(
        self,
        session: Session,
        screens: Screens,
        prompt: Prompt,
        transcript: Transcript,
        notify_user: NotifyUser,
        width: Callable[[], int],
        clear_notice: Callable[[], None],
    ) -> None:
        """`width` returns the columns of the screen; `clear_notice` removes a notice that is no longer true."""
        self._session = session
        self._screens = screens
        self._prompt = prompt
        self._transcript = transcript
        self._notify_user = notify_user
        self._width = width
        self._clear_notice = clear_notice
        self._line: FindLine | None = None
        self._last, self._last_is_expression = "", False
        """The last search text, and whether it was a regular expression."""
        self._is_match_known = False
        """True if the list of conversations found a match, so that the absence of one must be explained."""
        self._of_list = ""
        """Text that was looked for in the list of conversations, until something else is typed: it counts the beginnings of words."""
        self._sought: Sought | None = None
        self._is_loose = False
        """True if the words of a phrase are searched, because the phrase as typed is in no version."""
        self._finds_nothing = False
        """True if all of the path was searched and has no hit."""
        self._is_elsewhere = False
        """True if a notice says that Esc leads back."""
        self._others: OtherVersions | None = None
        self._visited: set[Answer] = set()
        """Answers that this search has led the path through."""
        self._step = 1
        """The direction in which the path was led elsewhere last."""
        self._origin: _Origin | None = None
        self._returns_to: ReadingPlace | None = None
        """The view to show when the path is back."""

    @property
    def is_open(self) -> bool:
        """True if the search line is open."""
        return self._line is not None

    @property
    def keys(self) -> str:
        """What the keys do while the search line has the focus."""
        is_wide = self._width() >= WIDE
        if self._line is not None and self._line.is_walking:
            return (
                say("find.keys_walking", key=hint("cursor_up")) if is_wide else say("find.keys_walking_short")
            )
        return say("find.keys") if is_wide else say("find.keys_short")

    def takes(self, action: str) -> bool:
        """Return whether the search line handles the key of an action now."""
        if self._line is None or not self._line.field.has_focus:
            return False
        from elumenta_tui.tui.widgets.find_line import OWN_KEYS, TAKEN

        return action in TAKEN or not OWN_KEYS.isdisjoint(ACTIONS[action].keys)

    def open(self, text: str = "", *, focus: bool = True) -> None:
        """Search a text, or the last search text if it is empty. A text in slashes is a regular expression: /^def /.

        `focus`: move the focus to the search line.
        """
        chat = self._screens.screen_stack[0]
        conversation = self._session.conversation
        if not conversation.turns:
            self._notify_user(say("notice.nothing_to_find"), "warning")
            return
        is_expression = len(text) > 2 and text.startswith("/") and text.endswith("/")
        text = text[1:-1] if is_expression else text
        if self._line is None:
            from elumenta_tui.tui.widgets.find_line import FindLine

            is_expression = is_expression if text else self._last_is_expression
            self._line = FindLine(text or self._last, hint("find"), is_expression=is_expression)
            chat.query_one("#chrome").mount(self._line, before=self._prompt)
            self._visited.clear()
            self._origin = self._here()
        elif focus and not self._line.field.has_focus:
            self._origin = self._here()
        if text:
            self._line.field.value = clean_line(text)
            self._line.is_expression = is_expression
        if focus:
            # Focus it immediately, not with the next message: letters typed right after the key belong into the line.
            chat.set_focus(self._line.field)
            self._line.edit()
        self._is_match_known = not focus
        self._of_list = "" if focus else self._line.field.value
        self.look_for(self._line.field.value, is_expression=self._line.is_expression)

    def _here(self) -> _Origin:
        conversation = self._session.conversation
        return _Origin(
            conversation,
            conversation.newest,
            frozenset(conversation.path()),
            {turn: turn.chosen for turn in conversation.turns},
            ReadingPlace.of(self._transcript.viewport, self._transcript.cursor),
        )

    def look_for(self, text: str, *, is_expression: bool = False) -> None:
        """Mark a text in the transcript, in every keyboard layout, or the matches of a regular expression."""
        self._last, self._last_is_expression = text or self._last, is_expression
        sought = self._expression(text) if is_expression else _words(text, inside=text != self._of_list)
        if self._sought != sought:
            self._visited.clear()
        self._sought, self._is_loose, self._finds_nothing = sought, False, False
        self._look_elsewhere()
        if sought is None:
            self._transcript.search.end()
            return
        self._transcript.search.begin(sought)
        if self._line is not None and not sought:
            self._transcript.search.end()
            self._line.show_count(0, 0, is_done=True)

    def _expression(self, text: str) -> Sought | None:
        """Return the expression, or show in the line why it is none."""
        from elumenta_tui.tui.widgets.expression import BadExpression, Expression

        try:
            return Expression(text)
        except BadExpression as problem:
            if self._line is not None:
                self._line.show_problem(_complaint(problem))
            return None

    def _look_elsewhere(self) -> None:
        """Count the hits in the versions that are not on the path."""
        if self._others is not None:
            self._others.stop()
            self._others = None
        conversation = self._session.conversation
        if self._sought and len(conversation.turns) > 0:
            from elumenta_tui.tui.other_versions import OtherVersions

            others = OtherVersions(conversation, self._sought, self._transcript.after, self._show_others)
            self._others = others
            others.go_on()
        elif self._line is not None:
            self._line.show_others(0)

    def _show_others(self, count: int) -> None:
        if self._line is not None:
            self._line.show_others(count)
        if self._finds_nothing:
            self._loosen()

    def _loosen(self) -> bool:
        """Search the words of a phrase that is in no version as it was typed. Return whether that begins or may still begin."""
        looser = self._sought.looser if self._sought else None
        if looser is None or (self._others is not None and self._others.is_done and self._others.total):
            return False
        if self._others is None or self._others.is_done:
            self._sought, self._is_loose, self._finds_nothing = looser, True, False
            self._look_elsewhere()
            self._transcript.search.begin(looser)
        return True

    def show_count(self, found: Transcript.Searched) -> None:
        """Show the state of the search."""
        if self._line is None or not self._sought:
            # It is of the search before, and was on its way when the text became one that can't be searched.
            return
        if found.is_too_slow:
            self._line.show_problem(say("find.expression.slow"))
            return
        self._finds_nothing = found.is_done and not found.total
        if self._finds_nothing and self._loosen():
            return
        self._line.show_count(found.number, found.total, is_done=found.is_done, is_loose=self._is_loose)
        if found.is_done and self._is_match_known:
            self._is_match_known = False
            if not found.total:
                self._show_source(self._line.field.value)

    def _show_source(self, text: str) -> None:
        """Quote the match in the Markdown source, because the painted text has none."""
        from elumenta_tui.text.layouts import ways
        from elumenta_tui.text.matching import places_of

        for answer in reversed(self._session.conversation.shown):
            for source in (answer.text, answer.prompt):
                place = next(places_of(source, ways(text)), None)
                if place is not None:
                    start = max(0, place.start - AROUND)
                    self._transcript.show_answer(answer)
                    excerpt = clean_line(source[start : place.end + AROUND])
                    self._notify_user(say("find.in_source", excerpt=excerpt), "warning", lasting=True)
                    return

    # ---------------------------------------------------------------------------------------------------------- moving

    def move(self, step: int) -> None:
        """Go to the next hit (1) or the previous one (-1). Beyond the last one, lead the path to another version with a hit."""
        if self._transcript.search.is_at_edge(step) and self._others is not None:
            self._visited.update(self._session.conversation.shown)
            answer = self._others.next(self._visited, step)
            if answer is None:
                # All were visited: begin again with those that are not on the path now.
                self._visited = set(self._session.conversation.shown)
                answer = self._others.next(self._visited, step)
            if answer is not None:
                self._lead_to(answer, step)
                return
        self._transcript.search.move(step)

    def _lead_to(self, answer: Answer, step: int) -> None:
        self._step = step
        self._session.branches.lead_to(answer)
        self._is_elsewhere = True
        self._notify_user(say("find.elsewhere", key=key_label("escape")))

    def path_changed(self, answer: Answer) -> None:
        """Go on on the new path, whose turning point is that answer; or show the old view again, if the path is back."""
        if self._returns_to is not None:
            self._restore(self._returns_to)
            self._returns_to = None
        elif self._line is not None and self._sought:
            shown = self._session.conversation.shown
            at = shown.index(answer) if answer in shown else None
            self._finds_nothing = False
            self._look_elsewhere()
            self._transcript.search.begin(self._sought, at, self._step if at is not None else 0)

    # ----------------------------------------------------------------------------------------------------------- ending

    def close(self, *, returns: bool = False) -> None:
        """End the search and move the focus back to the prompt. The transcript keeps its scroll position.

        `returns`: lead the path back, and show what the reader saw before the search.
        """
        line, self._line = self._line, None
        origin, self._origin = self._origin, None
        if line is None:
            return
        if self._others is not None:
            self._others.stop()
            self._others = None
        self._sought = None
        if self._is_elsewhere:
            self._is_elsewhere = False
            self._clear_notice()
        hit = self._transcript.search.hit
        if hit is not None and not returns:
            self._transcript.cursor.start_at(hit.section, hit.piece)
        self._transcript.search.end()
        if line.field.has_focus:
            self._screens.screen_stack[0].set_focus(self._prompt)
        line.remove()
        if returns and origin is not None and origin.conversation is self._session.conversation:
            self._return(origin)

    def _return(self, origin: _Origin) -> None:
        """Lead the path back to where it was, and show what the reader saw."""
        conversation = self._session.conversation
        changed = [
            turn for turn in conversation.turns if turn.chosen is not origin.chosen.get(turn, turn.chosen)
        ]
        if conversation.newest is origin.newest and not changed:
            self._restore(origin.view)
            return
        self._returns_to = origin.view
        branches = self._session.branches
        for turn in changed:
            chosen = origin.chosen[turn]
            if turn not in origin.path and chosen is not None:
                branches.choose(chosen)
        if origin.newest is not None:
            branches.end_at(origin.newest)

    def _restore(self, view: ReadingPlace) -> None:
        view.restore(self._transcript.viewport, self._transcript.cursor)
        self._transcript.paint()

    def reword(self) -> None:
        """Rewrite the search line after the language has changed."""
        if self._line is not None:
            self._line.reword()


def _complaint(problem: BadExpression) -> str:
    match problem.kind:
        case "long":
            return say("find.expression.long")
        case "unavailable":
            return say("find.expression.unavailable")
        case _ if problem.place:
            return say("find.expression.bad", place=problem.place)
        case _:
            return say("find.expression.bad_somewhere")


def _words(text: str, *, inside: bool) -> Sought:
    from elumenta_tui.text.layouts import ways
    from elumenta_tui.text.matching import Wanted

    return Wanted(ways(text), as_phrase=True, inside=inside)
