"""`elumenta-tui ask` as tests start it: with a home of its own, and a service on the loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elumenta_tui.store.tree import Stored
from tests import prepared
from tests.service import ThreadedService, delta, ended, sse, started
from tests.storing import shelf

PATIENCE = 60.0
COMMAND = [sys.executable, "-m", "elumenta_tui", "ask"]
RUSSIAN = {"LANG": "ru_RU.UTF-8", "PYTHONUTF8": "1"}
COST = "GPT-5 (gpt-5-served) · 3 tokens · 297 left\n"


def environment(home: Path, service: ThreadedService | None, env: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHON"))}
    of_service = service.environ() if service is not None else {}
    return {**inherited, **of_service, "ELUMENTA_HOME": str(home), **env}


def ask(
    home: Path,
    service: ThreadedService | None,
    *arguments: str | bytes | Path,
    piped: bytes | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """The program as a script runs it; `piped` is its standard input."""
    return prepared.run_for_text(["ask", *arguments], env=environment(home, service, env or {}), piped=piped)


@contextmanager
def asking(home: Path, service: ThreadedService, *arguments: str, **more: Any) -> Iterator[prepared.Process]:
    """The program while it runs."""
    with prepared.Process(["ask", *arguments], env=environment(home, service, {}), **more) as process:
        yield process


def conversations(home: Path) -> list[Stored]:
    """What is stored, the one used last first."""
    with shelf(home / "data") as here:
        rows = here.store.summaries((), demo=False).result(PATIENCE)
        return [here.conversation(row.id) for row in rows]


def asked(service: ThreadedService, number: int = 0) -> list[str]:
    """The texts of the messages of a request."""
    return [text for _, text in service.posts[number].messages]


def served(*texts: str) -> bytes:
    return sse(started("gpt-5-served"), *map(delta, texts), ended())
