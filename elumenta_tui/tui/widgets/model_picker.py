"""The model picker: name, provider, price, plan and vision of every model; models that can chat come first.

(Over 400 lines: what a row of a model shows, and how the rows are ordered, marked and found, belong together.)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.binding import Binding
from textual.content import Content

from elumenta_tui.chat.ledger import Ledger
from elumenta_tui.chat.models import Model, find_model
from elumenta_tui.config.picks import Score
from elumenta_tui.i18n import language, number, say, word_for
from elumenta_tui.session.comparing import LEAST, MOST
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.frame import compared_note
from elumenta_tui.tui.widgets.key_hints import BETWEEN, SHORT, key_rows
from elumenta_tui.tui.widgets.picker import MARK, Choice, Header, Picker
from elumenta_tui.tui.widgets.row_list import ROW_MARGIN, RowList

if TYPE_CHECKING:
    from elumenta_tui.config.model_lists import ModelLists
    from elumenta_tui.store.charges import Measured

ALIKE = 0.6
"""The similarity from which on one slug may be a typo of another; difflib's default."""

MOST_NEAR = 3
"""Models that are offered in place of an unlisted slug, at most."""


class ModelPicker(Picker[Model]):
    """Only models that stream text can be chosen; the others are listed with their category.

    Providers keep the order of the service's list; the models of a provider are sorted by price.
    """

    BINDINGS = [
        Binding("alt+p", "favour", show=False, priority=True),
    ]

    def __init__(
        self,
        models: Sequence[Model],
        current: Model,
        *,
        query: str = "",
        scores: Mapping[str, Score] | None = None,
        ledger: Ledger | None = None,
        lists: ModelLists | None = None,
        changed: Callable[[], None] = lambda: None,
        measure: Callable[[], Awaitable[Mapping[str, Measured]]] | None = None,
        compares: bool = False,
    ) -> None:
        """Create the picker.

        Args:
            scores: how often models were picked in comparisons, by slug.
            ledger: the balance that several requests leave; None if only one model can be chosen.
            lists: the favourites and the models that were chosen last.
            changed: is called when the favourites have changed.
            measure: reads how the models have done here, by slug.
            compares: it was opened to mark models for a comparison. The current one is marked, and a single one is not chosen.
        """
        self._compares = compares
        self._lists = lists
        self._changed = changed
        self._measure = measure
        self._measured: Mapping[str, Measured] = {}
        self._listed_models = models
        self._favourites: Sequence[str] = ()
        self._recent: Sequence[str] = ()
        ordered = self._in_order(models, current)
        self._scores = scores or {}
        super().__init__(
            say("picker.model.title_compare") if compares else say("picker.model.title"),
            self._choices_of(ordered),
            current=current,
            footnote=_footnote(ledger is None, compares=compares),
            query=query,
            header=self._head,
            fallback=partial(_as_typed, ordered),
        )
        self._moved_at = ""
        """The filter text when the selection was moved last."""
        self.marked: list[Model] = [current] if compares and current.streams else []
        """The models to compare, in the order in which they were marked."""
        self._ledger = ledger

    def _choices_of(self, models: Sequence[Model]) -> Sequence[Choice[Model]]:
        return [
            Choice(
                model,
                partial(self._row_of, model),
                f"{model.name} {model.slug}",
                partial(_also, model),
                enabled=model.streams,
                why="" if model.streams else say("picker.model.why", name=model.name, kind=_category(model)),
            )
            for model in models
        ]

    def on_mount(self) -> None:
        super().on_mount()
        if self._measure is not None:
            self.start(self._show_measured, "measured")

    @on(RowList.Moved)
    def show_about(self) -> None:
        """Show what the vendor says of the selected model, on the frame, and what the mark of images means."""
        choice = self._rows.item
        for dialog in self.query("#dialog"):
            dialog.border_subtitle = Content("" if choice is None else self._about(choice.value))

    def _about(self, model: Model) -> str:
        room = self._inner_width(self.app.size.width)
        said = model.about_ru if language() == "ru" else model.about_en
        is_marked = not _has_vision_column(room - ROW_MARGIN - len(MARK), is_measured=bool(self._measured))
        sees = f"{_SEES} {say('picker.model.vision')}" if model.vision and is_marked else ""
        return clean_line(" · ".join(filter(None, (sees, said))), max(8, room))

    async def _show_measured(self) -> None:
        """Show how the models have done here, once that is read."""
        assert self._measure is not None
        self._measured = await self._measure()
        if self._measured and not self.is_left:
            self.query_one(Header).refresh()
            self._rows.refresh()
            self.show_about()

    def _head(self, width: int) -> Content:
        return _header(width, is_measured=bool(self._measured))

    def _row_of(self, model: Model, width: int) -> Content:
        is_favourite = model.slug in self._favourites
        measured = self._measured.get(model.slug)
        return _row(
            model,
            width,
            self._scores.get(model.slug),
            sign="★ " if is_favourite else "",
            measured=measured,
            is_measured=bool(self._measured),
            is_recent=model.slug in self._recent and not is_favourite,
        )

    def _in_order(self, models: Sequence[Model], current: Model) -> Sequence[Model]:
        """Order models: the favourites, those that were chosen last, and then the others as `_in_order` does."""
        ordered = _in_order(models, current)
        if self._lists is None:
            return ordered
        # Read once: each row asks.
        self._favourites, self._recent = self._lists.favourites, self._lists.recent
        first = dict.fromkeys([*self._favourites, *self._recent])
        places = {slug: place for place, slug in enumerate(first)}
        return sorted(ordered, key=lambda model: (not model.streams, places.get(model.slug, len(places))))

    def action_favour(self) -> None:
        """Make the selected model a favourite, or no longer."""
        self.in_order(self._favour)

    def _favour(self) -> None:
        self.refilter()
        choice = self._rows.item
        if self._lists is None or choice is None or not choice.enabled:
            return
        self._lists.toggle(choice.value.slug)
        self._changed()
        self.list_models(self._listed_models)

    def list_models(self, models: Sequence[Model]) -> None:
        """Replace the models: the service's list may come while the dialog is open.

        The filter text stays; so do the selected row and the marks of models that are still listed.
        """
        assert self._current is not None
        current = find_model(models, self._current.slug)
        self._listed_models = models
        ordered = self._in_order(models, current)
        by_slug = {model.slug: model for model in ordered if model.streams}
        self.marked[:] = [by_slug[model.slug] for model in self.marked if model.slug in by_slug]
        self._current = current
        self._fallback = partial(_as_typed, ordered)
        self.replace_choices(self._choices_of(ordered), lambda model: model.slug)

    def action_move(self, rows: int) -> None:
        self.in_order(self._note_move)
        super().action_move(rows)

    def _note_move(self) -> None:
        self._moved_at = self._filter.value

    def takes(self, event: events.Key) -> bool:
        """Mark the selected model if the space can't be meant for the filter text: it is empty, ends in a blank or
        leaves one model, or the last key has moved the selection.
        """
        typed = self._filter.value
        self.refilter()
        is_mark = event.key == "space" and self._ledger is not None
        is_mark = is_mark and (
            typed == self._moved_at or typed[-1:] in ("", " ") or len(self._rows.items) < 2
        )
        if is_mark:
            self._mark()
        return is_mark

    def _mark(self) -> None:
        """Mark the selected model for a comparison, or unmark it."""
        choice = self._rows.item
        if self._ledger is None or choice is None or not choice.enabled:
            return
        if choice.value in self.marked:
            self.marked.remove(choice.value)
        elif len(self.marked) < MOST:
            self.marked.append(choice.value)
        self._rows.refresh()
        self._show_marked()

    def on_resize(self, event: events.Resize) -> None:
        """Show in the foot what there is room for now. The base class sets the height by it."""
        if self.marked:
            self._show_marked()

    def _show_marked(self) -> None:
        if not self.marked or (self._compares and len(self.marked) < LEAST):
            self._note = self._footnote
        elif len(self.marked) < LEAST:
            self._note = Content.styled(say("picker.model.mark_more", most=MOST), "$warning")
        else:
            key = say("picker.model.compares", n=len(self.marked))
            note = compared_note(self.marked, self._ledger or Ledger(), key)
            room = self._inner_width(self.app.size.width)
            keys = Content("\n").join(key_rows(say("picker.model.marked_keys"), room))
            if note.cell_length + len(BETWEEN) + keys.cell_length <= room:
                self._note = Content.assemble(note, (BETWEEN, "$muted"), keys)
            elif self.app.size.height < SHORT:
                # The models need the rows.
                self._note = note
            else:
                self._note = Content.assemble(note, "\n", keys)
        self._foot.update(self._note)

    def _fill(self) -> None:
        super()._fill()
        if self.marked:
            self._show_marked()
        elif (
            self._filter.value
            and self._ledger is not None
            and not self._compares
            and len(self._rows.items) > 1
        ):
            self._note = say("picker.model.footnote_found")
            self._foot.update(self._note)

    def _pick(self, choice: Choice[Model]) -> None:
        if len(self.marked) >= LEAST:
            self.dismiss(self.marked[0])
        elif choice.enabled and self._compares:
            # Whoever wants to compare does not want to change the model.
            self._foot.update(Content.styled(say("picker.model.mark_first", most=MOST), "$warning"))
        elif choice.enabled:
            self.marked.clear()
            super()._pick(choice)
        else:
            super()._pick(choice)

    def _row(self, choice: Choice[Model], width: int) -> Content:
        row = super()._row(choice, width)
        return (
            Content.assemble(("✓ ", "bold $accent"), row[len(MARK) :]) if choice.value in self.marked else row
        )


