"""The app through its usual door, with measurement added; what it is asked on its channel, it answers there.

The questions: `stalls` (since the last time), `memory`, `build <turns> <mark>` and `show` (a conversation), `unsaved`
(nothing is saved any more), `profile` and `profiled`.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import os
import socket
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any
from unittest.mock import patch

from elumenta_tui.__main__ import main
from elumenta_tui.chat.conversation import Conversation
from elumenta_tui.chat.models import DOCUMENTED_MODELS
from elumenta_tui.tui.app import ElumentaApp
from tests.benchmarks import content
from tests.benchmarks.console import CHANNEL
from tests.benchmarks.hot_spots import calls, hot_spots, tree
from tests.benchmarks.stalls import WatchedSelector

Answer = dict[str, Any]


class Probe:
    """Answers questions about the app that it runs."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._selector = WatchedSelector()
        self._loop = asyncio.SelectorEventLoop(self._selector)
        self._loop.add_reader(channel, self._hear)
        self._heard = b""
        self._app: ElumentaApp | None = None
        self._conversation = Conversation()
        self._profiler: Any = None
        self._questions: dict[str, Callable[..., Answer]] = {
            "stalls": self._stalls,
            "memory": self._memory,
            "build": self._build,
            "show": self._show,
            "unsaved": self._unsaved,
            "profile": self._profile,
            "profiled": self._profiled,
        }

    def run(self) -> int:
        """Run the program; its exit code."""
        run = ElumentaApp.run

        @functools.wraps(run)
        def watched(app: ElumentaApp, **_: object) -> int | None:
            self._app = app
            return run(app, loop=self._loop)

        with patch.object(ElumentaApp, "run", watched):
            return main(sys.argv[1:])

    def _hear(self) -> None:
        *questions, self._heard = (self._heard + self._channel.recv(4096)).split(b"\n")
        for question in questions:
            name, *arguments = question.decode().split()
            assert self._app is not None
            self._app.call_later(self._answer, name, arguments)

    def _answer(self, name: str, arguments: list[str]) -> None:
        answer = self._questions[name](*arguments)
        self._channel.sendall(json.dumps(answer).encode() + b"\n")

    def _stalls(self) -> Answer:
        answer = {"longest": self._selector.longest, "p99": self._selector.waiting(0.99)}
        self._selector.start()
        return answer

    def _memory(self) -> Answer:
        gc.collect()
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        return {"bytes": pages * os.sysconf("SC_PAGE_SIZE")}

    def _build(self, turns: str, mark: str) -> Answer:
        """A conversation whose last turns are the same however many are before them. `memory` is that of its texts alone."""
        texts = [content.exchange(number) for number in range(int(turns), 0, -1)]
        prompt, answer = texts[-1]
        texts[-1] = prompt, answer + mark
        before = self._memory()["bytes"]
        self._conversation = Conversation()
        now = monotonic()
        for prompt, answer in texts:
            turn = self._conversation.ask(prompt, DOCUMENTED_MODELS[0], now=now)
            turn.begin("gen_1", turn.model.slug)
            turn.add(answer)
            turn.end(2, 298)
            turn.note_time(now)
        return {"bytes": before}

    def _show(self) -> Answer:
        assert self._app is not None
        self._app.session.conversation = self._conversation
        self._app.transcript.show(self._conversation.answers)
        self._app.reword()
        return {}

    def _unsaved(self) -> Answer:
        """Nothing is saved from now on."""
        assert self._app is not None
        keeper: Any = self._app.session.open_library().autosave
        keeper.prompt_sent = keeper.changed = lambda turn: None
        keeper.draft_changed = lambda: None
        return {}

    def _profile(self) -> Answer:
        from pyinstrument import Profiler

        self._profiler = Profiler(interval=0.001, async_mode="disabled")
        self._profiler.start()
        return {}

    def _profiled(self) -> Answer:
        root = calls(self._profiler.stop().root_frame())
        return {"tree": tree(root), "spots": hot_spots(root)}


if __name__ == "__main__":
    sys.exit(Probe(socket.socket(fileno=int(os.environ[CHANNEL]))).run())
