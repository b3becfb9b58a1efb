"""Which models were picked, in the state file."""

from __future__ import annotations

from pathlib import Path

from elumenta_tui.config.picks import KEPT, Picks, Score
from elumenta_tui.config.settings import StateFile


async def test_picks_are_counted_once_a_comparison_and_survive_a_restart(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state.toml")
    picks = Picks(file, "picks")
    picks.note("1", "a", ["a", "b"])
    picks.note("2", "b", ["a", "b", "c"])
    picks.note("2", "c", ["a", "b", "c"])
    picks.note("3", "", ["a", "c"])
    await file.write()
    scores = Picks(StateFile(file.path), "picks").scores()
    assert scores == {"a": Score(1, 3), "b": Score(0, 2), "c": Score(1, 2)}


def test_old_comparisons_make_room_and_strange_entries_are_ignored(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state.toml")
    file.keep_table("picks", {"x": 1, "y": [], "z": [2, None]})
    picks = Picks(file, "picks")
    assert picks.scores() == {}
    for number in range(KEPT + 50):
        picks.note(str(number), "a", ["a", "b"])
    assert picks.scores()["a"] == Score(KEPT, KEPT)