def _footnote(is_for_one: bool, *, compares: bool) -> str:
    if compares:
        return say("picker.model.footnote_compare", most=MOST)
    return say("picker.model.footnote_of_one") if is_for_one else say("picker.model.footnote")


def _in_order(models: Sequence[Model], current: Model) -> Sequence[Model]:
    """Order models as they are listed: those that can chat first, then by provider, then by price.

    The current one is listed too if the service does not list it.
    """
    if all(model.slug != current.slug for model in models):
        models = [current, *models]
    providers = list(dict.fromkeys(model.provider for model in models))
    order = {provider: place for place, provider in enumerate(providers)}
    return sorted(models, key=lambda model: (not model.streams, order[model.provider], _price_order(model)))


def _as_typed(models: Sequence[Model], typed: str) -> Sequence[Choice[Model]]:
    """Offer the models that an unlisted slug may mean, and then the slug itself, which can be requested, too."""
    slug = clean_line(typed)
    if not slug or " " in slug or not slug.isascii():
        # No slug contains other characters.
        return ()
    by_slug = {model.slug: model for model in models if model.streams}
    near = [by_slug[like] for like in _near(slug.lower(), by_slug)]
    choices = [Choice(model, partial(_row, model), "") for model in near]
    unlisted = partial(_unlisted_row, slug, near[0].slug if near else "")
    return [*choices, Choice(Model.unlisted(slug), unlisted, "")]


