"""How long one enqueue keeps its caller, with no worker running."""

from __future__ import annotations

import time

from benchmarks.figures import Round, percentile
from benchmarks.measures.sizes import Sizes
from benchmarks.systems.base import Queue

WARM = 20


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`enqueue50`, `enqueue99`: milliseconds."""
    for _ in range(WARM):
        queue.enqueue("nothing", "warm")
    taken = [_one(queue) for _ in range(sizes.singles)]
    return {"enqueue50": percentile(taken, 0.5), "enqueue99": percentile(taken, 0.99)}


def _one(queue: Queue) -> float:
    begun = time.perf_counter()
    queue.enqueue("nothing", "x")
    return 1000 * (time.perf_counter() - begun)
