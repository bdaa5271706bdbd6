"""Tasks that wait 10 ms each, in 20 slots: how much of what the slots allow is reached."""

from __future__ import annotations

from benchmarks.figures import Round
from benchmarks.measures import throughput
from benchmarks.measures.sizes import Sizes
from benchmarks.systems.base import PROCESSES, Queue
from benchmarks.work import PAUSE

SLOTS = 20


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`io_share`: per cent of SLOTS / PAUSE tasks a second."""
    found = throughput.rate(queue, sizes, "pause", SLOTS // PROCESSES)
    return {"io_share": 100 * found * PAUSE / SLOTS}
