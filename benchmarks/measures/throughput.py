"""Tasks per second: a backlog first, then workers; from the first start to the last end.

Where the system keeps outcomes, the end is when the last outcome can be read; else when the last task has run.
"""

from __future__ import annotations

import time

from benchmarks import marks
from benchmarks.figures import Round
from benchmarks.measures.sizes import Sizes
from benchmarks.staff import Failed, Staff, working
from benchmarks.systems.base import Queue

START_WITHIN = 60.0


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`tasks`: how many a second."""
    return {"tasks": rate(queue, sizes)}


def rate(queue: Queue, sizes: Sizes, work: str = "nothing", slots: int = 1) -> float:
    """Fill the queue, then let the workers empty it."""
    marks.forget()
    before = queue.kept(0)
    queue.enqueue_many(work, [f"x{n}" for n in range(sizes.tasks)])
    return emptying(queue, sizes, sizes.tasks, before, slots)


def emptying(queue: Queue, sizes: Sizes, waiting: int, before: int | None, slots: int = 1) -> float:
    """Tasks a second while workers empty a queue in which `waiting` tasks are; `before` had been kept already."""
    if sizes.analyze:
        queue.analyze()
    with working(queue.workers(slots)) as staff:
        staff.until(lambda: marks.seen().count > 0, START_WITHIN, "the first task")
        if not staff.until_or_late(lambda: marks.seen().count >= waiting, sizes.limit):
            return _so_far()
        end = marks.seen().last if before is None else _all_kept(queue, before + waiting, staff)
        return waiting / (end - marks.seen().first)


def _so_far() -> float:
    seen = marks.seen()
    if seen.count < 2:
        raise Failed(f"only {seen.count} task ran in time")
    return seen.count / (seen.last - seen.first)


def _all_kept(queue: Queue, total: int, staff: Staff) -> float:
    staff.until(lambda: (queue.kept(total) or 0) >= total, START_WITHIN, "the last outcome")
    return time.monotonic()
