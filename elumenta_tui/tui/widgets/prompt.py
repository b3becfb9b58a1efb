"""The prompt: a text area that grows, sends on Enter, and shows on its frame what Enter will cost.

(Over 400 lines: typing, pasting, completing and coming back all change one text and one cursor.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.binding import Binding
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from elumenta_tui.chat.conversation import together
from elumenta_tui.i18n import say
from elumenta_tui.lean import Mutable
from elumenta_tui.session.guardrails import PROMPT_LIMIT
from elumenta_tui.text.sanitize import clean
from elumenta_tui.tui.catalogue import ACTIONS
from elumenta_tui.tui.widgets.completing_area import CompletingArea
from elumenta_tui.tui.widgets.line_editing import line_editing
from elumenta_tui.tui.widgets.sent_prompts import SentPrompts
from elumenta_tui.tui.widgets.steps import Steps
from elumenta_tui.tui.widgets.suggestions import Suggestions

if TYPE_CHECKING:
    from elumenta_tui.chat.template import Fields
    from elumenta_tui.tui.widgets.vim_keys import VimKeys

_EDITING = {
    key.strip(): binding.action
    for binding in TextArea.BINDINGS
    if isinstance(binding, Binding)
    for key in binding.key.split(",")
}
"""The action of each of TextArea's own keys."""

TITLE_AT = 3
"""Column of the model's name on the frame."""

WIDE = 50
"""Cells of the box from which on its frame says the whole of what can be done."""

LIMIT = PROMPT_LIMIT
"""Characters of a prompt, at most. The text area wraps all of them whenever its size changes."""

LINE_LIMIT = 100_000
"""Characters of a line, at most. The text area wraps it at every key. A line that is not ASCII counts four times."""


def _heaviest_line(text: str) -> int:
    return max((len(line) if line.isascii() else 4 * len(line) for line in text.split("\n")), default=0)


def fits(text: str) -> bool:
    """Return whether the prompt accepts a text of that length with lines of that length."""
    return len(text) <= LIMIT and _heaviest_line(text) <= LINE_LIMIT


def _location(text: str, place: int) -> tuple[int, int]:
    """Return the row and the column of a place in a text."""
    before = text[:place]
    return before.count("\n"), place - before.rfind("\n") - 1


