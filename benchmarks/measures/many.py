"""How many tasks a second the system's own way to enqueue many takes in."""

from __future__ import annotations

import time

from benchmarks.figures import Round
from benchmarks.measures.sizes import Sizes
from benchmarks.systems.base import Queue

WARM = 1


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`many`: tasks a second, in one call."""
    queue.enqueue_many("nothing", ["warm"] * WARM)
    texts = [f"x{n}" for n in range(sizes.tasks)]
    begun = time.perf_counter()
    queue.enqueue_many("nothing", texts)
    return {"many": sizes.tasks / (time.perf_counter() - begun)}
