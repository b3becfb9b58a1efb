"""The models that were picked in comparisons, as the state file keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from elumenta_tui.chat.turn import Answer, AnswerState
from elumenta_tui.config.settings import StateFile
from elumenta_tui.text.sanitize import clean_line

KEPT = 200
"""Comparisons that are kept. The oldest ones make room."""

_SLUG = 80
"""Characters of a slug, at most."""


class Score(NamedTuple):
    """How often a model was picked."""

    won: int
    of: int
    """Number of comparisons in which one of its answers could be picked."""


class Picks:
    """The comparisons in which an answer was picked: the slug of its model, and then those of all models.

    Args:
        name: the table in the state file.
    """

    def __init__(self, state_file: StateFile, name: str) -> None:
        self._state_file = state_file
        self._name = name

    def _read(self) -> dict[str, list[str]]:
        return {
            turn: [clean_line(slug, _SLUG) for slug in slugs if isinstance(slug, str)]
            for turn, slugs in self._state_file.table(self._name).items()
            if isinstance(slugs, list)
        }

    def note(self, turn: str, winner: str, slugs: Sequence[str]) -> None:
        """Note what was picked in a turn, in place of what was picked there before. `winner` is empty if it was no model's own answer."""
        picks = self._read()
        picks.pop(turn, None)
        picks[turn] = [winner, *dict.fromkeys(slugs)]
        self._state_file.keep_table(self._name, dict(list(picks.items())[-KEPT:]))

    def note_answer(self, answer: Answer, slugs: Sequence[str]) -> None:
        """Note that an answer was picked among those of these models. Half an answer wins nothing, and the others do not lose."""
        is_half = answer.state is AnswerState.INTERRUPTED
        self.note(answer.turn.id, "" if answer.remark else answer.model.slug, () if is_half else slugs)

    def scores(self) -> Mapping[str, Score]:
        """Return the score of every model that was compared, by slug."""
        scores: dict[str, Score] = {}
        for winner, *slugs in filter(None, self._read().values()):
            for slug in slugs:
                won, of = scores.get(slug, Score(0, 0))
                scores[slug] = Score(won + (slug == winner), of + 1)
        return scores
