"""`elumenta-tui stats`: what was spent, by day, model, kind and conversation, with the numbers of the app's `/stats`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from time import time
from typing import TYPE_CHECKING, Any

from elumenta_tui.chat.spending import Spent
from elumenta_tui.chat.statistics import Group, Statistics
from elumenta_tui.cli.database import database_path, has_demo_only, read_database
from elumenta_tui.cli.options import Parser
from elumenta_tui.cli.progress import progress
from elumenta_tui.cli.running import CommandFailed, count, run_command
from elumenta_tui.cli.stdio import NOTHING_THERE, put_out
from elumenta_tui.cli.tables import Look, standard_look, table
from elumenta_tui.i18n import number, say, word_for
from elumenta_tui.text.sanitize import clean_line

if TYPE_CHECKING:
    import argparse

_DAYS = 14


def parser() -> Parser:
    """Return the parser of its arguments."""
    parser = Parser("stats.usage")
    parser.add_argument("--days", type=count, default=_DAYS, metavar="number")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--demo", action="store_true")
    return parser


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `elumenta-tui stats` with its arguments. Return the exit code."""
    return run_command(parser(), "stats", argv, lambda arguments: _show(arguments, environ))


def _show(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from elumenta_tui.session.spending import LONGEST, days_until
    from elumenta_tui.store.statistics import first_day, statistics

    demo: bool = arguments.demo
    with progress(say("stats.reading")), read_database(environ) as connection:
        first = first_day(connection, demo=demo)
        days = min(arguments.days, LONGEST) or None
        found = statistics(connection, days_until(time(), days, first), demo=demo)
        is_demo_only = not demo and not found.ever.requests and has_demo_only(connection)
    if arguments.json:
        from elumenta_tui.cli.json_output import json_lines

        return put_out([json_lines(_as_json(found))], encoding="utf-8")
    if is_demo_only:
        raise CommandFailed(NOTHING_THERE, say("export.nothing_but_demo", path=database_path(environ)))
    if not found.ever.requests:
        raise CommandFailed(NOTHING_THERE, say("stats.nothing"))
    return put_out(_lines(found, days, standard_look(environ)))


def _date(begins: float) -> str:
    return datetime.fromtimestamp(begins).strftime("%Y-%m-%d")


def _spent_json(requests: int, spent: Spent) -> dict[str, Any]:
    return {
        "requests": requests,
        "tokens": spent.known,
        "requests_unknown": spent.unknown,
        "tokens_at_most": spent.most,
    }


def _group_json(group: Group) -> dict[str, Any]:
    return {"name": group.name or None, **_spent_json(group.requests, group.spent)}


def _as_json(found: Statistics) -> dict[str, Any]:
    return {
        "total": _spent_json(found.total.requests, found.total.spent),
        "ever": _spent_json(found.ever.requests, found.ever.spent),
        "days": [
            {
                "date": _date(each.begins),
                **_spent_json(each.requests, each.spent),
                "elsewhere": each.elsewhere.spent,
                "added": each.elsewhere.added,
            }
            for each in found.days
        ],
        "models": list(map(_group_json, found.models)),
        "kinds": list(map(_group_json, found.kinds)),
        "conversations": list(map(_group_json, found.conversations)),
    }


def _lines(found: Statistics, days: int | None, look: Look) -> Iterator[str]:
    when = say("stats.ever") if days is None else say("stats.last", n=days)
    yield f"{look.paint(say('stats.title', when=when), 'heading')}\n"
    yield f"{_total(found.total)}\n"
    if found.total.requests != found.ever.requests:
        yield f"{say('stats.since_ever', what=_total(found.ever))}\n"
    if found.total.spent.unknown:
        most = number(found.total.spent.up_to)
        yield f"{look.paint(say('stats.unknown', n=found.total.spent.unknown, most=most), 'warning')}\n"
    used = [each for each in reversed(found.days) if each.requests or each.elsewhere.spent]
    by_day = [Group(_date(each.begins), each.requests, each.spent) for each in used]
    elsewhere = [each.elsewhere.spent for each in used]
    kinds = [group._replace(name=word_for(f"stats.kind.{group.name}", group.name)) for group in found.kinds]
    titles = [
        group._replace(name=clean_line(group.name) or say("stats.gone")) for group in found.conversations
    ]
    for title, groups, others in (
        ("stats.by_day", by_day, elsewhere),
        ("stats.by_model", found.models, ()),
        ("stats.by_kind", kinds, ()),
        ("stats.by_conversation", titles, ()),
    ):
        if groups:
            yield "\n"
            yield from _table(say(title), groups, others if any(others) else (), look)


def _total(group: Group) -> str:
    spent = group.spent
    if spent.unknown == group.requests > 0:
        return f"{say('stats.requests', n=group.requests)} · {say('export.cost_unknown')}"
    tokens = say("bar.tokens", n=spent.known)
    if spent.unknown:
        tokens = say("stats.or_more", tokens=tokens)
    return f"{say('stats.requests', n=group.requests)} · {tokens}"


def _table(title: str, groups: Sequence[Group], elsewhere: Sequence[Any], look: Look) -> Iterator[str]:
    # What is not known is never shown as zero.
    columns = {
        title: [group.name for group in groups],
        say("stats.tokens"): [
            "?" if group.spent.unknown == group.requests > 0 else number(group.spent.known)
            for group in groups
        ],
        say("stats.head_requests"): [number(group.requests) for group in groups],
    }
    if any(group.spent.unknown for group in groups):
        columns[say("stats.head_unknown")] = [
            number(group.spent.unknown) if group.spent.unknown else "" for group in groups
        ]
    if elsewhere:
        columns[say("stats.head_elsewhere")] = [number(each) if each else "" for each in elsewhere]
    right = range(1, len(columns))
    return table(list(columns), list(zip(*columns.values(), strict=True)), look, right=right, flexible=0)
