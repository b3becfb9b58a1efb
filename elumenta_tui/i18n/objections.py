"""Sentences for what speaks against a request, out of the limits that the user has set."""

from __future__ import annotations

from collections.abc import Sequence

from elumenta_tui.chat.models import Model
from elumenta_tui.chat.spending import Objection, Reason, Spent, most_of
from elumenta_tui.i18n import number, say
from elumenta_tui.i18n.times import moment
from elumenta_tui.text.sanitize import clean_line


def objection_words(objection: Objection, now: float, *, has_commands: bool = True) -> str:
    """State in one or two sentences what speaks against a request.

    `now` is in Unix seconds. `has_commands`: slash words can be typed here; else the option of the configuration is named.
    """
    models, price = objection.models, price_of(objection.models)
    if objection.reason is Reason.CONFIRM:
        if len(models) > 1:
            return say("guard.confirm_several", price=price, cap=number(objection.cap))
        name = clean_line(models[0].name, 40)
        return say("guard.confirm", name=name, price=price, cap=number(objection.cap))
    if objection.reason is Reason.CAP:
        period = objection.period.value
        words = {"spent": spent_words(objection.spent), "cap": number(objection.cap), "price": price}
        how = say("guard.change") if has_commands else say("guard.raise", option=f"cap_{period}")
        return f"{say(f'guard.cap_{period}', **words)} {how}"
    asked = objection.asked
    assert asked is not None
    cost = say("guard.unknown") if asked.cost is None else say("bar.tokens", n=asked.cost)
    title = clean_line(asked.title, 30) or "…"
    return say("guard.repeated", title=title, time=moment(asked.asked_on, now), price=cost)


def spent_words(spent: Spent) -> str:
    """State a sum of charges; as a range if some of them are not known."""
    if not spent.unknown:
        return number(spent.known)
    return f"{number(spent.known)}–{number(spent.most)}" if spent.up_to else f"{number(spent.known)}+"


def price_of(models: Sequence[Model]) -> str:
    """State what one request to each model costs, as a range if it has one."""
    most = most_of(models)
    if most is None:
        return say("guard.unknown")
    least = sum(model.price or 0 for model in models)
    tokens = say("bar.tokens", n=most)
    return tokens if least == most else f"{number(least)}–{tokens}"


def offer(what: str, model: Model, key: str, *, before: Model | None = None) -> str:
    """State what another request costs: to send a prompt `again`, or to `continue` an answer.

    `before`: the model that was asked. If it is another one, the model that would be asked now is named.
    """
    if before is not None and before.slug != model.slug:
        return say(f"offer.{what}_to", key=key, name=clean_line(model.name, 40), price=price_of([model]))
    if model.price is None:
        return say(f"offer.{what}_unknown", key=key)
    if model.price_max is not None:
        return say(f"offer.{what}_range", key=key, least=model.price, n=model.price_max)
    return say(f"offer.{what}", key=key, n=model.price)
