"""The history of sent prompts: searches all conversations, and puts a prompt back into the prompt box."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual.binding import Binding
from textual.content import Content

from elumenta_tui.i18n import say
from elumenta_tui.tui.screens.finder import Finder, marked

Find = Callable[[Sequence[str]], Awaitable[list[str] | None]]
"""Returns the prompts that match the readings of a search text, the newest first; None if that is not possible now."""


class HistoryScreen(Finder[str]):
    """Dismissed with a prompt, or with None."""

    BINDINGS = [Binding("ctrl+r", "move(1)", show=False, priority=True)]

    def __init__(self, find: Find, *, typed: str = "") -> None:
        super().__init__(say("history.title"), typed=typed)
        self._find_prompts = find

    async def find(self, ways: Sequence[str]) -> Sequence[str] | None:
        return await self._find_prompts(ways)

    def row(self, item: str, width: int) -> Content:
        lines = [line for line in item.splitlines() if line.strip()]
        first = " ".join(lines[0].split()) if lines else ""
        more = f"  {say('history.more', n=len(lines) - 1)}" if len(lines) > 1 else ""
        room = max(8, width - len(more))
        return Content.assemble(marked(first, self.ways).truncate(room, ellipsis=True), (more, "$muted"))

    async def preview(self, item: str, ways: Sequence[str], width: int) -> list[Content]:
        return [marked(item, ways)]

    @property
    def note(self) -> str:
        return say("history.footnote")
