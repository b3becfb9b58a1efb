"""The screen that compares answers: side by side where they fit, else as tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer

from elumenta_tui.chat.turn import Answer, Turn
from elumenta_tui.i18n import say
from elumenta_tui.session.comparing import columns
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.screens.comparison_acts import Acts
from elumenta_tui.tui.screens.comparison_keys import hints
from elumenta_tui.tui.widgets.answer_column import AnswerColumn, DrawnLine, Facts, mark, total_words
from elumenta_tui.tui.widgets.column_foot import column_foot
from elumenta_tui.tui.widgets.foot import SPINS_PER_SECOND
from elumenta_tui.tui.widgets.key_hints import SHORT
from elumenta_tui.tui.widgets.line_renderer import DrawFoot, DrawnPictures
from elumenta_tui.tui.widgets.packing import packed
from elumenta_tui.tui.widgets.shared_files import PictureRows, file_names
from elumenta_tui.tui.widgets.transcript import Transcript
from elumenta_tui.tui.widgets.transcript_dialog import TranscriptDialog

NARROWEST = 50
"""Cells of a column, at least. Where fewer columns fit than there are answers, tabs lead to the others."""

PICKED, NEXT = "picked", "next"
"""Results of the screen: an answer was picked; the same models are compared with the next prompt. None: it was left."""

PATIENCE = 2
"""Times the session's reaction within which Enter does not pick: it belongs to the prompt that was just sent."""


def shown_name(answer: Answer) -> str:
    """Name an answer: by its model, or as the merged one."""
    return say("compare.merged") if answer.remark else clean_line(answer.model.name, 40)


