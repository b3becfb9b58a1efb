"""`elumenta-tui balance`: the tokens, the plan, the requests that are left, and what they are good for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import time
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.ledger import Balance, RateLimits
from elumenta_tui.chat.models import Model, find_model
from elumenta_tui.chat.statistics import Outlook, outlook
from elumenta_tui.cli.account import add_account_options, asked, find_account
from elumenta_tui.cli.models import price_words
from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.running import CommandFailed, run_command
from elumenta_tui.cli.stdio import put_out
from elumenta_tui.cli.tables import Look, standard_look, table
from elumenta_tui.config.settings import last_model
from elumenta_tui.i18n import number, say, word_for
from elumenta_tui.i18n.times import day, moment
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    import argparse

_DAYS = 30
"""Days of use from which the time is estimated that the balance lasts."""


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("balance.usage")
    parser.add_argument("--json", action="store_true")
    add_account_options(parser)
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui balance` with its arguments. Return the exit code."""
    return run_command(parser(), "balance", argv, lambda arguments: _show(arguments, environ))


def _show(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from elumenta_tui.config.model_lists import ModelLists

    configuration, access = find_account(arguments, environ)

    async def question(client: Any) -> tuple[Balance, RateLimits | None, list[Model]]:
        balance = await client.balance()
        models = await client.models()
        return balance, client.limits, models

    balance, limits, models = asked(access, question)
    favourites = ModelLists(configuration.state_file, "demo_" if arguments.demo else "").favourites
    current = last_model(configuration.state_file, access.settings, demo=arguments.demo)
    chosen = _chosen(models, [current, *favourites])
    ahead = _outlook(environ, balance, demo=arguments.demo)
    if arguments.json:
        from elumenta_tui.cli.json_output import json_lines

        return put_out([json_lines(_as_json(balance, limits, chosen, ahead))])
    return put_out(_lines(balance, limits, chosen, ahead, standard_look(environ)))


def _chosen(models: Sequence[Model], slugs: Sequence[str]) -> list[Model]:
    """Return these models, and the cheapest and the dearest that can chat, each once."""
    priced = sorted(
        (model for model in models if model.streams and model.price), key=lambda model: model.most or 0
    )
    wanted = [find_model(models, slug) for slug in slugs] + priced[:1] + priced[-1:]
    return list({model.slug: model for model in wanted}.values())


def _requests(balance: Balance, model: Model) -> int | None:
    """Return how many requests to a model a balance is good for, at the most that one may cost; None if that is not known."""
    if balance.tokens is None or not model.most:
        return None
    return max(0, int(balance.tokens // model.most))


def _outlook(environ: Mapping[str, str], balance: Balance, *, demo: bool) -> Outlook | None:
    """Estimate how long the balance lasts from what was asked here; None if that can't be known."""
    from elumenta_tui.cli.database import read_database
    from elumenta_tui.session.spending import days_until
    from elumenta_tui.store.statistics import statistics

    try:
        with read_database(environ) as connection:
            found = statistics(connection, days_until(time(), _DAYS), demo=demo)
    except CommandFailed:
        return None
    return outlook(found.days, balance.tokens)


def _as_json(
    balance: Balance, limits: RateLimits | None, models: Sequence[Model], ahead: Outlook | None
) -> dict[str, Any]:
    return {
        "tokens": balance.tokens,
        "plan": balance.plan or None,
        "plan_expires_at": balance.plan_expires_at or None,
        "limits": None if limits is None else limits.as_dict(),
        "good_for": {model.slug: _requests(balance, model) for model in models},
        "days": None if ahead is None else ahead.days,
    }


def _lines(
    balance: Balance, limits: RateLimits | None, models: Sequence[Model], ahead: Outlook | None, look: Look
) -> Iterator[str]:
    now = time()
    facts = [say("bar.unknown") if balance.tokens is None else say("bar.tokens", n=balance.tokens)]
    if balance.plan:
        facts.append(say("doctor.plan", plan=word_for(f"plan.{balance.plan}", balance.plan)))
    if balance.plan_expires_at:
        facts.append(say("balance.until", date=clean_line(balance.plan_expires_at, 40).partition("T")[0]))
    yield f"{look.paint(' · '.join(facts), 'heading')}\n"
    if limits is not None and (line := _limits(limits, now)):
        yield f"{line}\n"
    if ahead is not None:
        date = day(now + ahead.days * 86_400, now)
        rate = number(round(ahead.per_day, 1))
        yield f"{say('stats.outlook', n=ahead.days, date=date, rate=rate, used=ahead.used, of=ahead.of)}\n"
    counts = [(model, _requests(balance, model)) for model in models]
    rows = [(model.slug, price_words(model), "?" if n is None else number(n)) for model, n in counts]
    yield "\n"
    headings = [say("models.head.slug"), say("models.head.price"), say("balance.requests")]
    yield from table(headings, rows, look, right=(1, 2), flexible=0)


def _limits(limits: RateLimits, now: float) -> str:
    parts = []
    if limits.hour_limit != 0 and limits.hour_left is not None:
        parts.append(say("bar.hour", n=limits.hour_left))
    if limits.day_limit != 0 and limits.day_left is not None:
        parts.append(say("bar.day", n=limits.day_left))
    line = ", ".join(parts)
    if line and limits.hour_resets_at is not None and limits.hour_resets_at > now:
        line = say("bar.until", what=line, time=moment(limits.hour_resets_at, now))
    return line
