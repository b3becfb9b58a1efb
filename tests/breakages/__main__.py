"""Break every promise once: `python -m tests.breakages [word …]`, or `make breakages`.

Each breakage runs the tests that stand for it in a fresh process, and every one of them has to fail.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.breakages import NOT_APPLIED, VARIABLE, Breakage, case_of, load

ROOT = Path(__file__).parent.parent.parent

PATIENCE = 120.0
"""Seconds for the tests of one breakage. What is broken may as well hang, and then that is noticed."""

_ENDED_WITH_FAILURES = 1
_RED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+\.py::.*?)(?: - .*)?$", re.MULTILINE)
_RED_CASE = re.compile(r"^SUBFAILED\[(.*?)\] (tests/\S+\.py::\w+)", re.MULTILINE)


def verdict(breakage: Breakage) -> tuple[bool, str]:
    """Whether the tests notice the breakage; a line that says so, and lines with what is wrong."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rfE", "--tb=no"]
    # `make test` runs some of the cases only, and a breakage is for certain ones.
    command += ["-m", "thorough or not thorough"]
    try:
        done = subprocess.run(
            [*command, "-p", "tests.breakages.plugin", *dict.fromkeys(map(_to_run, breakage.tests))],
            cwd=ROOT,
            env={**os.environ, VARIABLE: breakage.name, "COLUMNS": "1000"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return True, f"red as it must be  {breakage.name} (it hangs)"
    red = _RED.findall(done.stdout)
    red += [f"{test}[{case}]" for case, test in _RED_CASE.findall(done.stdout)]
    green = [test for test in breakage.tests if not any(_is_of(each, test) for each in red)]
    if done.returncode == NOT_APPLIED:
        return False, f"DOES NOT APPLY     {breakage.name}\n    {done.stderr.strip()}"
    if done.returncode != _ENDED_WITH_FAILURES and not (done.returncode == 0 and green):
        return False, f"DOES NOT APPLY     {breakage.name}\n    {done.stdout[-300:]}{done.stderr[-300:]}"
    if green:
        return False, "\n    ".join((f"STILL GREEN        {breakage.name}", *green))
    return True, f"red as it must be  {breakage.name}"


def _to_run(test: str) -> str:
    """A case is a subtest: it is the test with all of them that can be run, and the plugin leaves out the others."""
    return test.partition("[")[0] if case_of(test) else test


def _is_of(red: str, test: str) -> bool:
    return red == test or red.startswith(f"{test}[")


def main(words: Sequence[str], jobs: int) -> int:
    """Try them, or those that have one of the words in their name; the exit code."""
    wanted = [each for each in load().values() if not words or any(word in each.name for word in words)]
    if not wanted:
        sys.stderr.write("no breakage has such a name\n")
        return 2
    noticed = 0
    with ThreadPoolExecutor(jobs) as pool:
        for is_noticed, line in pool.map(verdict, wanted):
            noticed += is_noticed
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    sys.stdout.write(f"\n{noticed} of {len(wanted)} were noticed.\n")
    return int(noticed < len(wanted))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.breakages", description="Break every promise once."
    )
    parser.add_argument(
        "words", nargs="*", metavar="word", help="only those with one of the words in their name"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time (default: one per core)"
    )
    given = parser.parse_args()
    sys.exit(main(given.words, given.jobs))
