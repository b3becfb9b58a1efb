"""`python -m tests.benchmarks.profile [kind] [deltas]`: where the time goes in a flood, on a real terminal, by pyinstrument."""

from __future__ import annotations

import argparse
import sys

from tests.benchmarks.clients import app, settled
from tests.benchmarks.content import KINDS
from tests.benchmarks.service import Service
from tests.benchmarks.streaming import Step, play
from tests.benchmarks.watch import Watch


def main() -> None:
    """Print the functions that took the most time by themselves, then the tree of calls."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.profile", description="Profile the app."
    )
    parser.add_argument("kind", nargs="?", choices=KINDS, default="mixed")
    parser.add_argument("deltas", nargs="?", type=int, default=50_000)
    parser.add_argument("--rate", type=int, default=0, help="deltas per second; a flood by default")
    arguments = parser.parse_args()
    with Service(Watch()) as service, settled(app(service)) as client:
        client.ask("profile")
        play(client, service, arguments.kind, [Step(arguments.deltas, arguments.rate)])
        profile = client.ask("profiled")
    sys.stdout.write("\n".join([*profile["tree"], "", "By themselves:", "", *profile["spots"], ""]))


if __name__ == "__main__":
    main()
