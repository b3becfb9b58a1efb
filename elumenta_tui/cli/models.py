"""`elumenta-tui models`: the service's models with their prices, and how each has done here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.models import Model
from elumenta_tui.cli.account import add_account_options, asked, find_account
from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.running import CommandFailed, run_command
from elumenta_tui.cli.stdio import NOTHING_THERE, put_out
from elumenta_tui.cli.tables import Look, standard_look, table
from elumenta_tui.i18n import decimal, number, say, word_for
from elumenta_tui.text.matching import fold

if TYPE_CHECKING:
    import argparse

    from elumenta_tui.store.charges import Measured

_PROVIDER_FROM, _NAME_FROM, _PLAN_FROM, _MEASURED_FROM = 90, 70, 56, 110
"""Columns of a terminal from which on it shows these columns."""


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("models.usage")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--json", action="store_true")
    add_account_options(parser)
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui models` with its arguments. Return the exit code."""
    return run_command(parser(), "models", argv, lambda arguments: _list(arguments, environ))


def _list(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from elumenta_tui.config.model_lists import ModelLists

    configuration, access = find_account(arguments, environ)

    async def question(client: Any) -> list[Model]:
        models: list[Model] = await client.models()
        return models

    models = [model for model in asked(access, question) if arguments.all or model.streams]
    wanted = [fold(word) for word in arguments.words]
    models = [model for model in models if all(word in _searched(model) for word in wanted)]
    providers = list(dict.fromkeys(model.provider for model in models))
    # As the app lists them: those that can chat first, then by provider, then by price.
    models.sort(key=lambda model: (not model.streams, providers.index(model.provider), _least(model)))
    favourites = ModelLists(configuration.state_file, "demo_" if arguments.demo else "").favourites
    measured = _measured(environ, demo=arguments.demo)
    if arguments.json:
        rows = [_as_json(model, measured.get(model.slug), model.slug in favourites) for model in models]
        from elumenta_tui.cli.json_output import json_lines

        return put_out([json_lines(rows)], encoding="utf-8") or (NOTHING_THERE if not rows else 0)
    if not models:
        raise CommandFailed(NOTHING_THERE, say("models.none"))
    return put_out(_table(models, measured, favourites, standard_look(environ)))


def _searched(model: Model) -> str:
    return fold(f"{model.slug} {model.name} {model.provider} {model.category}")


def _least(model: Model) -> float:
    return float(model.price if model.price is not None else 1e9)


def _measured(environ: Mapping[str, str], *, demo: bool) -> Mapping[str, Measured]:
    """Return how each model has done here, by slug; nothing if the database can't be read."""
    from elumenta_tui.cli.database import read_database
    from elumenta_tui.store.charges import measured

    try:
        with read_database(environ) as connection:
            return measured(connection, demo=demo)
    except CommandFailed:
        # The list is about the service; `doctor` and `chats` tell what is wrong with the database.
        return {}


def price_words(model: Model) -> str:
    """Return the price of a model as a number, a range, or a question mark."""
    if model.price is None:
        return "?"
    if model.price_max is not None:
        return f"{number(model.price)}–{number(model.price_max)}"
    return number(model.price)


def _as_json(model: Model, done: Measured | None, is_favourite: bool) -> dict[str, Any]:
    return {
        "slug": model.slug,
        "name": model.name,
        "provider": model.provider,
        "category": model.category,
        "price": model.price,
        "price_max": model.most,
        "plan": model.plan,
        "chats": model.streams,
        "vision": model.vision,
        "favourite": is_favourite,
        "measured": None if done is None else done._asdict(),
    }


def _table(
    models: Sequence[Model], measured: Mapping[str, Measured], favourites: Sequence[str], look: Look
) -> Iterator[str]:
    width = look.width or 1_000
    columns = {say("models.head.slug"): [model.slug for model in models]}
    right = []
    if width >= _NAME_FROM:
        columns[say("models.head.name")] = [model.name for model in models]
    if width >= _PROVIDER_FROM:
        columns[say("models.head.provider")] = [model.provider for model in models]
    right.append(len(columns))
    columns[say("models.head.price")] = [price_words(model) for model in models]
    if width >= _PLAN_FROM:
        columns[say("models.head.plan")] = [word_for(f"tier.{model.plan}", model.plan) for model in models]
    if width >= _MEASURED_FROM and measured:
        right += [len(columns), len(columns) + 1, len(columns) + 2]
        done = [measured.get(model.slug) for model in models]
        columns[say("models.head.first_text")] = [
            say("picker.model.seconds", n=decimal(round(each.first_text, 1)))
            if each and each.first_text is not None
            else ""
            for each in done
        ]
        columns[say("models.head.speed")] = [
            say("picker.model.per_second", n=round(each.speed)) if each and each.speed is not None else ""
            for each in done
        ]
        columns[say("models.head.failed")] = [
            f"{100 * each.failed // each.answers} %" if each and each.answers else "" for each in done
        ]
    columns[say("models.head.notes")] = [_notes(model, model.slug in favourites) for model in models]
    flexible = 1 if width >= _NAME_FROM else 0
    return table(
        list(columns), list(zip(*columns.values(), strict=True)), look, right=right, flexible=flexible
    )


def _notes(model: Model, is_favourite: bool) -> str:
    notes = [
        say("models.favourite") if is_favourite else "",
        say("models.vision") if model.vision else "",
        "" if model.streams else word_for(f"category.{model.category}", model.category),
    ]
    return ", ".join(filter(None, notes))
