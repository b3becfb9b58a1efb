"""`python -m tests.benchmarks [row …]`: measure, and print the table. The exit code is 1 if a figure fails."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from tests.benchmarks.content import KINDS
from tests.benchmarks.keys import p99
from tests.benchmarks.rows import QUICK, ROWS, Bench, Extent
from tests.benchmarks.service import Service
from tests.benchmarks.table import HEADINGS, line, milliseconds
from tests.benchmarks.watch import BenchmarkFailed, Watch


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure the app.")
    parser.add_argument(
        "rows", nargs="*", metavar="row", help=f"which rows; all by default: {', '.join(ROWS)}"
    )
    parser.add_argument("--runs", type=int, help="how often each is measured; the median counts")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, help="kinds of answers; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller; for a first look")
    arguments = parser.parse_args()
    if unknown := set(arguments.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    return arguments


def _say(text: str) -> None:
    """Where whoever waits looks, on one line."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _print(text: str = "") -> None:
    _say("")
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _measure(name: str, bench: Bench) -> bool:
    """Print a part of the table; whether all of it passes."""
    row = ROWS[name]
    _print(f"\n{row.title} ({name})")
    passes = True
    try:
        for figure in row.figures(bench):
            _print(line(figure.cells))
            passes = passes and figure.passes
    except BenchmarkFailed as failure:
        _print(f"FAIL: {failure}")
        return False
    return passes


def main() -> int:
    """Measure and print; the exit code."""
    arguments = _arguments()
    extent = QUICK if arguments.quick else Extent()
    extent = replace(extent, runs=arguments.runs or extent.runs, kinds=arguments.kinds or extent.kinds)
    watch = Watch()
    _print(line(HEADINGS))
    with Service(watch) as service:
        bench = Bench(service, extent, _say)
        passed = [_measure(name, bench) for name in arguments.rows or ROWS]
    late = f"p99 {milliseconds(p99(watch.lateness))}, at worst {milliseconds(max(watch.lateness))}"
    _print(f"\nThe machine itself woke a process that did nothing late: {late}.")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
