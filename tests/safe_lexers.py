"""Find the lexers that no text slows down: `python -m tests.safe_lexers [--rounds 300]` writes `markdown/safe_lexers.py`.

Where no timer can interrupt a lexer, only those in that list run. A lexer gets there by taking every hostile text that is
tried at a bounded time per character. That is no proof, so more rounds may only take names out: the list that stands there is
where a run begins, unless it is told to begin with all of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import thread_time

from pygments.lexers import find_lexer_class_by_name, get_all_lexers

from elumenta_tui.markdown import safe_lexers
from elumenta_tui.markdown.deadline import TookTooLong, can_interrupt, within
from elumenta_tui.markdown.highlight import START, Highlighter
from tests.fuzz._hostile import hostile

SIZE = 1_500
"""Characters of a text."""
SLOW = 0.075
"""Seconds of processor time that such a text must not take: several times as much as any ordinary one."""

SHORT = tuple(
    begin + unit * (70 // len(unit)) + "\n"
    for begin in ("", '"', "'", "`", 'val s = "', "a = '", "/", "(", "[", "{", "<a b=\"", "$", "@", '"""', "s/", "x: ")
    for unit in (
        *"\\\"'`()[]{}<> aA0_-.,;:/*#@!$%&=+~^|?", '\\"', "\\'", '""', "''", "a ", "a.", "(a", "a\\", "\\a", "${",
    )
)  # fmt: skip
"""Exponential growth shows in these already."""

MEDIUM = tuple(
    begin + unit * (2_000 // len(unit)) + "!\n"
    for begin in ("", "a ", '"')
    for unit in ("\n", " ", "\t", "a", "a ", "a\n", "(", "{", "<", "*", "-", "/")
)
"""The commonest kinds of quadratic growth."""

KNOWN = ("C", "C++", "Java", "Makefile", "Perl6", "Rego", "Scala", "Tcsh", "YAML", "reg")
"""Slow on texts that were reported, whether or not they are found here."""

_HEAD = '''"""Lexers that no text is known to slow down; `tests/safe_lexers.py` finds them and writes this list."""

SAFE_LEXERS = frozenset(
    (
'''


def languages() -> dict[str, str]:
    """A name by which each lexer of Pygments is found, by its proper name."""
    return {name: aliases[0] for name, aliases, _, _ in get_all_lexers(plugins=False) if aliases}


def seconds(alias: str, text: str) -> float:
    """What highlighting takes, in both ways; `SLOW` twice over is given up."""
    highlighter = Highlighter(alias)
    slowest = 0.0
    tries: list[Callable[[], object]] = [lambda: highlighter._whole(text)]
    if highlighter.can_resume:
        tries.append(lambda: highlighter._resume(text, START)[0])
    for attempt in tries:
        began = thread_time()
        try:
            within(2 * SLOW, attempt)
        except TookTooLong:
            pass
        except Exception:
            # A lexer that fails is quick enough; the program shows plain text then.
            continue
        slowest = max(slowest, thread_time() - began)
    return slowest


def slow_text(alias: str, rounds: int, seed: int = 1) -> str | None:
    """A text that takes that lexer too long; None if none was found."""
    random = Random(f"{alias} {seed}")
    highlighter = Highlighter(alias)
    highlighter.warm()
    for text in (*SHORT, *MEDIUM, *(hostile(random, SIZE) + "\n" for _ in range(rounds))):
        # A second look: the first use of a rule takes it apart.
        if seconds(alias, text) > SLOW and seconds(alias, text) > SLOW:
            return str(text)
    return None


def main(rounds: int, seed: int, fresh: bool) -> None:
    """Try them all and write the list."""
    assert can_interrupt()
    known = languages()
    found = sorted((known.keys() if fresh else known.keys() & safe_lexers.SAFE_LEXERS) - {*KNOWN})
    kept: list[str] = []
    for name in found:
        # Of the class: some lexers name their instances otherwise.
        if find_lexer_class_by_name(known[name]) is None:
            continue
        text = slow_text(known[name], rounds, seed)
        if text is None:
            kept.append(name)
        else:
            sys.stdout.write(f"{known[name]}: {len(text)} characters, {text[:50]!r}\n")
            sys.stdout.flush()
    Path(safe_lexers.__file__).write_text(
        _HEAD + "".join(f"        {name!r},\n" for name in kept) + "    )\n)\n"
    )
    sys.stdout.write(f"{len(kept)} of {len(found)} are safe\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.safe_lexers", description="Find the lexers that no text slows down."
    )
    parser.add_argument("--rounds", type=int, default=300, help="texts for each lexer (default: 300)")
    parser.add_argument("--seed", type=int, default=1, help="another seed tries other texts (default: 1)")
    parser.add_argument(
        "--fresh", action="store_true", help="begin with all lexers, not with those of the list"
    )
    given = parser.parse_args()
    main(given.rounds, given.seed, given.fresh)