def _near(typed: str, slugs: Iterable[str]) -> list[str]:
    """Return the slugs most similar to the typed one, compared whole and by their beginning.

    Empty if none is similar enough.
    """

    def likeness(slug: str) -> float:
        return max(SequenceMatcher(None, typed, part).ratio() for part in (slug, slug[: len(typed)]))

    found = [(likeness(slug), slug) for slug in slugs]
    best = max(found, default=(0.0, ""))[0]
    return [slug for like, slug in found if like == best][:MOST_NEAR] if best >= ALIKE else []


def _unlisted_row(slug: str, like: str, width: int) -> Content:
    words = say("picker.model.unlisted_like", like=like) if like else say("picker.model.unlisted")
    what = Content.styled(f"  {words}", "$warning" if like else "$muted")
    return Content.assemble((slug, "bold"), what).truncate(width, ellipsis=True)


def _price_order(model: Model) -> float:
    return float(model.most if model.most is not None else 1e9)


def _also(model: Model, width: int) -> str:
    """Return the words by which a model is found besides its name: those that its row shows at that width."""
    shown = {key for key, _, least in _COLUMNS if width >= least}
    words = [model.provider, "" if model.streams else _category(model)]
    if model.streams and "plan" in shown:
        words.append(_plan(model))
    if model.vision:
        words.append(say("picker.model.vision"))
    return " ".join(words)


def _plan(model: Model) -> str:
    return word_for(f"tier.{model.plan}", model.plan)


def _category(model: Model) -> str:
    return word_for(f"category.{model.category}", model.category)


def price_of(model: Model) -> str:
    """Format the price as a number, a range, or a question mark."""
    if model.price is None:
        return "?"
    if model.price_max is not None:
        return f"{number(model.price)}–{number(model.price_max)}"
    return number(model.price)


_COLUMNS = (("provider", 12, 60), ("price", 7, 0), ("plan", 11, 48), ("vision", 15, 70))
"""Column, width in cells, and the list's width from which on it is shown. The name column takes the rest."""

