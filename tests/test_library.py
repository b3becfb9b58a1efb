"""The examples of docs/library.md run as they stand there."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.pseudo_terminal import ROOT
from tests.service import KEY, Service, delta, ended, sse, started

EXAMPLES = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text(encoding="utf-8"), re.DOTALL
)


def run(code: str, directory: Path, **environment: str) -> list[str]:
    """What an example prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=directory, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_one_question(tmp_path: Path) -> None:
    lines = run(EXAMPLES[0], tmp_path)
    assert lines[:3] == ["`2+2` = **4**", "complete", "2"]
    assert "2+2" in " ".join(lines[3:])
    assert lines[-2:] == ["complete", "2"]
    assert (tmp_path / "chats" / "conversations.db").is_file()


def test_a_conversation_with_branches(tmp_path: Path) -> None:
    assert run(EXAMPLES[1], tmp_path) == ["['2+2']", "['2+2', '4+4']", "4 answers, 8 tokens"]


def test_four_models_at_once_with_a_cap(tmp_path: Path) -> None:
    *answers, last = run(EXAMPLES[2], tmp_path)
    assert len(answers) == 4
    assert all(line.endswith(" `2+2` = **4**") for line in answers)
    assert re.fullmatch(r"the cap is reached: \d+ of 10", last)


async def test_the_client_alone(tmp_path: Path) -> None:
    assert len(EXAMPLES) == 4
    async with Service() as service:
        service.queue(sse(started(), delta("It is "), delta("4."), ended(2, 298)))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", EXAMPLES[3],
            env={**os.environ, "ELUMENTA_API_KEY": KEY, "ELUMENTA_BASE_URL": service.url}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        printed, _ = await process.communicate()
    assert process.returncode == 0
    assert printed.decode() == "300\nIt is 4."