class Prompt(CompletingArea):
    """The box for the next prompt. It can be edited at any time, even while an answer streams.

    (Over 30 methods: keys, suggestions, history and fields act on the one text and its cursor.)
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"prompt--field"}

    class Submitted(Mutable, Message):
        """The user submitted a text, which has left the prompt. A sender that refuses it calls `put_back`."""

        text: str
        was_pasted: bool = False
        """True if the text begins with a paste, which is sent unchanged."""

    class TooLong(Mutable, Message):
        """A paste was refused as a whole; the prompt is unchanged."""

        length: int
        """Characters of the paste and the prompt together, or of the line that is too long."""
        limit: int
        """Characters that the prompt accepts."""
        in_line: bool
        """True if a line is too long, and not the text."""

    class Pasted(Mutable, Message):
        """One line was pasted, which may be the path of a file."""

        text: str

    class Suggested(Message):
        """The chosen suggestion has changed, or the suggestions were closed."""

    class ModelClicked(Message):
        """The model's name on the frame was clicked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            id=id, soft_wrap=True, tab_behavior="focus", compact=True, highlight_cursor_line=False
        )
        self.cursor_blink = False
        self.show_line_numbers = False
        self.history = Steps.of_any_length()
        self.sent = SentPrompts()
        self._given_back: Selection | None = None
        self._shown_title = ("", "")
        """The upper right title when the cursor was moved last."""
        self.suggestions = Suggestions()
        self.fields: Fields | None = None
        """The fields of the template that the text was made of; None if it was not made of one."""
        self.vim: VimKeys | None = None
        """Vim's keys, if the configuration asks for them."""
        self._pasted = ""
        """The paste that the text began with."""
        self.may_submit: Callable[[str, bool], bool] = lambda text, was_pasted: True
        """Returns whether a text may leave the prompt now; notifies the user of the reason if not."""
        self.take_queued: Callable[[], bool] = lambda: False
        """Puts the last queued prompt back into the empty prompt; False if none is queued."""
        self.remove_before: Callable[[], bool] = lambda: False
        """Removes what stands before the text, such as a quote; returns whether there was anything."""
        self.takes_path: Callable[[str], bool] = lambda line: False
        """Returns whether a line is a slash word that takes a path, and what follows it."""
        self.has_before: Callable[[], bool] = lambda: False
        """Returns whether files stand before the text, which are not sent without any."""

    def limit_to(self, screen_rows: int) -> None:
        """Limit the height to two fifths of a screen with that many rows; a longer text scrolls.

        Textual ignores a limit in `vh` or percent if the height of the container is `auto`.
        """
        self.styles.max_height = max(3, screen_rows * 2 // 5)

    def submit(self) -> None:
        """Submit the text; a line that ends in a backslash gets a new line instead.

        The text leaves the prompt immediately, so that letters typed next can't get into it.
        """
        self.suggest()
        if (chosen := self.suggestions.chosen) is not None:
            if self.path_token is not None:
                self.take_path(chosen)
                return
            self._type_over(chosen.line)
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if line.endswith("\\") and column == len(line):
            self.action_delete_left()
            self.insert_newline()
        elif self.text.strip() or self.has_before():
            was_pasted = self.begins_with_paste
            if self.may_submit(clean(self.text), was_pasted) and self.text.strip():
                self.post_message(self.Submitted(self.take(), was_pasted))

    @property
    def begins_with_paste(self) -> bool:
        """True if the text begins with a paste, which is sent unchanged, and never a command."""
        return bool(self._pasted) and self.text.startswith(self._pasted)

    def take(self) -> str:
        """Clear the prompt and return its text. The up key brings it back."""
        # Terminals without bracketed paste type pasted text, so it is cleaned here and not only in `_on_paste`.
        text = clean(self.text)
        self.sent.add(text)
        self.clear()
        if self.vim is not None:
            self.vim.insert()
        self._pasted = ""
        self.fields = None
        return text

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if self.fields is not None:
            style = self.get_component_rich_style("prompt--field", partial=True)
            for stop in self.fields.open_in(line.plain):
                line.stylize(style, stop.start, stop.end)
        return line

    @property
    def shown_text(self) -> str:
        """The text as the box shows it, with labels for folded pastes."""
        return self.document.text

    def select_range(self, start: int, end: int) -> None:
        """Select the characters between two places of the text, so that typing replaces them."""
        self.selection = Selection(_location(self.shown_text, start), _location(self.shown_text, end))
        self.scroll_cursor_visible()

    def replace_range(self, start: int, end: int, text: str) -> None:
        """Replace the characters between two places of the shown text, as a change that can be undone."""
        shown = self.shown_text
        result = self.replace(
            text, _location(shown, start), _location(shown, end), maintain_selection_offset=False
        )
        self.move_cursor(result.end_location)

    def redo_with_vim(self) -> bool:
        """Redo in the normal mode of Vim's keys. Return whether anything was redone."""
        if self.vim is None or self.vim.mode != "normal" or not self.has_focus:
            return False
        before = self.text
        self.redo()
        return self.text != before

    @property
    def open_fields(self) -> tuple[str, ...]:
        """Names of the template's fields that stand in the text without a value."""
        if self.fields is None:
            return ()
        return tuple(sorted({stop.name for stop in self.fields.open_in(self.shown_text)}))

    def open_again(self, names: tuple[str, ...]) -> None:
        """Have a template's fields open that stand in the text, such as those of a draft that was put back."""
        from elumenta_tui.chat.template import Fields, Filled

        self.fields = Fields(Filled(self.shown_text, (), frozenset(names)))

    def _walk_fields(self, step: int) -> bool:
        """Select the next field (1) or the one before (-1) of a template; False if there is none."""
        if self.fields is None:
            return False
        self._follow_fields()
        place = self._place_of(min(self.selection))
        stop = self.fields.next(self.shown_text, place, step)
        if stop is not None:
            self.select_range(stop.start, stop.end)
        return stop is not None

    @on(TextArea.Changed)
    def _follow_fields(self) -> None:
        if self.fields is not None:
            self.fields.follow(self.shown_text, self._place_of(self.cursor_location))

    @property
    def cursor_place(self) -> int:
        """Characters of the shown text before the cursor."""
        return self._place_of(self.cursor_location)

    def _place_of(self, location: tuple[int, int]) -> int:
        row, column = location
        return sum(len(self.document.get_line(n)) + 1 for n in range(row)) + column

    def takes(self, action: str, *, is_at_end: bool) -> bool:
        """Return whether the key of an action moves the cursor instead, because the prompt has several rows.

        `is_at_end`: the transcript shows its end.
        """
        if action not in ("top", "end") or not self.has_focus or self.wrapped_document.height < 2:
            return False
        if action == "top":
            return self.cursor_location != (0, 0)
        return is_at_end and self.cursor_location != self.document.end

    @property
    def line_count(self) -> int:
        """Lines of the text that would be sent, without blank lines at either end."""
        if self.folds:
            return self.text.strip("\n").count("\n") + 1
        lines = range(self.document.line_count)
        first = next((n for n in lines if self.document.get_line(n)), 0)
        last = next((n for n in reversed(lines) if self.document.get_line(n)), 0)
        return last - first + 1

    def insert_newline(self) -> None:
        """Insert a new line at the cursor."""
        self.insert("\n", maintain_selection_offset=False)
        self.scroll_cursor_visible()

    def replace_by(self, text: str) -> None:
        """Replace the text by another one. The up key brings the old one back."""
        self.sent.add(self.text)
        self.fill(text)

    def give_back(self, text: str) -> bool:
        """Put the prompt of an empty answer back, unless something else is being typed; returns whether it is there.

        The text is selected, so that typing replaces it instead of continuing it.
        """
        if self.text.strip():
            return False
        self.fill(text)
        self._given_back = Selection((0, 0), self.document.end)
        self.selection = self._given_back
        return True

    @property
    def is_given_back(self) -> bool:
        """True if the selection is a prompt that was given back, and not one that the user made."""
        return not self.selection.is_empty and self.selection == self._given_back

    def keep_given_back(self) -> None:
        """Deselect a prompt that was given back, so that typing continues it."""
        if self.is_given_back:
            self.move_cursor(self.document.end)

    def put_back(self, text: str) -> None:
        """Put a text back, such as a refused submission, before whatever was typed since."""
        self.fill(together(text, self.text))

    def fill(self, text: str) -> None:
        """Replace the text and move the cursor to its end."""
        self.text = text
        self.fields = None
        self._given_back = None
        self.move_cursor(self.document.end)
        # Without a suggestion list, the arrow keys keep moving through the history.
        self.suggestions.close(self._suggested)

    @property
    def path_token(self) -> str | None:
        # Behind a slash word that takes a path, the path is a part of the command.
        line = self._slash_line
        return None if line is not None and self.takes_path(line) else super().path_token

    @property
    def _slash_line(self) -> str | None:
        """The text if it is one line that may be a command; else None."""
        if self.document.line_count != 1 or not self.document.get_line(0).startswith(("/", ".")):
            return None
        return self.document.get_line(0)

    @property
    def _suggested(self) -> str | None:
        """The text that is completed: a path, or the whole text if it may be a command; None if there is neither."""
        token = self.path_token
        return self._slash_line if token is None else token

    def suggest(self) -> Suggestions:
        """Update and return the suggestions for the typed path or slash word."""
        self.suggestions.follow(self._suggested)
        return self.suggestions

    def close_suggestions(self) -> bool:
        """Close the suggestion list until the text changes; returns whether it was open."""
        was_out = self.suggest().close(self._suggested)
        if was_out:
            self.post_message(self.Suggested())
        return was_out

    def complete(self, place: int | None = None) -> None:
        """Complete the typed slash word as far as it is unambiguous, or take the suggestion at `place`.

        If there is nothing to complete, choose the next suggestion.
        """
        suggestions = self.suggest()
        if place is not None and place < len(suggestions.items):
            suggestions.place = place
        if suggestions.chosen is not None and self.path_token is not None:
            self.take_path(suggestions.chosen)
        elif (longer := suggestions.completed()) is not None:
            if self.path_token is None:
                self._type_over(longer)
            else:
                self.replace_token(longer)
        else:
            self._choose(1)

    def _choose(self, step: int) -> bool:
        """Choose another suggestion; False if there are none."""
        if not self.suggest().move(step):
            return False
        self.post_message(self.Suggested())
        return True

    def revise(self, text: str) -> None:
        """Replace the text, as a change that can be undone. The up key brings the old one back, too."""
        self.sent.add(self.text)
        self._type_over(text)

    def _type_over(self, text: str) -> None:
        """Replace the whole text, as a change that can be undone."""
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    async def _on_key(self, event: events.Key) -> None:
        """Handle editing keys immediately.

        Textual sends a bound key through the app before it acts, while letters act at once. Typed fast,
        `abc⌫d` would become `abc`.
        """
        if self.vim is not None and self.vim.takes(event.key, event.character):
            event.stop()
            event.prevent_default()
            return
        if event.key == "tab" and self.suggest().items:
            event.stop()
            event.prevent_default()
            self.complete()
            return
        step = {"tab": 1, "shift+tab": -1}.get(event.key, 0)
        if step and (self._walk_fields(step) or (step > 0 and self.unfold())):
            event.stop()
            event.prevent_default()
            return
        is_at_start = event.key == "backspace" and self.selection == Selection.cursor((0, 0))
        if is_at_start and self.remove_before():
            event.stop()
            event.prevent_default()
            return
        is_top, is_end = (event.key in ACTIONS[name].keys for name in ("top", "end"))
        if is_top or is_end:
            event.stop()
            event.prevent_default()
            self.move_cursor((0, 0) if is_top else self.document.end)
            return
        edits = line_editing(event)
        action = edits or _EDITING.get(event.key)
        if action is not None and (edits or not event.is_printable):
            event.stop()
            event.prevent_default()
            await self.run_action(action)

    def _too_long(self, text: str) -> TooLong:
        """Describe which limit a paste exceeds."""
        length = len(self.text) + len(text)
        if length > LIMIT:
            return self.TooLong(length, LIMIT, in_line=False)
        line = max(text.split("\n"), key=_heaviest_line)
        return self.TooLong(len(line), LINE_LIMIT if line.isascii() else LINE_LIMIT // 4, in_line=True)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = clean(event.text)
        if len(self.text) + len(text) > LIMIT or _heaviest_line(text) > LINE_LIMIT:
            self.post_message(self._too_long(text))
            return
        if min(self.selection) == (0, 0):
            self._pasted = text
        result = (
            None
            if self.read_only
            else self.replace(self.folds.fold(text), *self.selection, maintain_selection_offset=False)
        )
        if result is not None:
            self.move_cursor(result.end_location)
            line = text.strip()
            if line and "\n" not in line and any(sign in line for sign in "/\\."):
                self.post_message(self.Pasted(line))

    def action_cursor_up(self, select: bool = False) -> None:
        if not select and (self._choose(-1) or (not self.text and self.take_queued())):
            return
        if select or self.cursor_location[0] > 0 or not self._recall(-1):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if not select and self._choose(1):
            return
        if select or self.cursor_location[0] < self.document.line_count - 1 or not self._recall(1):
            super().action_cursor_down(select)

    def _recall(self, step: int) -> bool:
        """Show the prompt before or after the shown one in the history; False at either end."""
        text = self.sent.recall(step, self.text)
        if text is None:
            return False
        self.fill(text)
        return True

    @property
    def right_title(self) -> tuple[str, str]:
        """The upper right text and its style: the conversation's title, or what can be done at the cursor."""
        is_wide = self.size.width >= WIDE
        if self.is_given_back:
            return say("frame.given_back" if is_wide else "frame.given_back_short"), "$accent"
        if self.selection.is_empty and self.fold_at(self.cursor_location) is not None:
            return say("frame.unfold" if is_wide else "frame.unfold_short"), "$accent"
        return super().right_title

    @on(TextArea.SelectionChanged)
    def _show_what_can_be_done(self) -> None:
        if self.suggestions.items and self.path_token is None and self._slash_line is None:
            # The cursor has left the path.
            self.post_message(self.Suggested())
        if self._shown_title != self.right_title:
            self._shown_title = self.right_title
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        left = TITLE_AT <= event.x < TITLE_AT + self.title_width
        if event.y == 0 and left:
            self.post_message(self.ModelClicked())
