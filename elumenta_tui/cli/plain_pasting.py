"""Lines that come at once, as of a paste: they wait to be agreed to, where each would be a request of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from elumenta_tui.chat.models import Model
from elumenta_tui.cli.plain_input import Lines, decoded
from elumenta_tui.cli.plain_voice import Voice
from elumenta_tui.i18n import say
from elumenta_tui.i18n.objections import price_of


class Pasting:
    """Puts together at a terminal what came together. `read_line` asks for one more line; None at the end of the input."""

    def __init__(self, lines: Lines, voice: Voice, read_line: Callable[[str], Awaitable[str | None]]) -> None:
        self._lines = lines
        self._voice = voice
        self._read_line = read_line
        self._ahead: list[str] = []
        """Prompts that are sent one after another, as the user has wished."""

    @property
    def has_more(self) -> bool:
        """True if prompts that came together are still to be sent."""
        return bool(self._ahead)

    async def next(self, model: Model, *, may_go_on: bool) -> str | None:
        """Return the next prompt of those that came together. If the one before has failed, the user is asked about the rest."""
        if may_go_on:
            return self._ahead.pop(0)
        rest, self._ahead = self._ahead, []
        return await self._agree(rest, model)

    async def with_rest(self, prompt: str, model: Model) -> str | None:
        """Return a prompt of one line, or what the user makes of it and the lines that came with it: empty to send nothing."""
        more = await self._burst()
        return await self._agree([prompt, *more], model) if more else prompt

    async def _agree(self, lines: list[str], model: Model) -> str | None:
        """Read more lines until the user says what to do with all of them. None at the end of the input."""
        self._note(lines, model)
        while (line := await self._read_line(say("plain.more") + " ")) is not None:
            word, more = line.strip().lower(), await self._burst()
            if more:
                lines += [line, *more]
                self._note(lines, model)
            elif not word:
                return "\n".join(lines).strip("\n")
            elif word in say("plain.pasted_each").split():
                first, *self._ahead = [each for each in lines if each.strip()]
                return first
            elif word in say("plain.pasted_drop").split():
                self._voice.note(say("plain.pasted_dropped"))
                return ""
            else:
                lines.append(line)
        return None

    def _note(self, lines: list[str], model: Model) -> None:
        prompts = sum(bool(line.strip()) for line in lines)
        how = say("plain.pasted_how", price=price_of([model]), each=price_of([model] * prompts))
        self._voice.note(f"{say('plain.pasted', n=prompts)} {how}")

    async def _burst(self) -> list[str]:
        lines = await asyncio.to_thread(self._lines.burst)
        return [decoded(line, is_terminal=True) for line in lines]
