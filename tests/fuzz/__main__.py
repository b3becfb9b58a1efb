"""Run the fuzzes for a while: `python -m tests.fuzz [--minutes 30] [--seed 1] [word …]`, or `make fuzz`.

Every fuzz gets the same share of the time, in turns. A failure prints the number that repeats it (`--only NUMBER`), ends that
fuzz, and leaves the others running; the counts come at the end.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from random import Random
from time import monotonic

from tests.fuzz import Fuzz, load

TURN = 2.0
"""Seconds that a fuzz runs before the next one has its turn."""


def main(minutes: float, seed: int, words: Sequence[str], only: int | None) -> int:
    """Run them; the exit code."""
    fuzzes = [each for each in load().values() if not words or any(word in each.name for word in words)]
    if not fuzzes:
        sys.stderr.write("no fuzz has such a name\n")
        return 2
    if only is not None:
        for each in fuzzes:
            each.run(only)
        return 0
    numbers = {each.name: Random(f"{seed} {each.name}") for each in fuzzes}
    counts = dict.fromkeys(numbers, 0)
    slowest = dict.fromkeys(numbers, 0.0)
    failed: dict[str, int] = {}
    end = monotonic() + minutes * 60
    while monotonic() < end and len(failed) < len(fuzzes):
        for each in fuzzes:
            if each.name not in failed:
                number = _turn(each, numbers[each.name], counts, slowest, end)
                if number is not None:
                    failed[each.name] = number
    for name, count in counts.items():
        verdict = f"FAILED with --only {failed[name]}" if name in failed else "ok"
        sys.stdout.write(f"{count:10,} x {name}, slowest {slowest[name] * 1000:,.0f} ms: {verdict}\n")
    return min(len(failed), 1)


def _turn(
    fuzz: Fuzz, numbers: Random, counts: dict[str, int], slowest: dict[str, float], end: float
) -> int | None:
    """One turn of a fuzz; the number of the input that broke the property, if one did."""
    turn_end = min(end, monotonic() + TURN)
    while (began := monotonic()) < turn_end:
        number = numbers.randrange(10**12)
        try:
            fuzz.run(number)
        except Exception:
            sys.stdout.write(f"\n{fuzz.name}, --only {number}:\n{traceback.format_exc()}\n")
            sys.stdout.flush()
            return number
        counts[fuzz.name] += 1
        slowest[fuzz.name] = max(slowest[fuzz.name], monotonic() - began)
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Try properties on random input."
    )
    parser.add_argument(
        "words", nargs="*", metavar="word", help="only those with one of the words in their name"
    )
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default: 30)")
    parser.add_argument("--seed", type=int, default=1, help="another seed tries other inputs (default: 1)")
    parser.add_argument(
        "--only", type=int, metavar="NUMBER", help="just that one input, as a failure named it"
    )
    given = parser.parse_args()
    sys.exit(main(given.minutes, given.seed, given.words, given.only))
