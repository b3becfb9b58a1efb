"""The model picker: name, provider, price, plan and vision of every model; models that can chat come first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial

from textual.binding import Binding
from textual.content import Content

from elumenta_tui.chat.ledger import Ledger
from elumenta_tui.chat.models import Model, find_model
from elumenta_tui.config.picks import Score
from elumenta_tui.i18n import number, say, word_for
from elumenta_tui.session.comparing import LEAST, MOST
from elumenta_tui.text.sanitize import clean_line
from elumenta_tui.tui.widgets.frame import compared_note
from elumenta_tui.tui.widgets.picker import MARK, Choice, Picker

ALIKE = 0.6
"""The similarity from which on one slug may be a typo of another; difflib's default."""

MOST_NEAR = 3
"""Models that are offered in place of an unlisted slug, at most."""


class ModelPicker(Picker[Model]):
    """Only models that stream text can be chosen; the others are listed with their category.

    Providers keep the order of the service's list; the models of a provider are sorted by price.
    """

    BINDINGS = [Binding("space", "mark", show=False, priority=True)]

    def __init__(
        self,
        models: Sequence[Model],
        current: Model,
        *,
        query: str = "",
        scores: Mapping[str, Score] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        """`scores`: how often models were picked in comparisons, by slug. `ledger`: the balance that several requests leave;
        None if only one model can be chosen.
        """
        ordered = _in_order(models, current)
        self._scores = scores or {}
        super().__init__(
            say("picker.model.title"),
            self._choices_of(ordered),
            current=current,
            footnote=say("picker.model.footnote_of_one") if ledger is None else say("picker.model.footnote"),
            query=query,
            header=_header,
            fallback=partial(_as_typed, ordered),
        )
        if ledger is not None:
            self._filter.keys_of_dialog = frozenset({"space"})
        self.marked: list[Model] = []
        """The models to compare, in the order in which they were marked."""
        self._ledger = ledger

    def _choices_of(self, models: Sequence[Model]) -> Sequence[Choice[Model]]:
        return [
            Choice(
                model,
                partial(_row, model, score=self._scores.get(model.slug)),
                f"{model.name} {model.slug}",
                partial(_also, model),
                enabled=model.streams,
                why="" if model.streams else say("picker.model.why", name=model.name, kind=_category(model)),
            )
            for model in models
        ]

    def list_models(self, models: Sequence[Model]) -> None:
        """Replace the models: the service's list may come while the dialog is open.

        The filter text stays; so do the selected row and the marks of models that are still listed.
        """
        assert self._current is not None
        current = find_model(models, self._current.slug)
        ordered = _in_order(models, current)
        by_slug = {model.slug: model for model in ordered if model.streams}
        self.marked[:] = [by_slug[model.slug] for model in self.marked if model.slug in by_slug]
        self._current = current
        self._fallback = partial(_as_typed, ordered)
        self.replace_choices(self._choices_of(ordered), lambda model: model.slug)

    def action_mark(self) -> None:
        """Mark the selected model for a comparison, or unmark it."""
        self.in_order(self._mark)

    def _mark(self) -> None:
        self.refilter()
        choice = self._rows.item
        if self._ledger is None or choice is None or not choice.enabled:
            return
        if choice.value in self.marked:
            self.marked.remove(choice.value)
        elif len(self.marked) < MOST:
            self.marked.append(choice.value)
        self._rows.refresh()
        self._show_marked()

    def _show_marked(self) -> None:
        if not self.marked:
            self._note = Content.styled(self._footnote, "$muted")
        elif len(self.marked) < LEAST:
            self._note = Content.styled(say("picker.model.mark_more", most=MOST), "$warning")
        else:
            key = say("picker.model.compares", n=len(self.marked))
            self._note = compared_note(self.marked, self._ledger or Ledger(), key)
        self._foot.update(self._note)

    def _fill(self) -> None:
        super()._fill()
        if self.marked:
            self._show_marked()

    def _pick(self, choice: Choice[Model]) -> None:
        if not self.marked:
            super()._pick(choice)
        elif len(self.marked) >= LEAST:
            self.dismiss(self.marked[0])

    def _row(self, choice: Choice[Model], width: int) -> Content:
        row = super()._row(choice, width)
        return (
            Content.assemble(("✓ ", "bold $accent"), row[len(MARK) :]) if choice.value in self.marked else row
        )


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
    return float(model.price if model.price is not None else 1e9)


def _also(model: Model, width: int) -> str:
    """Return the words by which a model is found besides its name: those that its row shows at that width."""
    shown = {key for key, _, least in _COLUMNS if width >= least}
    words = [model.provider, "" if model.streams else _category(model)]
    if model.streams and "plan" in shown:
        words.append(_plan(model))
    if model.vision and "vision" in shown:
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


_COLUMNS = (("provider", 12, 60), ("price", 7, 0), ("plan", 10, 48), ("vision", 15, 70))
"""Column, width in cells, and the list's width from which on it is shown. The name column takes the rest."""


def _cells(width: int, name: Content, cells: dict[str, Content]) -> Content:
    columns = [(key, size) for key, size, least in _COLUMNS if width >= least]
    room = max(8, width - sum(size for _, size in columns))
    parts = [_fit(name, room)]
    for key, size in columns:
        parts.append(_fit(cells[key], size, right=key == "price"))
    return Content.assemble(*parts)


def _fit(cell: Content, size: int, *, right: bool = False) -> Content:
    cell = cell.truncate(size - 1, ellipsis=True)
    pad = " " * (size - 1 - cell.cell_length)
    # A number ends one cell before its column, so that it does not touch the next column.
    return Content.assemble(pad, cell, " ") if right else Content.assemble(cell, pad, " ")


def _header(width: int) -> Content:
    heads = {key: Content(say(f"picker.model.{key}")) for key, _, _ in _COLUMNS}
    return _cells(width, Content(say("picker.model.name")), heads).stylize("$muted")


def _row(model: Model, width: int, score: Score | None = None) -> Content:
    name = Content(clean_line(model.name))
    if not model.streams:
        what = Content.styled(f"  {say('picker.model.no_chat', kind=_category(model))}", "$muted")
        return _cells(
            width,
            Content.assemble(name, what),
            {key: Content("") for key, _, _ in _COLUMNS}
            | {"provider": Content(clean_line(model.provider)), "price": Content(price_of(model))},
        )
    cells = {
        "provider": Content.styled(clean_line(model.provider), "$muted"),
        "price": Content.styled(price_of(model), "bold"),
        "plan": Content.styled(_plan(model), "$muted"),
        "vision": Content.styled(say("picker.model.vision") if model.vision else "", "$muted"),
    }
    won = f"  {say('picker.model.won', won=score.won, n=score.of)}" if score is not None else ""
    return _cells(width, Content.assemble((clean_line(model.name), "bold"), (won, "$muted")), cells)
