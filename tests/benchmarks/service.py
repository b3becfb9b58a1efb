"""The loopback service as a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from tests.benchmarks.watch import Watch
from tests.pseudo_terminal import ROOT

_PATIENCE = 60.0
"""Seconds; a long answer is made before it begins."""


class Service:
    """A running `server`. Use it as a context manager."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._rest = b""
        self._gates = 0
        self._port = 0
        self._answered = False
        self.sent_at: dict[str, float] = {}
        """When the delta with a mark went out, in seconds of the monotonic clock, which all processes share."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self.watch.add(self._stdout.fileno(), self._hear)
        self.watch.until(lambda: self._port > 0, _PATIENCE, "the service did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.watch.remove(self._stdout.fileno())
        self._process.kill()
        self._process.wait()
        self._stdin.close()
        self._stdout.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def expect_request(self, *, beside: int = 0) -> None:
        """The next answer is about to be asked for; what is left of those before is forgotten, but for `beside` at their gates."""
        self._gates, self._answered = beside, False

    def wait_at_gate(self, answers: int = 1) -> None:
        """Wait until so many answers wait for their go."""
        self.watch.until(lambda: self._gates >= answers, _PATIENCE, "an answer did not come to its gate")

    def wait_until_answered(self) -> None:
        """Wait until all of the answer has been sent."""
        self.watch.until(lambda: self._answered, _PATIENCE, "the answer did not end")

    def go(self, answers: int = 1) -> None:
        """Let so many answers go on."""
        self._gates -= answers
        self._stdin.write(b"\n" * answers)

    def _hear(self) -> None:
        *lines, self._rest = (self._rest + os.read(self._stdout.fileno(), 65536)).split(b"\n")
        for line in lines:
            self._take(json.loads(line))

    def _take(self, news: dict[str, Any]) -> None:
        if "port" in news:
            self._port = news["port"]
        elif "gate" in news:
            self._gates += 1
        elif "answered" in news:
            self._answered = True
        else:
            self.sent_at[news["mark"]] = news["at"]
