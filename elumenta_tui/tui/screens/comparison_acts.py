"""Acts of the screen of a comparison on answers: its port to the part that opened it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from elumenta_tui.chat.turn import Answer, Turn


class Acts(Protocol):
    """Acts of the screen on answers, which it shows under these names."""

    is_blind: bool

    def stop(self, answer: Answer, name: str) -> None: ...

    def retry(self, answer: Answer, name: str) -> None: ...

    def recover(self, answer: Answer) -> None: ...

    def offers(self, answer: Answer) -> Sequence[str]: ...

    def pick(self, answer: Answer) -> bool: ...

    def note_no_text(self) -> None: ...

    def diff(
        self, answer: Answer, others: Sequence[Answer], place: int, name: Callable[[Answer], str]
    ) -> None: ...

    def merge(self, turn: Turn, name: Callable[[Answer], str]) -> None: ...

    def copy(self, text: str) -> None: ...
