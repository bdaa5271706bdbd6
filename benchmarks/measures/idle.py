"""What a system costs that has nothing to do: processor, transactions, memory of its whole process tree. Linux only."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.figures import Round
from benchmarks.measures.sizes import Sizes
from benchmarks.staff import Failed, Staff, working
from benchmarks.systems.base import Queue

SETTLE = 12.0
"""Seconds after the start that do not count, at most: an idle PostgreSQL session counts its last ones 10 s later."""
PROC = Path("/proc")


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`idle_cpu`: seconds a minute; `idle_queries`: transactions a second (PostgreSQL); `idle_pss`: MiB."""
    if not PROC.joinpath("self/smaps_rollup").exists():
        raise Failed("needs /proc/<pid>/smaps_rollup, which only Linux has")
    with working(_commands(queue)) as staff:
        _rest(staff, min(SETTLE, sizes.idle))
        processes, transactions, begun = tree(staff), queue.transactions(), time.monotonic()
        before = sum(map(_cpu, processes))
        _rest(staff, sizes.idle)
        passed = time.monotonic() - begun
        found = {
            "idle_cpu": 60 * (sum(map(_cpu, processes)) - before) / passed,
            "idle_pss": sum(map(_pss, processes)) / 1024,
        }
        after = queue.transactions()
    if transactions is not None and after is not None:
        found["idle_queries"] = (after - transactions) / passed
    return found


def _commands(queue: Queue) -> list[list[str]]:
    return [queue.team()] if hasattr(queue, "team") else queue.workers()


def _rest(staff: Staff, seconds: float) -> None:
    staff.until_or_late(lambda: False, seconds, every=0.5)


def tree(staff: Staff) -> list[int]:
    """The processes and all that they have started: each command leads a session of its own."""
    sessions = {process.pid for process in staff.processes}
    found = [int(path.name) for path in PROC.iterdir() if path.name.isdigit()]
    return [pid for pid in found if _session(pid) in sessions]


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1


def _cpu(pid: int) -> float:
    """Seconds of processor time, in user and in kernel mode."""
    fields = PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss(pid: int) -> float:
    """KiB of memory, what is shared divided by those who share it."""
    lines = PROC.joinpath(str(pid), "smaps_rollup").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("Pss:")))
