"""What is painted while answers stream: the rows that change, whatever stands beside or above them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from textual.geometry import Region

from elumenta_tui.chat.turn import Answer
from elumenta_tui.terminal.canvas import Canvas
from elumenta_tui.terminal.textual_internals import ChopsUpdate, LayoutUpdate
from elumenta_tui.tui.app import ElumentaApp
from elumenta_tui.tui.screens.asking import AskingScreen
from elumenta_tui.tui.screens.comparison import ComparisonScreen
from elumenta_tui.tui.widgets.answer_column import AnswerColumn
from elumenta_tui.tui.widgets.model_picker import ModelPicker
from tests.chatting import Chat, account_at, chat_app, chatting
from tests.service import Call, Pause, Service, Step, delta, ended, sse, started
from tests.thorough import thorough

pytestmark = pytest.mark.usefixtures("painted")

WIDE = (230, 24)
"""A terminal on which four answers stand side by side."""
HEADS = (1, 2)
"""The rows above the answers of a comparison, which a tick may paint."""


class Frames:
    """Notes what an app paints, and what a terminal would get of it."""

    def __init__(self, app: ElumentaApp, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
        self.wholes = 0
        """Frames with the whole screen."""
        self.size = 0
        """Characters that a terminal would get."""
        self._spans: list[tuple[int, int, int]] = []
        """The painted parts of rows: row, first column, first column behind."""
        self._canvas = Canvas()
        self._console = Console(color_system="truecolor", force_terminal=True, width=width)
        monkeypatch.setattr(app, "transform_frame", self._note)

    def _note(self, update: Any) -> Any:
        if isinstance(update, ChopsUpdate | LayoutUpdate):
            self.size += len(self._canvas.output(update, self._console))
            if isinstance(update, ChopsUpdate):
                self._spans += update.spans
            else:
                self.wholes += 1
        return update

    def forget(self) -> None:
        self.wholes, self.size, self._spans = 0, 0, []

    def rows(self, region: Region | None = None) -> set[int]:
        """The rows of which a part was painted, also one of that region."""
        return {
            y
            for y, begin, end in self._spans
            if region is None or (y in region.line_range and begin < region.right and end > region.x)
        }

    def area(self) -> int:
        """Cells that were painted, as often as they were."""
        return sum(end - begin for _, begin, end in self._spans)


class Steps:
    """A service whose answers say the next of these texts when they are told to."""

    def __init__(self, *texts: str) -> None:
        self.service = Service()
        self.service.usually = self._script
        self._texts = texts
        self._pauses: dict[str, list[Pause]] = {}

    def _script(self, call: Call) -> list[Step]:
        pauses = self._pauses[call.json["model"]] = [Pause() for _ in (*self._texts, "end")]
        said = [
            (pause, sse(delta(text), done=False)) for pause, text in zip(pauses, self._texts, strict=False)
        ]
        steps = [step for pair in said for step in pair]
        return [sse(started(), delta("begun"), done=False), *steps, pauses[-1], sse(ended(2, 290))]

    async def say(self, chat: Chat, answer: Answer, step: int) -> None:
        """Have an answer say the text of that step, and wait for it."""
        self._pauses[answer.model.slug][step].event.set()
        text = self._texts[step]
        await chat.until(lambda: text in answer.text, text)

    def end(self) -> None:
        for pauses in self._pauses.values():
            for pause in pauses:
                pause.event.set()


@thorough
async def test_side_by_side_a_delta_paints_the_rows_of_its_own_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = "".join(f"  \nline {n}" for n in range(40))
    steps = Steps("  \none more", many, "  \nthe last", "  \nafter it")
    async with steps.service as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app, WIDE) as chat:
            frames = Frames(app, monkeypatch, WIDE[0])
            await chat.send_command("/compare gpt-5 claude-haiku-4.5 gemini-3-pro deepseek-r1")
            answers = (await chat.send("hello")).turn.answers
            screen = await chat.shows(ComparisonScreen)
            await chat.until(lambda: len(answers) == 4 and all(answer.has_text for answer in answers))
            regions = {column.answer: column.transcript.region for column in screen.query(AnswerColumn)}
            await chat.settle()

            async def painted(answer: Answer, step: int) -> set[int]:
                """What is painted of an answer when it says a step. Beside it, spinners turn."""
                frames.forget()
                await steps.say(chat, answer, step)
                await chat.until(lambda: frames.wholes or len(frames.rows(regions[answer])) > 1, "a frame")
                await chat.pilot.pause()
                assert frames.wholes == 0
                # The title says the same, and so do the keys.
                assert frames.rows() <= {*HEADS, *regions[answer].line_range}
                assert all(len(frames.rows(regions[other])) <= 1 for other in answers if other is not answer)
                return frames.rows(regions[answer])

            for answer in answers:
                assert len(await painted(answer, 0)) <= 4
                assert frames.size < 1_500
            # These views are full now, and move.
            await painted(answers[1], 1)
            await painted(answers[2], 1)
            await chat.settle()
            for step in 2, 3:
                assert len(await painted(answers[2], step)) > 10
                # Whole rows would be three times as much.
                assert frames.size < 6_000
            # The same holds below a dialog.
            await chat.pilot.press("s")
            await chat.shows(AskingScreen)
            await chat.settle()
            await painted(answers[0], 1)
            await painted(answers[3], 1)
            await painted(answers[0], 2)
            steps.end()


@thorough
async def test_below_a_dialog_a_delta_paints_its_own_rows_and_none_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"\n\npart {n}" for n in range(6)]
    steps = Steps(*texts)
    async with steps.service as service:
        app = chat_app(account_at(service.url), tmp_path)
        async with chatting(app, (120, 40)) as chat:
            answer = await chat.send("hello")
            await chat.until(lambda: answer.has_text, "the beginning")
            frames = Frames(app, monkeypatch, 120)
            await chat.pilot.press("ctrl+l")
            await chat.shows(ModelPicker)
            await chat.settle()
            region = app.parts.transcript.region
            for step in range(len(texts)):
                frames.forget()
                await steps.say(chat, answer, step)
                await chat.until(lambda: frames.wholes or len(frames.rows(region)) > 1, "a frame")
                await chat.pilot.pause()
                assert frames.wholes == 0
                assert len(frames.rows(region)) <= 5
            await chat.pilot.press("escape")
            await chat.sees(texts[-1].strip())
            steps.end()
