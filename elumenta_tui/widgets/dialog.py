"""What all dialogs have in common: they stand above the chat, and their looks are read with the first of them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from textual.screen import ModalScreen
from textual.widgets import Input

from elumenta_tui.gate import clean_line

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A screen above the chat, with a widget `#dialog`; its `classes` name the rules that are its own."""

    CSS_PATH = Path(__file__).with_name("dialog.tcss")


def search_field(typed: str, placeholder: str) -> Input:
    """Where one types what is looked for in a list."""
    field = Input(clean_line(typed), placeholder=placeholder, id="filter", select_on_focus=False)
    field.cursor_blink = False
    return field
