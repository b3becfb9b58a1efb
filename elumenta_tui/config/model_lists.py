"""The user's favourite models, and those that were chosen last, as the state file keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from elumenta_tui.config.settings import StateFile
from elumenta_tui.text.sanitize import clean_line

RECENT = 3
"""Models that were chosen last which are kept, besides the current one."""

_MOST = 50
"""Favourites that are kept, at most."""

_SLUG = 80
"""Characters of a slug, at most."""


class ModelLists:
    """Slugs of models in the state file.

    Args:
        prefix: comes before the names of the tables; the demo has its own.
    """

    def __init__(self, state_file: StateFile, prefix: str = "") -> None:
        self._state_file = state_file
        self._prefix = prefix

    def _read(self, name: str) -> list[str]:
        slugs = self._state_file.table(f"{self._prefix}{name}").get("slugs")
        if not isinstance(slugs, list):
            return []
        return [clean_line(slug, _SLUG) for slug in slugs if isinstance(slug, str)]

    def _keep(self, name: str, slugs: Sequence[str]) -> None:
        self._state_file.keep_table(f"{self._prefix}{name}", {"slugs": list(slugs)})

    @property
    def favourites(self) -> Sequence[str]:
        """The favourites, the oldest first."""
        return self._read("favourites")

    def toggle(self, slug: str) -> None:
        """Make a model a favourite, or no longer."""
        slugs = self._read("favourites")
        self._keep(
            "favourites",
            [each for each in slugs if each != slug] if slug in slugs else [*slugs, slug][-_MOST:],
        )

    @property
    def recent(self) -> Sequence[str]:
        """The models that were chosen last, the newest first."""
        return self._read("recent_models")

    def note(self, slug: str) -> None:
        """Note that a model was chosen."""
        slugs = [slug, *(each for each in self._read("recent_models") if each != slug)]
        self._keep("recent_models", slugs[: RECENT + 1])
