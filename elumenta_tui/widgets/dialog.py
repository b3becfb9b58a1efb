"""What all dialogs have in common: they stand above the chat, and their looks are read with the first of them."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from textual.screen import ModalScreen

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A screen above the chat, with a widget `#dialog`; its `classes` name the rules that are its own."""

    CSS_PATH = Path(__file__).with_name("dialog.tcss")
