"""Comparisons in the user interface: which models the next prompt is sent to, and the screen that shows their answers.

(Over 400 lines: one object knows from the marks in the picker to the pick which comparison is meant.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.events import Key, Paste
from textual.message import Message

from elumenta_tui.chat.models import Model
from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.config.picks import Picks, Score
from elumenta_tui.config.settings import StateFile
from elumenta_tui.i18n import say
from elumenta_tui.i18n.objections import offer
from elumenta_tui.session import Refusal, Session, Tasks
from elumenta_tui.session.comparing import LEAST, MOST, columns
from elumenta_tui.session.events import (
    AnswerChanged,
    AnswerCompleted,
    AnsweredBeside,
    AnswerEnded,
    PathChanged,
    SessionEvent,
    WaitChanged,
)
from elumenta_tui.session.guardrails import requests_left
from elumenta_tui.session.recovery import may_be_recovered
from elumenta_tui.text.layouts import to_qwerty
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.catalogue import hint
from elumenta_tui.tui.comparison_typing import TypingOn
from elumenta_tui.tui.ports import NotifyUser, Screens
from elumenta_tui.tui.screens.asking import AskingScreen
from elumenta_tui.tui.screens.comparison import NEXT, PICKED, ComparisonScreen
from elumenta_tui.tui.screens.diff import DiffScreen, Named
from elumenta_tui.tui.screens.merge import MergeScreen
from elumenta_tui.tui.widgets import frame
from elumenta_tui.tui.widgets.line_renderer import DrawFoot, DrawnPictures
from elumenta_tui.tui.widgets.transcript import Transcript

if TYPE_CHECKING:
    from elumenta_tui.chat.attachment import Attachment

COLUMN_FPS = 20
"""Frames a second of each column, at most: together they then cost less than twice as much as one answer alone."""


class Comparing:
    """Sends prompts to several models, and does what is asked for on the screen that compares their answers.

    Args:
        state_file: keeps which models were picked.
        make_transcript: creates a transcript whose answers have that footer.
        show_frame: updates the prompt's frame.
        choose_models: shows the model picker.
        notify_refusal: notifies the user why nothing was sent.
        take_back: removes the prompt of an answer from the prompt box, if it was put back there.
        copy: copies a text.
        type_on: types a key or a paste into the prompt box.
        pictures: returns what draws attached pictures; None if they are named only.
    """

    def __init__(
        self,
        session: Session,
        screens: Screens,
        tasks: Tasks,
        transcript: Transcript,
        state_file: StateFile,
        notify_user: NotifyUser,
        *,
        make_transcript: Callable[[DrawFoot], Transcript],
        show_frame: Callable[[], None],
        choose_models: Callable[[], None],
        notify_refusal: Callable[[Refusal], None],
        take_back: Callable[[Answer], None],
        copy: Callable[[str], None],
        type_on: Callable[[Message], object],
        pictures: Callable[[], DrawnPictures | None],
    ) -> None:
        self.models: Sequence[Model] = ()
        """The models that the next prompt is sent to; empty for the session's model alone."""
        self.is_blind = False
        """Whether the names of the models are hidden until one is picked. Stays for the next comparison."""
        self._session = session
        self._screens = screens
        self._tasks = tasks
        self._transcript = transcript
        self._state_file = state_file
        self._notify_user = notify_user
        self._make_transcript = make_transcript
        self._show_frame = show_frame
        self._choose_models = choose_models
        self._notify_refusal = notify_refusal
        self._take_back = take_back
        self._copy = copy
        self._pictures = pictures
        self._typing = TypingOn(screens, type_on)
        self._screen: ComparisonScreen | None = None
        """The comparison while it is open."""
        self._unpicked: Turn | None = None
        """The turn whose first answer the next prompt follows, because none was picked."""

    # ------------------------------------------------------------------------------------------------------- the mode

    def command(self, argument: str) -> None:
        """Compare the named models; without names, open the comparison of the last turn, or the model picker."""
        if argument:
            self._begin_named(argument.replace(",", " ").split())
            return
        head = self._session.conversation.head
        if head is not None and len(columns(head)) >= LEAST:
            self.open(head)
        else:
            self._choose_models()

    def _begin_named(self, names: Sequence[str]) -> None:
        found: list[Model] = []
        for name in names:
            model = self._named(name)
            if model is None:
                self._notify_user(say("compare.no_model", name=clean_line(name, 40)), "warning")
                return
            if model not in found:
                found.append(model)
        if not LEAST <= len(found) <= MOST:
            self._notify_user(say("compare.number", most=MOST), "warning")
        else:
            self.begin(found)

    def _named(self, name: str) -> Model | None:
        """Return the model with that slug, or the only one whose slug contains the name."""
        ways = (name.lower(), to_qwerty(name.lower()))
        models = {model.slug.lower(): model for model in self._session.models if model.streams}
        exact = next((models[way] for way in ways if way in models), None)
        near = [model for slug, model in models.items() if any(way in slug for way in ways)]
        return exact or (near[0] if len(near) == 1 else None)

    def begin(self, models: Sequence[Model]) -> None:
        """Send the next prompt to all of these models."""
        self.models = tuple(models)
        self._show_frame()

    def leave_mode(self) -> bool:
        """Send the next prompt to the session's model alone. Return whether it would have gone to several."""
        was_on, self.models = bool(self.models), ()
        if was_on:
            self._show_frame()
        return was_on

    def refusal(self, prompt: str) -> Refusal | None:
        """Return why the prompt can't be sent to the models now; None if it can."""
        return self._session.comparing.refusal(prompt, self.models)

    def explain(self, refusal: Refusal) -> str:
        """Return a sentence for too many answers at once: none of them is sent then. Empty for other reasons."""
        if refusal is not Refusal.TOO_MANY or not self.models:
            return ""
        running, wanted = len(self._session.running), len(self.models)
        if running + wanted > MOST:
            return say("compare.too_many", n=running, most=MOST, wanted=wanted)
        left = requests_left(self._session.backend.limits) or 0
        return say("compare.few_requests", n=max(0, left - running), wanted=wanted)

    def send(self, prompt: str, attachments: tuple[Attachment, ...] = ()) -> Answer | Refusal:
        """Send a prompt to the models and show their answers. The mode ends. Return the answer that belongs to the conversation."""
        answers = self._session.comparing.ask(prompt, self.models, attachments)
        if isinstance(answers, Refusal):
            return answers
        self.models = ()
        self.open(answers[0].turn)
        return answers[0]

    def note_sent(self) -> None:
        """Notify the user if the prompt that was just sent follows an answer that was never picked."""
        turn, self._unpicked = self._unpicked, None
        head = self._session.conversation.head
        if (
            turn is None
            or head is None
            or head is turn
            or head.parent is None
            or head.parent.turn is not turn
        ):
            return
        self._notify_user(
            say("compare.went_on", name=clean_line(head.parent.model.name)), "warning", lasting=True
        )

    # ----------------------------------------------------------------------------------------------------- the screen

    def open(self, turn: Turn) -> None:
        """Show the answers of a turn side by side."""
        if self._screen is not None and not self._screen.is_left:
            return
        self._session.mark_read(turn.answers)
        self._screen = ComparisonScreen(
            turn,
            self,
            self._make_transcript,
            self._session.clock,
            reaction=self._session.reaction,
            pictures=self._pictures,
        )
        self._screens.push_screen(self._screen, lambda result: self._closed(turn, result))

    def refresh_pictures(self) -> None:
        """Draw the pictures of the open comparison again, because some were decoded."""
        if self._screen is not None and not self._screen.is_left:
            self._screen.show_files()

    def _closed(self, turn: Turn, result: str | None) -> None:
        screen, self._screen = self._screen, None
        session = self._session
        self._transcript.show(session.conversation.shown)
        self._show_frame()
        chosen = turn.chosen
        if chosen is None or turn is not session.conversation.head:
            return
        name = clean_line(chosen.model.name)
        if result == PICKED:
            score = self.scores.get(chosen.model.slug)
            won = say("picker.model.won", won=score.won, n=score.of) if score is not None else ""
            text = say("compare.picked", name=say("compare.merged") if chosen.remark else name)
            text += f" ({won})" if won and not chosen.remark else ""
            if self.is_blind and screen is not None:
                text += f"  ·  {screen.names}"
            if chosen.model.slug != session.model.slug:
                # Picking an answer is not choosing a model.
                next_name = clean_line(session.model.name)
                text += f" · {say('compare.next_model', name=next_name, key=hint('model'))}"
            self._unpicked = None
            self._notify_user(text, lasting=True)
        elif session.comparing.unpicked is turn:
            self._unpicked = turn
            self._notify_user(say("compare.left", name=name, key=hint("compare")), lasting=True)
        if result == NEXT:
            own = [answer.model for answer in columns(turn) if not answer.remark]
            self.begin(list(dict.fromkeys(own))[:MOST])

    def follow(self, event: SessionEvent) -> bool:
        """Show an event on the screen, if it is open. Return whether the chat below need not show it now."""
        screen = self._screen
        if screen is None or screen.is_left:
            return False
        if screen.turn not in self._session.conversation.turns:
            # Another conversation has taken its place.
            screen.dismiss(None)
            return False
        match event:
            case AnswerChanged(answer):
                screen.mark_changed(answer)
                return answer.turn is screen.turn
            case AnsweredBeside(answer) if answer.turn is screen.turn:
                self._session.mark_read([answer])
                screen.show_all()
                return True
            case AnswerEnded(answer) | AnswerCompleted(answer) | PathChanged(answer) | WaitChanged(answer):
                screen.show_all()
                return answer.turn is screen.turn and not isinstance(event, AnswerEnded)
        return False

    def takes(self, event: Key | Paste) -> bool:
        """Type a key or paste into the prompt and close the comparison; False if it is not for the prompt."""
        return self._screen is not None and self._typing.takes(event)

    # ---------------------------------------------------------------------------------------------- acts of the screen

    def stop(self, answer: Answer, name: str) -> None:
        """Ask whether one answer shall be stopped. The others go on."""
        if answer.over:
            return

        def stop(is_meant: bool | None) -> None:
            if is_meant and not answer.over:
                self._session.stop_answer(answer)

        self._ask("stop", say("compare.stop.text", name=name), stop)

    def retry(self, answer: Answer, name: str) -> None:
        """Ask whether the model of an incomplete answer shall be asked again, and say what it costs."""
        refusal = self._session.comparing.refusal_of_retry(answer)
        if refusal is Refusal.NOTHING:
            self._notify_user(say("compare.whole"), "warning")
            return
        if refusal is not None:
            self._notify_refusal(refusal)
            return
        # In blind mode the price would tell the model.
        note = "" if self.is_blind else f" · {frame.price_words(answer.model)}"
        self._ask("retry", f"{name}{note}", lambda is_meant: self._retry(answer) if is_meant else None)

    def _retry(self, answer: Answer) -> None:
        if self._session.comparing.refusal_of_retry(answer) is None:
            self._take_back(answer)
        refusal = self._session.comparing.retry(answer)
        if isinstance(refusal, Refusal):
            self._notify_refusal(refusal)
        elif self._screen is not None:
            self._screen.show_all()

    def _ask(self, what: str, text: str, then: Callable[[bool | None], None]) -> None:
        screen = AskingScreen(say(f"compare.{what}.title"), text, say(f"compare.{what}.keys"))
        self._screens.push_screen(screen, then)

    def recover(self, answer: Answer) -> None:
        """Replace an incomplete answer by the complete one of the service's history."""
        if not answer.is_doubtful and answer.recovered is None:
            self._notify_user(say("notice.nothing_to_fetch"), "warning")
            return
        if answer.recovered is None:
            self._notify_user(say("notice.fetching"))
        self._session.recover(answer)

    def offers(self, answer: Answer) -> list[str]:
        """List what can be done for an incomplete answer, with keys and prices."""
        offers = []
        if self._session.comparing.refusal_of_retry(answer) is not Refusal.NOTHING:
            again = say("compare.again", key="R")
            offers.append(again if self.is_blind else offer("again", answer.model, "R"))
        if answer.recovered is not None:
            offers.append(say("offer.found", key="G"))
        elif may_be_recovered(answer, is_settling=self._session.is_settling(answer)):
            offers.append(say("offer.look", key="G"))
        return offers

    def pick(self, answer: Answer) -> bool:
        """Go on with an answer; False if it has no text."""
        if not answer.has_text:
            self.note_no_text()
            return False
        own = [other.model.slug for other in columns(answer.turn) if not other.remark]
        self._session.comparing.pick(answer)
        self._picks.note_answer(answer, own)
        self._tasks.start(self._state_file.write, "remember")
        return True

    def note_no_text(self) -> None:
        """Notify the user that an answer has no text yet."""
        self._notify_user(say("compare.no_text"), "warning")

    def diff(
        self, answer: Answer, others: Sequence[Answer], place: int, name: Callable[[Answer], str]
    ) -> None:
        """Show how an answer differs from the one of the others at that place; keys lead to the rest of them."""
        named = [Named(each.text, name(each)) for each in (answer, *others)]
        self._screens.push_screen(DiffScreen(named[0], named[1:], place))

    def merge(self, turn: Turn, name: Callable[[Answer], str]) -> None:
        """Ask whether a model shall merge the answers of a turn, and show what would be sent."""
        session = self._session
        merged = session.comparing.merged(turn)
        if len(merged) < LEAST:
            self._notify_user(say("compare.nothing_to_merge"), "warning")
            return
        instruction = say("compare.instruction")
        own = [answer.model for answer in columns(turn)]
        screen = MergeScreen(
            list(dict.fromkeys([session.model, *own])),
            lambda model: session.comparing.merge_request(turn, model, instruction, merged),
            session.ledger,
            _warnings(turn, merged, name),
        )

        def take(model: Model | None) -> None:
            if model is None:
                return
            answer = session.comparing.merge(turn, model, instruction, merged)
            if isinstance(answer, Refusal):
                self._notify_refusal(answer)
            elif self._screen is not None:
                self._screen.show_all()
                self._screen.go_to(answer)

        self._screens.push_screen(screen, take)

    def copy(self, text: str) -> None:
        """Copy a text."""
        self._copy(text)

    # ------------------------------------------------------------------------------------------------------ the picks

    @property
    def _picks(self) -> Picks:
        return Picks(self._state_file, "demo_picks" if self._session.backend.is_demo else "picks")

    @property
    def scores(self) -> Mapping[str, Score]:
        """How often each model was picked, by slug."""
        return self._picks.scores()


def _warnings(turn: Turn, merged: Sequence[Answer], name: Callable[[Answer], str]) -> list[str]:
    """Say which of the merged answers are incomplete, and which answers are not merged."""
    rest = [answer for answer in columns(turn) if answer not in merged and not answer.remark]
    groups = {
        "incomplete": [answer for answer in merged if answer.failure is not None],
        "coming": [answer for answer in rest if not answer.over],
        "left_out": [answer for answer in rest if answer.over],
    }
    return [
        say(f"compare.merge.{kind}", names=", ".join(map(name, answers)))
        for kind, answers in groups.items()
        if answers
    ]
