"""How long an idle system takes from the call of enqueue, here, to the first line of the task, there."""

from __future__ import annotations

import random
import time

from benchmarks import marks
from benchmarks.figures import Round, percentile
from benchmarks.measures.sizes import Sizes
from benchmarks.staff import Staff, working
from benchmarks.systems.base import Queue

LONGEST = 30.0


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`latency50`, `latency99`: milliseconds. One task at a time, with pauses of random length between them."""
    marks.forget()
    chance = random.Random(sizes.samples)
    with working(queue.workers()) as staff:
        for _ in range(sizes.warm):
            _one(queue, staff, chance.uniform(0.02, 0.05))
        for _ in range(sizes.samples):
            _one(queue, staff, chance.uniform(0.05, sizes.pause))
    taken = [1000 * value for value in marks.noted()[sizes.warm :]]
    return {"latency50": percentile(taken, 0.5), "latency99": percentile(taken, 0.99)}


def _one(queue: Queue, staff: Staff, pause: float) -> None:
    before = marks.seen().count
    queue.enqueue("stamp", repr(time.monotonic()))
    # Looked at rarely, so that looking does not take the core from the worker.
    staff.until(lambda: marks.seen().count > before, LONGEST, "a task in an idle system", every=0.01)
    time.sleep(pause)