class ComparisonScreen(TranscriptDialog[str | None]):
    """Answers to one prompt. One of them has the focus: keys scroll, stop, repeat and pick that one.

    (Over 30 methods: half of them are the actions of its keys.)
    """

    AUTO_FOCUS = "#columns"
    BINDINGS = [
        Binding("enter", "pick", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
        Binding("ctrl+c", "copy_or_leave", show=False, priority=True),
        Binding("left,shift+tab", "move(-1)", show=False, priority=True),
        Binding("right,tab", "move(1)", show=False, priority=True),
        Binding("up", "scroll(-1)", show=False, priority=True),
        Binding("down", "scroll(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown,space", "page(1)", show=False, priority=True),
        Binding("home", "start", show=False, priority=True),
        Binding("end", "end", show=False, priority=True),
        *[Binding(str(n), f"go({n - 1})", show=False, priority=True) for n in range(1, 10)],
        Binding("s,ы", "stop", show=False, priority=True),
        Binding("r,к", "retry", show=False, priority=True),
        Binding("g,п", "recover", show=False, priority=True),
        Binding("d,в", "diff", show=False, priority=True),
        Binding("f,а", "merge", show=False, priority=True),
        Binding("b,и", "blind", show=False, priority=True),
        Binding("c,с,y,н,ctrl+y", "copy", show=False, priority=True),
        Binding("alt+c", "next", show=False, priority=True),
        Binding("question_mark,f1,comma", "keys", show=False, priority=True),
    ]

    def __init__(
        self,
        turn: Turn,
        acts: Acts,
        make_transcript: Callable[[DrawFoot], Transcript],
        clock: Callable[[], float],
        *,
        reaction: float = 0.0,
        pictures: Callable[[], DrawnPictures | None] = lambda: None,
    ) -> None:
        super().__init__(classes="comparison")
        self.turn = turn
        self._acts = acts
        self._clock = clock
        self._opened_at = clock() + PATIENCE * reaction
        self._make_transcript = make_transcript
        self._columns: list[AnswerColumn] = []
        self._place = 0
        """Index of the column that has the focus."""
        self._first = 0
        """Index of the first column in view."""
        self._shows_keys = False
        self._facts = Facts(clock)
        self._title = DrawnLine(self._draw_title, id="title")
        self._files = DrawnLine(lambda width: file_names(turn.attachments, width), id="files")
        self._pictures = PictureRows(turn.attachments, pictures)
        self._tabs = DrawnLine(self._draw_tabs, id="tabs")
        self._hints = DrawnLine(self._draw_hints, id="hints")
        self._row = Horizontal(id="columns")
        self._row.can_focus = True
        self._ticker: Timer | None = None
        self._add_columns(self._answers())
        chosen = [column.number for column in self._columns if column.answer is turn.chosen]
        self._place = chosen[0] if chosen and not acts.is_blind else 0

    def _add_columns(self, answers: Sequence[Answer]) -> Sequence[AnswerColumn]:
        """Create the columns that are missing for these answers, and return them."""
        foot = column_foot(self._name_of, self._acts.offers, lambda: self._acts.is_blind)
        added = [
            AnswerColumn(number, answer, self._make_transcript(foot), self._draw_head, self._draw_facts)
            for number, answer in enumerate(answers)
            if number >= len(self._columns)
        ]
        self._columns += added
        return added

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield self._title
            yield self._files
            yield self._pictures
            yield self._tabs
            with self._row:
                yield from self._columns
            yield self._hints

    def on_mount(self) -> None:
        self._ticker = self.set_interval(1 / SPINS_PER_SECOND, self._tick, pause=True)
        # By then it is mounted.
        self.call_later(self.show_all)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < SHORT, "-flat")
        self.set_class(event.size.width < NARROWEST, "-narrow")
        self._arrange()

    # ----------------------------------------------------------------------------------------------------- the answers

    def _answers(self) -> list[Answer]:
        """Return the answers as they are shown: shuffled in blind mode, so that their order tells nothing, and always the same way."""
        answers = columns(self.turn)
        if self._acts.is_blind:
            own = [answer for answer in answers if not answer.remark]
            Random(self.turn.id).shuffle(own)
            answers = [*own, *(answer for answer in answers if answer.remark)]
        return answers

    def _name_of(self, answer: Answer) -> str:
        if not self._acts.is_blind or answer.remark:
            return shown_name(answer)
        return self._letter(answer)

    def _letter(self, answer: Answer) -> str:
        answers = self._answers()
        return chr(ord("A") + answers.index(answer)) if answer in answers else "?"

    @property
    def names(self) -> str:
        """The model behind each letter of blind mode, in a sentence."""
        own = [answer for answer in self._answers() if not answer.remark]
        return " · ".join(f"{self._letter(answer)} = {shown_name(answer)}" for answer in own)

    @property
    def transcript(self) -> Transcript:
        """The transcript of the answer that has the focus."""
        return self._columns[self._place].transcript

    def copy(self, text: str) -> None:
        self._acts.copy(text)

    @property
    def _answer(self) -> Answer:
        """The answer that has the focus."""
        return self._columns[self._place].answer

    def mark_changed(self, answer: Answer) -> None:
        """Show new text or a new state of an answer."""
        for column in self._columns:
            if column.answer is answer:
                if column.display:
                    column.transcript.mark_changed(answer)
                if answer.over:
                    self.show_all()
                return

    def show_all(self) -> None:
        """Show the answers that there are now, and their states."""
        if not self.is_mounted or self.is_left:
            return
        answers = self._answers()
        if added := self._add_columns(answers):
            self._row.mount_all(added)
        for column, answer in zip(self._columns, answers, strict=False):
            column.show(answer)
        self._arrange()
        if self._ticker is not None and any(not answer.over for answer in answers):
            self._ticker.resume()

    def go_to(self, answer: Answer) -> None:
        """Give an answer the focus."""
        for column in self._columns:
            if column.answer is answer:
                self._place = column.number
        self._arrange()

    def _tick(self) -> None:
        if all(column.answer.over for column in self._columns) and self._ticker is not None:
            self._ticker.pause()
        self._refresh_lines()

    def _refresh_lines(self) -> None:
        for line in (self._title, self._tabs, *(line for column in self._columns for line in column.lines)):
            line.renew()

    def show_files(self) -> None:
        """Show the files of the prompt, and their pictures if they are drawn."""
        rows = self._pictures.rows(self.size.height)
        self._files.display = bool(self.turn.attachments)
        self._pictures.display = bool(rows)
        self._pictures.styles.height = rows
        self._pictures.refresh()

    def _arrange(self) -> None:
        """Show as many columns as fit, among them the one that has the focus."""
        if not self._columns or not self.size.width:
            return
        fit = max(1, min(len(self._columns), self.size.width // NARROWEST))
        self._first = max(self._place - fit + 1, min(self._first, self._place, len(self._columns) - fit))
        self._tabs.display = fit < len(self._columns)
        self.show_files()
        for column in self._columns:
            column.set_class(column.number == self._first, "-first")
            column.head.display = fit > 1 or not self._tabs.display
            column.reveal(is_shown=self._first <= column.number < self._first + fit)
        self._hints.styles.height = self._hint_rows().plain.count("\n") + 1
        self._hints.refresh()
        self._refresh_lines()

    # -------------------------------------------------------------------------------------------------------- drawing

    def _draw_title(self, width: int) -> Content:
        # In blind mode it would tell what the first complete answer cost.
        note = say("compare.blind") if self._acts.is_blind else total_words(self.turn.answers)
        end = Content.styled(f" {note} ", "$muted")
        prompt = Content(f" {clean_line(self.turn.prompt, 200)}").truncate(
            max(1, width - end.cell_length), ellipsis=True, pad=True
        )
        return Content.assemble(prompt.stylize("bold"), end)

    def _draw_tabs(self, width: int) -> Content:
        room = width // max(1, len(self._columns))
        cells = []
        for column in self._columns:
            sign, style = mark(column.answer, self._clock())
            is_here = column.number == self._place
            text = Content.assemble(
                "▌" if is_here else " ",
                f"{column.number + 1} ",
                (sign, style),
                f" {self._name_of(column.answer)}",
            ).truncate(room - 1, ellipsis=True, pad=True)
            cells.append(text.stylize("bold on $panel") if is_here else text.stylize_before("$muted"))
        return Content(" ").join(cells)

    def _draw_head(self, column: AnswerColumn, width: int) -> Content:
        answer = column.answer
        sign, style = mark(answer, self._clock())
        is_here = column.number == self._place
        name = Content.assemble(
            ("▌" if is_here else " ", "$accent"),
            (f"{column.number + 1} ", "$muted"),
            (self._name_of(answer), "bold $accent" if is_here else "bold"),
            " ",
            (sign, style),
        )
        # In blind mode it would tell which model was named first.
        is_chosen = answer is self.turn.chosen and not self._acts.is_blind
        end = Content.styled(f" {say('compare.chosen')} " if is_chosen else "", "$success")
        return Content.assemble(name.truncate(max(1, width - end.cell_length), ellipsis=True, pad=True), end)

    def _draw_facts(self, column: AnswerColumn, width: int) -> Content:
        facts = self._facts.of(column.answer, is_blind=self._acts.is_blind)
        if self.size.height < SHORT and not self._acts.is_blind:
            # There is no title that says it.
            facts.append(say("compare.all", total=total_words(self.turn.answers)))
        if self.size.width < NARROWEST:
            return Content.styled("\n".join(packed(facts, width)), "$muted")
        return Content.styled(f"  {' · '.join(facts)}", "$muted").truncate(width, ellipsis=True)

    def _draw_hints(self, width: int) -> Content:
        return self._hint_rows()

    def _hint_rows(self) -> Content:
        rows = 9 if self._shows_keys else 1 if self.size.height < SHORT else 2
        return hints(self._answer, len(self._columns), self.size.width, rows, is_blind=self._acts.is_blind)

    # ----------------------------------------------------------------------------------------------------------- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # Keys of the same read as the one that left the screen must not act on answers.
        return False if self.is_left else super().check_action(action, parameters)

    def action_move(self, step: int) -> None:
        """Give the focus to the next answer, or the previous one."""
        self.action_go((self._place + step) % max(1, len(self._columns)))

    def action_go(self, place: int) -> None:
        """Give the focus to the answer with that index."""
        if place < len(self._columns):
            self._place = place
            self._arrange()

    def action_pick(self) -> None:
        """Go on with the answer that has the focus."""
        if self._clock() >= self._opened_at and self._acts.pick(self._answer):
            self.dismiss(PICKED)

    def action_stop(self) -> None:
        self._acts.stop(self._answer, self._name_of(self._answer))

    def action_retry(self) -> None:
        self._acts.retry(self._answer, self._name_of(self._answer))

    def action_recover(self) -> None:
        self._acts.recover(self._answer)

    def action_copy(self) -> None:
        self.copy(self._answer.text)

    def action_diff(self) -> None:
        """Show how the answer differs from the one beside it: the next one with text or, behind the last, the one before."""
        before = [each.answer for each in self._columns[: self._place] if each.answer.has_text]
        after = [each.answer for each in self._columns[self._place + 1 :] if each.answer.has_text]
        others = [*before, *after]
        if not others or not self._answer.has_text:
            self._acts.note_no_text()
        else:
            place = len(before) if after else len(before) - 1
            self._acts.diff(self._answer, others, place, self._name_of)

    def action_merge(self) -> None:
        self._acts.merge(self.turn, self._name_of)

    def action_blind(self) -> None:
        """Hide the names, or show them again."""
        answer = self._answer
        self._acts.is_blind = not self._acts.is_blind
        for column in self._columns:
            column.forget()
        self.show_all()
        if self._acts.is_blind:
            # The focus would tell which one it was.
            self.action_go(0)
        else:
            self.go_to(answer)

    def action_next(self) -> None:
        self.dismiss(NEXT)

    def action_keys(self) -> None:
        """Show all keys, or only as many as fit."""
        self._shows_keys = not self._shows_keys
        self._arrange()

    def on_text_selected(self) -> None:
        for column in self._columns:
            column.transcript.let_go()

    def on_click(self, event: events.Click) -> None:
        for column in self._columns:
            if column.display and column.region.contains(event.screen_x, event.screen_y):
                self.action_go(column.number)
        if self._tabs.display and self._tabs.region.contains(event.screen_x, event.screen_y):
            self.action_go(event.screen_x * len(self._columns) // max(1, self.size.width))
