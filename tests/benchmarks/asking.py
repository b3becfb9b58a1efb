"""`elumenta-tui ask` as a whole process, beside the bare loop: what it costs, and how much later its request leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from time import monotonic

from tests.benchmarks.plan import Phase, Plan
from tests.benchmarks.service import Service
from tests.pseudo_terminal import ROOT
from tests.service import KEY

_MARK = "Ⰲ"


@dataclass(frozen=True)
class Asked:
    """What a process took from its start to its end."""

    cpu: float
    """Seconds, user and system, of all threads."""
    until_asked: float
    """Seconds until the service had its request."""
    cpu_until_asked: float
    """Seconds of processor time until then."""


def ask(service: Service, kind: str, deltas: int) -> Asked:
    """Ask by the program, in a pipe, with an empty home."""
    plan = _plan(kind, deltas)
    with tempfile.TemporaryDirectory(prefix="elumenta.") as home:
        env = {"ELUMENTA_API_KEY": KEY, "ELUMENTA_BASE_URL": service.url, "ELUMENTA_HOME": home}
        return _run(service, ["elumenta_tui", "ask", plan.prompt], env)


def ask_bare(service: Service, kind: str, deltas: int) -> Asked:
    """Ask by the bare loop."""
    plan = _plan(kind, deltas)
    return _run(service, ["tests.benchmarks.floor", service.url], {}, f"{plan.prompt}\n")


def _plan(kind: str, deltas: int) -> Plan:
    return Plan(kind, (Phase(deltas, _MARK),))


def _run(service: Service, command: list[str], env: dict[str, str], typed: str = "") -> Asked:
    service.expect_request()
    begun = monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(typed.encode())
    process.stdin.close()
    service.wait_at_gate()
    until_asked = monotonic() - begun
    # What clock_getcpuclockid(3) computes.
    cpu_until_asked = time.clock_gettime((~process.pid << 3) | 2)
    service.go()
    service.wait_at_gate()
    service.go()
    service.wait_until_answered()
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return Asked(used.ru_utime + used.ru_stime, until_asked, cpu_until_asked)
