"""A text area in which a long paste is folded to a label, such as `[312 lines]`."""

from __future__ import annotations

from typing import Any

from rich.style import Style
from rich.text import Text
from textual.widgets.text_area import Edit, EditResult

from elumenta_tui.tui.widgets.paste_folds import Fold, PasteFolds
from elumenta_tui.tui.widgets.prompt_area import PromptArea


class FoldingArea(PromptArea):
    """A label is deleted, replaced and passed by the cursor as if it were one character."""

    def __init__(self, *given: Any, **options: Any) -> None:
        # A text area looks at its text while it is created.
        self.folds = PasteFolds()
        super().__init__(*given, **options)

    @property
    def text(self) -> str:
        """The text that would be sent. Where the box shows the label of a folded paste, this has the paste."""
        return self.folds.unfold(super().text)

    @text.setter
    def text(self, value: str) -> None:
        self.load_text(value)

    @property
    def selected_text(self) -> str:
        """The selected text, with folded pastes as their text."""
        return self.folds.unfold(super().selected_text)

    def edit(self, edit: Edit) -> EditResult:
        """Perform an edit. It replaces the label of a folded paste as a whole or not at all."""
        if not self.folds:
            return super().edit(edit)
        start, end = sorted((edit.from_location, edit.to_location))
        if (fold := self.fold_at(start, inside=True)) is not None:
            # Text that is inserted into a label comes behind it.
            start = (start[0], fold.end if start == end else fold.start)
        if (fold := self.fold_at(end, inside=True)) is not None:
            end = (end[0], fold.end)
        return super().edit(Edit(edit.text, start, end, edit.maintain_selection_offset))

    def fold_at(self, location: tuple[int, int], *, inside: bool = False) -> Fold | None:
        """Return the folded paste whose label is at a location, or around it; None if there is none."""
        row, column = location
        return next(
            (
                fold
                for fold in (self.folds.in_line(self.document.get_line(row)) if self.folds else ())
                if fold.start + inside <= column <= fold.end - inside
            ),
            None,
        )

    def unfold(self) -> bool:
        """Replace the label at the cursor by the paste that it stands for; returns whether there was one."""
        fold = self.fold_at(self.cursor_location)
        if fold is None:
            return False
        row = self.cursor_location[0]
        result = super().edit(Edit(fold.text, (row, fold.start), (row, fold.end), False))
        self.move_cursor(result.end_location)
        return True

    def get_cursor_left_location(self) -> tuple[int, int]:
        row, column = super().get_cursor_left_location()
        fold = self.fold_at((row, column), inside=True)
        return (row, column if fold is None else fold.start)

    def get_cursor_right_location(self) -> tuple[int, int]:
        row, column = super().get_cursor_right_location()
        fold = self.fold_at((row, column), inside=True)
        return (row, column if fold is None else fold.end)

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is painted."""
        line = super().get_line(line_index)
        if self.folds:
            for fold in self.folds.in_line(line.plain):
                line.stylize(Style(bold=True), fold.start, fold.end)
        return line