_SEES = "▣"
"""Stands behind the name of a model that reads images where there is no column for that, as it stands before attached images."""


_MEASURED = (("first_text", 9, 84), ("speed", 9, 84), ("failed", 8, 84))
"""The columns of what was measured here, as above."""


def _columns(width: int, *, is_measured: bool) -> list[tuple[str, int]]:
    """Return the columns of a list of that width, with their widths."""
    every = (*_COLUMNS, *(_MEASURED if is_measured else ()))
    columns = [(key, size) for key, size, least in every if width >= least]
    if is_measured and width >= _MEASURED[0][2]:
        # What a model reads gives way to how it does, and is a mark behind its name.
        columns = [(key, size) for key, size in columns if key != "vision"]
    return columns


def _has_vision_column(width: int, *, is_measured: bool) -> bool:
    return any(key == "vision" for key, _ in _columns(width, is_measured=is_measured))


def _cells(width: int, name: Content, cells: dict[str, Content], *, is_measured: bool = False) -> Content:
    columns = _columns(width, is_measured=is_measured)
    room = max(8, width - sum(size for _, size in columns))
    parts = [_fit(name, room)]
    for key, size in columns:
        cell = cells.get(key, Content(""))
        if key == "plan":
            # A word right behind a number would read as its unit.
            cell = Content.assemble(" ", cell)
        parts.append(_fit(cell, size, right=key in ("price", "first_text", "speed", "failed")))
    return Content.assemble(*parts)


def _fit(cell: Content, size: int, *, right: bool = False) -> Content:
    cell = cell.truncate(size - 1, ellipsis=True)
    pad = " " * (size - 1 - cell.cell_length)
    # A number ends one cell before its column, so that it does not touch the next column.
    return Content.assemble(pad, cell, " ") if right else Content.assemble(cell, pad, " ")


def _header(width: int, *, is_measured: bool = False) -> Content:
    heads = {key: Content(say(f"picker.model.{key}")) for key, _, _ in (*_COLUMNS, *_MEASURED)}
    return _cells(width, Content(say("picker.model.name")), heads, is_measured=is_measured).stylize("$muted")


def _row(
    model: Model,
    width: int,
    score: Score | None = None,
    *,
    sign: str = "",
    measured: Measured | None = None,
    is_measured: bool = False,
    is_recent: bool = False,
) -> Content:
    name = Content(clean_line(model.name))
    if not model.streams:
        what = Content.styled(f"  {say('picker.model.no_chat', kind=_category(model))}", "$muted")
        return _cells(
            width,
            Content.assemble(name, what),
            {key: Content("") for key, _, _ in _COLUMNS}
            | {"provider": Content(clean_line(model.provider)), "price": Content(price_of(model))},
            is_measured=is_measured,
        )
    cells = {
        "provider": Content.styled(clean_line(model.provider), "$muted"),
        "price": Content.styled(price_of(model), "bold"),
        "plan": Content.styled(_plan(model), "$muted"),
        "vision": Content.styled(say("picker.model.vision") if model.vision else "", "$muted"),
    }
    won = f"  {say('picker.model.won', won=score.won, n=score.of)}" if score is not None else ""
    if measured is not None:
        cells |= _measured_cells(measured)
    is_marked = model.vision and not _has_vision_column(width, is_measured=is_measured)
    sees = f" {_SEES}" if is_marked else ""
    recent = f"  {say('picker.model.recent')}" if is_recent else ""
    name = Content.assemble(
        (sign, "$warning"), (clean_line(model.name), "bold"), (sees, "$muted"), (won + recent, "$muted")
    )
    return _cells(width, name, cells, is_measured=is_measured)


def _measured_cells(measured: Measured) -> dict[str, Content]:
    """Draw how a model has done here: seconds to its first text, pieces of text per second, and failures."""
    wait, speed = measured.first_text, measured.speed
    return {
        "first_text": Content.styled(
            "" if wait is None else say("picker.model.seconds", n=number(round(wait, 1))), "$muted"
        ),
        "speed": Content.styled(
            "" if speed is None else say("picker.model.per_second", n=number(round(speed))), "$muted"
        ),
        "failed": Content.styled(
            f"{measured.failed}/{measured.answers}", "$warning" if measured.failed else "$muted"
        ),
    }
