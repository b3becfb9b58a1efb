"""Leads the app through the views of a group, and shows each in themes and sizes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from elumenta_tui.i18n import Language
from tests.fitting import resize
from tests.snapshots.drawing import Palette, Picture, dialog_region, picture, rows_of
from tests.snapshots.kept import SIZES, Size
from tests.snapshots.stage import DAY, NIGHT, SIZE, Stage, stage
from tests.snapshots.views import GROUPS, View

Way = tuple[str, Size]
"""A theme, and a size of the terminal."""

WAYS: tuple[Way, ...] = tuple(
    (theme, size)
    for number, size in enumerate(SIZES)
    for theme in ((DAY, NIGHT) if number % 2 else (NIGHT, DAY))
)
"""All themes and sizes. In each theme the sizes follow each other in the same order, as it may depend on that what is in view."""


class Shot(NamedTuple):
    """A view in a theme and a size."""

    view: View
    stage: Stage
    theme: str
    size: Size

    @property
    def palette(self) -> Palette:
        """The colours of the theme. They are mixed once for all views."""
        if self.theme not in _palettes:
            _palettes[self.theme] = Palette(self.stage.app.theme_variables)
        return _palettes[self.theme]

    def picture(self) -> Picture:
        """Return what stands on the screen now."""
        return picture(self.stage.chat)

    def rows(self, drawn: Picture) -> list[str]:
        """Return the rows of a picture of it, as they are kept."""
        return rows_of(drawn, self.palette, dialog_region(self.stage.app), self.size[0])


_palettes: dict[str, Palette] = {}


async def shots(
    language: Language, home: Path, group: str, ways: Sequence[Way] = WAYS
) -> AsyncIterator[Shot]:
    """Yield all views of a group, each in these themes and sizes. It is reached in the first of the themes.

    It is always reached at the same size, as it may depend on that what is in view.
    """
    views = GROUPS[group]
    first, size = ways[0][0], SIZE
    theme = first
    async with stage(language, home, group, theme) as led:
        for view, after in pairwise([*views, None]):
            assert view is not None
            await view.reach(led)
            assert type(led.app.screen) is view.kind, f"{view.name} leads to {led.app.screen}"
            for wanted_theme, wanted_size in ways:
                if wanted_size != size:
                    size = wanted_size
                    await resize(led.chat, *size)
                if wanted_theme != theme:
                    theme = wanted_theme
                    await led.use_theme(theme)
                yield Shot(view, led, theme, size)
            if size != SIZE:
                size = SIZE
                await resize(led.chat, *size)
            if theme != first:
                theme = first
                await led.use_theme(theme)
            if after is not None and not after.goes_on:
                await led.leave()
