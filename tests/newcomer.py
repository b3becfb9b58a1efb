"""The greeting of the first start, which is there once: most that is looked at or measured comes later."""

from __future__ import annotations

from pathlib import Path


def no_newcomer(state: Path) -> None:
    """Have the next start not be the first one. `state` is the directory of the program's own state."""
    state.mkdir(parents=True, exist_ok=True)
    (state / "state.toml").write_text("[first_start]\nis_over = true\n", encoding="utf-8")
