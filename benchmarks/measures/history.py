"""Claim and enqueue in a table full of finished runs, against the same table without them."""

from __future__ import annotations

import dataclasses
import statistics

from benchmarks import filling, marks
from benchmarks.figures import Round
from benchmarks.measures import enqueue, many, throughput
from benchmarks.measures.sizes import Sizes
from benchmarks.systems.base import Queue

SINGLES = 200


def measure(queue: Queue, sizes: Sizes) -> Round:
    """`history_…`: per cent of what the empty table showed; nothing when no history is asked for."""
    if not sizes.history:
        return {}
    without = _medians(queue, sizes)
    filling.fill(sizes.history)
    full = _medians(queue, sizes)
    return {f"history_{name}": 100 * full[name] / without[name] for name in without}


def _medians(queue: Queue, sizes: Sizes) -> Round:
    found = [_once(queue, sizes) for _ in range(sizes.repeats)]
    return {name: statistics.median(each[name] for each in found) for name in found[0]}


def _once(queue: Queue, sizes: Sizes) -> Round:
    """Enqueue one by one, then many at once, then let the workers empty it all."""
    marks.forget()
    before = queue.kept(0)
    assert before is not None
    single = enqueue.measure(queue, dataclasses.replace(sizes, singles=SINGLES))["enqueue50"]
    at_once = many.measure(queue, sizes)["many"]
    waiting = enqueue.WARM + SINGLES + many.WARM + sizes.tasks
    return {
        "tasks": throughput.emptying(queue, sizes, waiting, before),
        "enqueue": single,
        "many": at_once,
    }
